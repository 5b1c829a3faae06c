"""Queries: what the switch knows of splits, agents, devices, trunks and calls."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field

from ivrsvr.csta.enums import ATTExtensionClass, ATTTalkState
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.query import (
    ATTQueryAcdSplit,
    ATTQueryAcdSplitConf,
    ATTQueryAgentLogin,
    ATTQueryAgentLoginConf,
    ATTQueryAgentState,
    ATTQueryAgentStateConfV6,
    ATTQueryCallClassifier,
    ATTQueryCallClassifierConf,
    ATTQueryDeviceInfoConfV5,
    ATTQueryDeviceName,
    ATTQueryDeviceNameConfV7,
    ATTQueryStationStatusConfV10,
    ATTQueryStationStatusV10,
    ATTQueryTg,
    ATTQueryTgConf,
    ATTQueryTod,
    ATTQueryTodConf,
    ATTQueryUcid,
    ATTQueryUcidConf,
)
from ivrsvr.csta.query import QueryAgentState, QueryDeviceInfo
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller, CallNumber, Device, Flag, Request, Response
from ivrsvr.service.errors import CALL_GONE
from ivrsvr.service.events import WORK_MODES
from ivrsvr.service.line import private_of
from ivrsvr.service.live import STATE_NAMES, label_of
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import Chapter, OfExtension, answer, entry

EXTENSION_CLASSES: dict[ATTExtensionClass, str] = {
    ATTExtensionClass.EC_VDN: "vdn",
    ATTExtensionClass.EC_ACD_SPLIT: "acdsplit",
    ATTExtensionClass.EC_ANNOUNCEMENT: "announcement",
    ATTExtensionClass.EC_DATA: "data",
    ATTExtensionClass.EC_ANALOG: "analog",
    ATTExtensionClass.EC_PROPRIETARY: "proprietary",
    ATTExtensionClass.EC_BRI: "bri",
    ATTExtensionClass.EC_CTI: "cti",
    ATTExtensionClass.EC_LOGICAL_AGENT: "logicalagent",
}
"""What `querydeviceinfo` calls a class of devices; any other is "other"."""

TALK_STATES: dict[ATTTalkState, str] = {ATTTalkState.TS_ON_CALL: "busy", ATTTalkState.TS_IDLE: "idle"}


def flag(value: bool) -> str:
    """A truth value as the contract writes it."""
    return "true" if value else "false"


class OfSplit(Request):
    split: Annotated[Device, Field(description="The extension of the split (skill).")]


class Nothing(Request):
    """A request without keys."""


class Member(BaseModel):
    """An extension in a list."""

    extension: str


class SnapshotCallItem(BaseModel):
    """One call of an extension."""

    callid: int
    state: str
    numparty: int
    party: list[Member]


Calls: TypeAlias = list[SnapshotCallItem]
Members: TypeAlias = list[Member]


class SnapshotResponse(Response):
    error: str = ""
    extension: str
    numcall: int
    list: Calls


async def snapshot(parts: Parts, request: OfExtension, _caller: Caller) -> SnapshotResponse:
    calls = await calls_of(parts, request.extension)
    return SnapshotResponse(extension=request.extension, numcall=len(calls), list=calls)


async def calls_of(parts: Parts, extension: str) -> Calls:
    """The calls of an extension with their parties, itself first. Raises as `Line.ask`."""
    found: Calls = []
    for leg in await parts.live.legs(extension):
        try:
            parties = await parts.line.parties_on(leg.connection)
        except CstaFailure as failure:
            if failure.error in CALL_GONE:
                continue  # it ended between the two questions
            raise
        own = [party for party in parties if party.callIdentifier == leg.connection]
        others = [party for party in parties if party.callIdentifier != leg.connection]
        members = [Member(extension=label_of(party)) for party in (*own, *others)]
        found.append(
            SnapshotCallItem(
                callid=leg.connection.callID,
                state=STATE_NAMES.get(leg.state, "null"),
                numparty=len(members),
                party=members,
            )
        )
    return found


class AcdSplitResponse(Response):
    agentsavailable: int
    callsqueue: int
    agentslogon: int


async def queryacdsplit(parts: Parts, request: OfSplit, _caller: Caller) -> AcdSplitResponse:
    found = await parts.line.escape(ATTQueryAcdSplit(device=request.split), ATTQueryAcdSplitConf)
    return AcdSplitResponse(
        agentsavailable=found.availableAgents, callsqueue=found.callsInQueue, agentslogon=found.agentsLoggedIn
    )


class AgentLoginResponse(Response):
    split: str
    numextension: int
    list: Members


async def queryagentlogin(parts: Parts, request: OfSplit, _caller: Caller) -> AgentLoginResponse:
    begun = await parts.line.escape(ATTQueryAgentLogin(device=request.split), ATTQueryAgentLoginConf)
    devices = await parts.lists.collect(begun.privEventCrossRefID)
    return AgentLoginResponse(
        split=request.split,
        numextension=len(devices),
        list=[Member(extension=device) for device in devices],
    )


class AgentStateRequest(OfExtension):
    since: Annotated[Flag, Field(description="Tell as well when the state began.")] = False


class AgentStateResponse(Response):
    skillmode: str
    talkstate: str
    reasoncode: int
    since: Annotated[
        int | None,
        Field(
            exclude_if=lambda since: since is None,
            description="When the state began, in seconds since 1970; where that was asked for and there is an agent.",
        ),
    ] = None


async def queryagentstate(parts: Parts, request: AgentStateRequest, _caller: Caller) -> AgentStateResponse:
    confirmation = await parts.line.ask(QueryAgentState(device=request.extension), ATTQueryAgentState())
    found = private_of(confirmation, ATTQueryAgentStateConfV6)
    mode = WORK_MODES.get(found.workMode, "null")
    talkstate = TALK_STATES.get(found.talkState, "idle")
    since = parts.agents.found(request.extension, mode, found.reasonCode, talks=talkstate != "idle")
    return AgentStateResponse(
        skillmode=mode,
        talkstate=talkstate,
        reasoncode=found.reasonCode,
        since=since if request.since else None,
    )


class ClassifierResponse(Response):
    availport: int
    usedport: int


async def querycallclassifier(parts: Parts, _request: Nothing, _caller: Caller) -> ClassifierResponse:
    found = await parts.line.escape(ATTQueryCallClassifier(), ATTQueryCallClassifierConf)
    return ClassifierResponse(availport=found.numAvailPorts, usedport=found.numInUsePorts)


class TimeOfDayResponse(Response):
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int


async def querytimeofday(parts: Parts, _request: Nothing, _caller: Caller) -> TimeOfDayResponse:
    found = await parts.line.escape(ATTQueryTod(), ATTQueryTodConf)
    return TimeOfDayResponse(
        year=found.year,
        month=found.month,
        day=found.day,
        hour=found.hour,
        minute=found.minute,
        second=found.second,
    )


class NameResponse(Response):
    name: str


async def querydevicename(parts: Parts, request: OfExtension, _caller: Caller) -> NameResponse:
    found = await parts.line.escape(ATTQueryDeviceName(device=request.extension), ATTQueryDeviceNameConfV7)
    return NameResponse(name=_unicode(found.uname) or found.name)


def _unicode(units: tuple[int, ...]) -> str:
    """A name in UTF-16, which has the characters that the plain one has not."""
    return b"".join((unit & 0xFFFF).to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace").rstrip("\x00")


class DeviceInfoResponse(Response):
    associatedclass: str
    associateddevice: str


async def querydeviceinfo(parts: Parts, request: OfExtension, _caller: Caller) -> DeviceInfoResponse:
    confirmation = await parts.line.ask(QueryDeviceInfo(device=request.extension))
    found = private_of(confirmation, ATTQueryDeviceInfoConfV5)
    return DeviceInfoResponse(
        associatedclass=EXTENSION_CLASSES.get(found.associatedClass, "other"),
        associateddevice=found.associatedDevice,
    )


class StationStatusResponse(Response):
    busy: str


async def querystationstatus(parts: Parts, request: OfExtension, _caller: Caller) -> StationStatusResponse:
    found = await parts.line.escape(ATTQueryStationStatusV10(device=request.extension), ATTQueryStationStatusConfV10)
    return StationStatusResponse(busy=flag(found.stationStatus))


class TrunkGroupRequest(Request):
    tag: Annotated[Device, Field(description="The trunk access code of the group (not its number).")]


class TrunkGroupResponse(Response):
    idletrunks: int
    usedtrunks: int


async def querytrunkgroup(parts: Parts, request: TrunkGroupRequest, _caller: Caller) -> TrunkGroupResponse:
    found = await parts.line.escape(ATTQueryTg(device=request.tag), ATTQueryTgConf)
    return TrunkGroupResponse(idletrunks=found.idleTrunks, usedtrunks=found.usedTrunks)


class UcidRequest(Request):
    callid: Annotated[CallNumber, Field(description="The call.")]


class UcidResponse(Response):
    ucid: str


async def queryucid(parts: Parts, request: UcidRequest, _caller: Caller) -> UcidResponse:
    found = await parts.line.escape(ATTQueryUcid(call=ConnectionID(request.callid)), ATTQueryUcidConf)
    return UcidResponse(ucid=found.ucid)


QUERY: Chapter = ("queries", "query")
MEMBERS = [{"extension": extension} for extension in ("101", "102", "103", "104", "105")]
SNAPSHOT = [
    {
        "callid": 13815,
        "state": "connect",
        "numparty": 2,
        "party": [{"extension": "101"}, {"extension": "T13815#2"}],
    }
]

ENTRIES = (
    entry(
        QUERY,
        "snapshot",
        snapshot,
        OfExtension,
        SnapshotResponse,
        "The calls of an extension, their states and parties.",
        ({"id": "22", "extension": "101"}, answer("22", error="", extension="101", numcall=1, list=SNAPSHOT)),
        changes=False,
    ),
    entry(
        QUERY,
        "queryacdsplit",
        queryacdsplit,
        OfSplit,
        AcdSplitResponse,
        "Agents and waiting calls of a split.",
        ({"id": "23", "split": "201"}, answer("23", agentsavailable=5, callsqueue=0, agentslogon=26)),
        changes=False,
    ),
    entry(
        QUERY,
        "queryagentlogin",
        queryagentlogin,
        OfSplit,
        AgentLoginResponse,
        "The extensions at which agents of a split are logged in.",
        ({"id": "24", "split": "201"}, answer("24", split="201", numextension=5, list=MEMBERS)),
        changes=False,
    ),
    entry(
        QUERY,
        "queryagentstate",
        queryagentstate,
        AgentStateRequest,
        AgentStateResponse,
        "Work mode, talk state and reason code of the agent at an extension.",
        ({"id": "25", "extension": "101"}, answer("25", skillmode="null", talkstate="idle", reasoncode=0)),
        description="With `since` the response tells since when it is so (`since`, in seconds since 1970), by what "
        "this server has seen: changes that were asked for here, calls that are monitored, and answers to this "
        "request. What began unseen counts from when it was first seen. To talk is a state of its own, and so is aux "
        "work with another reason code.",
        changes=False,
    ),
    entry(
        QUERY,
        "querycallclassifier",
        querycallclassifier,
        Nothing,
        ClassifierResponse,
        "Free and busy ports of the call classifiers.",
        ({"id": "26"}, answer("26", availport=439, usedport=5)),
        changes=False,
    ),
    entry(
        QUERY,
        "querytimeofday",
        querytimeofday,
        Nothing,
        TimeOfDayResponse,
        "The switch's clock; the year has two digits.",
        ({"id": "27"}, answer("27", year=16, month=3, day=23, hour=22, minute=24, second=16)),
        changes=False,
    ),
    entry(
        QUERY,
        "querydevicename",
        querydevicename,
        OfExtension,
        NameResponse,
        "The name of a device as administered.",
        ({"id": "28", "extension": "101"}, answer("28", name="Peter")),
        changes=False,
    ),
    entry(
        QUERY,
        "querydeviceinfo",
        querydeviceinfo,
        OfExtension,
        DeviceInfoResponse,
        "What a device is associated with: the agent at a station, the station of an agent.",
        ({"id": "30", "extension": "101"}, answer("30", associatedclass="other", associateddevice="")),
        changes=False,
    ),
    entry(
        QUERY,
        "querystationstatus",
        querystationstatus,
        OfExtension,
        StationStatusResponse,
        "Whether an extension is on a call.",
        ({"id": "33", "extension": "101"}, answer("33", busy="false")),
        changes=False,
    ),
    entry(
        QUERY,
        "querytrunkgroup",
        querytrunkgroup,
        TrunkGroupRequest,
        TrunkGroupResponse,
        "Idle and busy trunks of a trunk group.",
        ({"id": "34", "tag": "410"}, answer("34", idletrunks=91, usedtrunks=1)),
        changes=False,
    ),
    entry(
        QUERY,
        "queryucid",
        queryucid,
        UcidRequest,
        UcidResponse,
        "The universal call id of a call.",
        ({"id": "35", "callid": "123"}, answer("35", ucid="00001148011456795778")),
        changes=False,
    ),
)
