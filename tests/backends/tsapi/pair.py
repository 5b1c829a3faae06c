"""The two ends of a stream without a network, as in h11's tests, and a manipulator that corrupts octets on the way."""

from collections.abc import Callable
from typing import Any

from ivrsvr.backends.simulator.aes.versions import grant
from ivrsvr.backends.tsapi.stream.client_end import ClientEnd, Login
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.backends.tsapi.stream.events import Asked, ClientEvent, CloseAsked, OpenAsked, ServerEvent
from ivrsvr.backends.tsapi.stream.server_end import ServerEnd, Ways
from ivrsvr.csta.acs import (
    ACSClientHeartbeat,
    ACSSetHeartbeatInterval,
    ACSSetHeartbeatIntervalConf,
    ACSUniversalFailureConf,
)
from ivrsvr.csta.errors import ACSUniversalFailure
from ivrsvr.csta.pdu import EventClass

KEY = bytes.fromhex("1122334455667788")
TLINK = "AVAYA#CM1#CSTA#AES1"

Manipulator = Callable[[bytes], bytes]


def untouched(octets: bytes) -> bytes:
    """The manipulator that does nothing."""
    return octets


class Pair:
    """A client and a server that knows one password; `run` carries octets until both are silent.

    chop:      octets that are carried at a time.
    to_client: what happens to the octets on their way to the client; likewise to_server.
    """

    def __init__(
        self,
        *,
        login: Login | None = None,
        password: str = "Passw0rd",
        form: ChallengeForm = ChallengeForm.AUTH_REPLY_TWO,
        highest: int = 10,
        chop: int = 1 << 20,
        to_client: Manipulator = untouched,
        to_server: Manipulator = untouched,
    ) -> None:
        self.now = 1000.0
        self.password = password
        self.highest = highest
        self.chop = chop
        self.to_client, self.to_server = to_client, to_server
        self.client = ClientEnd(login or Login(tlink=TLINK, login="cti", password=password, heartbeat_s=None))
        ways = Ways(key=KEY, object_id=16909060, form=form, nonce="n0nce")
        self.server = ServerEnd(ways, now=self.now)
        self.told: list[ClientEvent] = []
        self.asked: list[ServerEvent] = []
        self.interval = 0
        self.beat: float | None = None

    def run(self) -> None:
        """Carry octets both ways until nothing is left to carry."""
        while True:
            up, down = self.client.data_to_send(), self.server.data_to_send()
            if not up and not down:
                return
            for octets in self._chopped(self.to_server(up)):
                for event in self.server.receive(octets):
                    self._serve(event)
            for octets in self._chopped(self.to_client(down)):
                self.told.extend(self.client.receive(octets, self.now))

    def open(self) -> None:
        """Bring the stream into being."""
        self.client.open(self.now)
        self.run()

    def ask(self, pdu: Any, private: Any | None = None) -> int:
        """A request that arrives at the server."""
        invoke = self.client.request(pdu, private, now=self.now)
        self.run()
        return invoke

    def answer(self, pdu: Any, private: Any | None = None) -> None:
        """Confirm the request that came last."""
        asked = self.asked[-1]
        assert isinstance(asked, Asked)
        self.server.send(EventClass.CSTACONFIRMATION, asked.invokeID, 0, pdu, private)
        self.run()

    def wait(self, seconds: float) -> None:
        """Let time pass; both ends are called when they want to be."""
        end = self.now + seconds
        while True:
            times = (self.client.deadline, self.server.deadline, self.beat)
            due = [when for when in times if when is not None and when <= end]
            if not due:
                break
            self.now = max(self.now, min(due))
            self.told.extend(self.client.expire(self.now))
            self.asked.extend(self.server.expire(self.now))
            self._beat()
            self.run()
        self.now = end

    def _serve(self, event: ServerEvent) -> None:
        self.asked.append(event)
        if isinstance(event, OpenAsked):
            if event.credentials.matches(self.password):
                self.server.accept(grant(event.offer, self.highest))
            else:
                self.server.refuse(ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN)
        elif isinstance(event, Asked) and isinstance(event.pdu, ACSSetHeartbeatInterval):
            self._heartbeat(event.invokeID, event.pdu.heartbeatInterval)
        elif isinstance(event, CloseAsked):
            self.asked.append(self.server.confirm_close(event.invokeID))

    def _heartbeat(self, invoke: int, interval: int) -> None:
        """What the AES behind the server end does about heartbeats."""
        answer: Any = ACSSetHeartbeatIntervalConf(heartbeatInterval=interval)
        if not 5 <= interval <= 60:
            answer = ACSUniversalFailureConf(error=ACSUniversalFailure.TSERVER_INVALID_HEARTBEAT_INTERVAL)
        else:
            self.interval, self.beat = interval, self.now + interval
        self.server.send(EventClass.ACSCONFIRMATION, invoke, 0, answer)

    def _beat(self) -> None:
        if self.beat is not None and self.beat <= self.now:
            self.server.send(EventClass.ACSUNSOLICITED, 0, 0, ACSClientHeartbeat())
            self.beat = self.now + self.interval

    def _chopped(self, octets: bytes) -> list[bytes]:
        return [octets[at : at + self.chop] for at in range(0, len(octets), self.chop)]
