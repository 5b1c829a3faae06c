"""A small site for the tests of the AES: a world, and clients that write down what they are sent."""

from dataclasses import dataclass, field
from typing import Any

from ivrsvr.backends.simulator.aes import AesStream
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import merge_patch
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSUniversalFailureConf
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.system import UniversalFailureConf
from ivrsvr.testing.worlds import world_of

TLINK = "AVAYA#CM1#CSTA#AES1"
CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)

WORLD: dict[str, Any] = {
    "stations": {
        "101": {},
        "102": {},
        "103": {},
        "110": {"type": "analog", "callAppearances": 1, "offHookMode": "prompt"},
        **{str(extension): {} for extension in range(301, 326)},
    },
    "agents": {
        "500": {"skills": {"201": 1}},
        **{f"9{extension}": {"skills": {"201": 1}} for extension in range(301, 326)},
    },
    "skills": {"201": {}, "220": {"vectorControlled": False}},
    "announcements": {"801": {"seconds": 5}},
    "vdns": {
        "700": {
            "vector": [{"step": "queue-to", "skill": "201", "priority": "medium"}, {"step": "wait", "seconds": 60}]
        },
        "704": {"vector": [{"step": "adjunct-routing", "link": 1}, {"step": "wait", "seconds": 5}, {"step": "busy"}]},
        "709": {"vector": [{"step": "route-to", "number": "700"}]},
    },
    "trunkGroups": {"5": {"tac": "405", "type": "isdn", "members": 8}},
    "dialPlan": {"9": {"trunkGroups": ["5"]}},
    "aes": {
        "tlinks": {TLINK: {"link": 1}, "AVAYA#CM1#CSTA-S#AES1": {"link": 1}},
        "users": {
            "cti": {"password": "x", "unrestricted": True},
            "limited": {
                "password": "y",
                "callControl": ["102"],
                "monitorDevice": ["102"],
                "monitorCallsVia": ["700"],
                "routing": ["704"],
            },
        },
    },
}


def site(patch: Any = None) -> Simulator:
    """The small site, changed by a merge patch."""
    return Simulator(world_of(merge_patch(WORLD, patch or {})), Clock(1e9))


@dataclass
class Client:
    """A client of the AES with its mail."""

    simulator: Simulator
    offer: str = "AVAYA#5-8"
    login: str = "cti"
    passwd: str = "x"
    api: int = 2
    mail: list[Any] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.stream: AesStream = self.simulator.aes.open(
            serverID=TLINK,
            loginID=self.login,
            passwd=self.passwd,
            privateData=self.offer,
            api=self.api,
            send=self.mail.append,
        )

    def send(self, pdu: Any, private: Any = None, invoke_id: int | None = None) -> int:
        """Send a request; gives its invoke id."""
        if invoke_id is None:
            self.number += 1
            invoke_id = self.number
        self.stream.request(invoke_id, pdu, private)
        return invoke_id

    def answers(self, invoke_id: int) -> list[Any]:
        return [one for one in self.mail if one.event_class in CONFIRMATIONS and one.invokeID == invoke_id]

    def ask(self, pdu: Any, private: Any = None) -> Any:
        """The one answer to a request that is answered at once."""
        (answer,) = self.answers(self.send(pdu, private))
        return answer

    def error(self, pdu: Any, private: Any = None) -> CSTAUniversalFailure | ACSUniversalFailure:
        """The failure of a request that is refused at once."""
        answer = self.ask(pdu, private).pdu
        assert isinstance(answer, UniversalFailureConf | ACSUniversalFailureConf), answer
        return answer.error

    def events(self, cross_ref: int | None = None) -> list[Any]:
        """The PDUs of the events so far, of one monitor or of all."""
        return [
            one.pdu
            for one in self.mail
            if one.event_class not in CONFIRMATIONS and (cross_ref is None or one.crossRef == cross_ref)
        ]

    def names(self, cross_ref: int | None = None) -> list[str]:
        return [type(pdu).__name__ for pdu in self.events(cross_ref)]
