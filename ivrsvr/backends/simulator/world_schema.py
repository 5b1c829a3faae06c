"""What a world file may say: one dataclass per object of the file, attributes under the names of its keys.

Every number (extension, code, group) is a text. Where a key is a Python keyword the attribute has another name, and
the field's metadata says which key it reads (`return` -> `returnTo`, `if` -> `condition`).
"""
# ruff: noqa: N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

from ivrsvr.backends.simulator.world_trunks import TransferRule
from ivrsvr.backends.simulator.world_types import Count, Positive, Range, Seconds, key


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Switch-wide settings."""

    acdDeliveredCause: Literal["EC_REDIRECTED", "EC_NEW_CALL"] = "EC_REDIRECTED"
    undeliveredCallEvents: bool = False
    reportLastPartyOnDeviceMonitor: bool = True
    singleStepConferenceEvent: Literal["Established", "Conferenced"] = "Established"
    maintainBridgedAppearance: bool = True
    trunkGroupAlways: bool = True
    createUcid: bool = True
    sendUcidToAsai: bool = True
    ucidNodeId: Annotated[int, Range(1, 32767)] = 1
    trunkToTrunkTransfer: TransferRule = TransferRule()
    callIdFirst: Annotated[int, Range(1, 65535)] = 1
    callIdLast: Annotated[int, Range(1, 65535)] = 16383
    deviceQueueDepth: Count = 4
    eas: bool = True
    forwardNoAnswerRings: Positive = 3
    """Rings before calls that a station does not answer are forwarded."""
    vdnDeviceType: Literal["DT_OTHER", "DT_ACD_GROUP"] = "DT_ACD_GROUP"
    """Device type of a VDN in QueryDeviceInfo; JTAPI applications take DT_ACD_GROUP for routing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Seconds, all of them."""

    ringSeconds: Seconds = 6
    promptSeconds: Seconds = 5
    interceptSeconds: Seconds = 30
    vectorBusySeconds: Seconds = 45
    collectSeconds: Seconds = 10
    requestTimeout: Annotated[float, Range(0.001)] = 30
    callIdReuseSeconds: Seconds = 60
    parkSeconds: Annotated[float, Range(1)] = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockData:
    """When the world begins, as ISO 8601 in UTC ("" = now), and the switch's time zone (an IANA name)."""

    start: str = ""
    timezone: str = "UTC"

    @property
    def seconds(self) -> float | None:
        """The start in seconds since 1970-01-01 UTC; None = now."""
        if not self.start:
            return None
        moment = datetime.fromisoformat(self.start)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentData:
    """An agent login id.

    skills: skill -> level, 1 the best. coveragePath: of direct-agent calls that are not answered; "" = the station's.
    """

    name: str = ""
    password: str = ""
    skills: Mapping[str, Annotated[int, Range(1, 16)]] = field(default_factory=dict)
    autoAnswer: bool = False
    availableOnLogin: bool = False
    timedAcw: Seconds = 0
    coveragePath: str = ""
    cor: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rona:
    """Redirection on no answer: after so many rings, to that VDN; "" = back to the same skill."""

    rings: Positive = 3
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillData:
    """A skill, split or hunt group.

    members, hunting: of a hunt group of stations, which needs no agents: the first idle one in the order given
    (direct), the next one after the last that was called (circular), the one that is idle longest (ucd).
    """

    name: str = ""
    vectorControlled: bool = True
    members: tuple[str, ...] = ()
    hunting: Literal["direct", "circular", "ucd"] = "direct"
    queueLength: Count = 999
    distribution: Literal["EAD-MIA", "UCD-MIA"] = "EAD-MIA"
    handlingSeconds: Positive = 180
    """What a call takes an agent, until calls have shown it: expected waits begin with it."""
    rona: Rona = Rona()
    coveragePath: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a step of a vector is carried out.

    value: a number; digits, with `?` for any digit, a `+` at an end for any digits, or "none"; "HH:MM", or with the op
    `in` "DAY HH:MM to DAY HH:MM"; of a holiday the number of its table.
    skill: of an expected wait "" = of the call itself. priority: calls of it and above.
    vdn: whose rolling-asa it is, where it is no skill's: a number, `active` or `latest`.
    """

    test: Literal[
        "available-agents",
        "staffed-agents",
        "calls-queued",
        "oldest-call-wait",
        "expected-wait",
        "rolling-asa",
        "digits",
        "calling",
        "vdn",
        "time-of-day",
        "holiday",
    ]
    op: Literal["=", "<>", "<", ">", "<=", ">=", "in", "not-in"]
    value: int | str
    skill: str = ""
    vdn: str = ""
    priority: Literal["low", "medium", "high", "top"] = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorStep:
    """One step of a vector; which fields a kind of step has is in `VECTOR_STEPS`."""

    step: str
    skill: str = ""
    priority: Literal["low", "medium", "high", "top"] = "medium"
    announcement: str = ""
    seconds: Seconds = 0
    hearing: Literal["silence", "ringback", "music"] = "silence"
    digits: Annotated[int, Range(1, 24)] = 1
    to: Positive = 1
    vdn: str = ""
    vector: str = ""
    number: str = ""
    coverage: bool = False
    link: Positive = 1
    passing: tuple[str, ...] = ()
    extension: str = ""
    condition: Condition | None = field(default=None, metadata=key("if"))


VECTOR_STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "adjunct-routing": (("link",), ()),
    "announcement": (("announcement",), ()),
    "busy": ((), ()),
    "check": (("skill", "priority"), ("if",)),
    "collect": (("digits",), ("announcement",)),
    "comment": ((), ()),
    "converse-on": (("skill", "priority"), ("passing",)),
    "disconnect": ((), ("announcement",)),
    "goto-step": (("to",), ("if",)),
    "goto-vdn": (("vdn",), ("if",)),
    "goto-vector": (("vector",), ("to", "if")),
    "messaging": (("skill",), ("extension",)),
    "queue-to": (("skill", "priority"), ()),
    "route-to": (("number",), ("coverage", "if")),
    "stop": ((), ()),
    "wait": (("seconds",), ("hearing", "announcement")),
}
"""Kind of step -> the keys that it must have, and those that it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VdnData:
    """A vector directory number with its vector; steps are numbered from 1.

    override: while this VDN is the active one of a call, the next VDN takes its place; otherwise it stays.
    originAnnouncement: what an agent hears first of a call whose active VDN this is; "" = nothing.
    returnTo: the VDN where the caller goes on after the called party has dropped; "" = nowhere.
    """

    name: str = ""
    cor: str = "1"
    override: bool = False
    originAnnouncement: str = ""
    vector: tuple[VectorStep, ...] = ()
    returnTo: str = field(default="", metadata=key("return"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An announcement and how long it plays."""

    name: str = ""
    seconds: Seconds = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """TSAPI licences; None = unlimited."""

    basic: Count | None = None
    advanced: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tlink:
    """A TLINK and the CTI link behind it.

    encrypted: what the name says anyway: the TLINKs with CSTA-S in the third place are, others are not.
    """

    link: Annotated[int, Range(1, 64)] = 1
    encrypted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CtiUser:
    """A user of the AES. The lists name what a restricted user may use where the security database is on: devices, or
    device groups with all of theirs.

    monitorCalls: may monitor calls by their call id.
    """

    password: str = ""
    unrestricted: bool = False
    callControl: tuple[str, ...] = ()
    monitorDevice: tuple[str, ...] = ()
    monitorCallsVia: tuple[str, ...] = ()
    routing: tuple[str, ...] = ()
    monitorCalls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamData:
    """How the usual client opens its stream. heartbeat: seconds, 0 = none asked for."""

    serverID: str = "AVAYA#CM1#CSTA#AES1"
    loginID: str = "ivrsvr"
    passwd: str = "ivrsvr"
    applicationName: str = "ivrsvr"
    privateData: str = "AVAYA#5-8"
    heartbeat: Count = 0


def _usual_tlinks() -> Mapping[str, Tlink]:
    return {"AVAYA#CM1#CSTA#AES1": Tlink(), "AVAYA#CM1#CSTA-S#AES1": Tlink()}


def _usual_users() -> Mapping[str, CtiUser]:
    return {"ivrsvr": CtiUser(password="ivrsvr", unrestricted=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AesData:
    """The application enablement server.

    advertise:    which TLINKs the name service tells: all, or only those whose CTI link is up.
    deviceGroups: devices under one name, for the lists of users.
    userLicences: streams that can be open at once; None = unlimited, as for monitorsPerSystem.
    magic:        requests that name a number of this beginning and two digits are refused with that universal failure.
    asaiLinkVersion: taken down only; nothing depends on it.
    monitorEndedWithCall: a call monitor gets MonitorEnded after the CallCleared of its call.
    """

    tlinks: Mapping[str, Tlink] = field(default_factory=_usual_tlinks)
    advertise: Literal["all", "inService"] = "all"
    sdbEnabled: bool = False
    privateDataMax: Annotated[int, Range(2, 10)] = 8
    magic: str = ""
    asaiLinkVersion: Annotated[int, Range(1, 12)] = 6
    viaMonitorsPerDevice: Count = 6
    monitorEndedWithCall: bool = False
    monitorsPerSystem: Count | None = None
    userLicences: Count | None = None
    deviceGroups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    users: Mapping[str, CtiUser] = field(default_factory=_usual_users)
    stream: StreamData = StreamData()
