"""Every request as a method, and what it comes back with. Made from the server's registry by `make docs`."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, cast

Answer: TypeAlias = dict[str, Any]
"""A response object."""


READING = frozenset(
    {
        "callhistory",
        "eventhistory",
        "queryacdsplit",
        "queryagentlogin",
        "queryagentstate",
        "querycallclassifier",
        "querydeviceinfo",
        "querydevicename",
        "querydonotdisturb",
        "queryforwarding",
        "querymsgwaitingind",
        "querystationstatus",
        "querytimeofday",
        "querytrunkgroup",
        "queryucid",
        "sim clock",
        "sim faults",
        "sim scenarios",
        "sim snapshots",
        "sim state",
        "sim trace",
        "snapshot",
        "train check",
        "train csv",
        "train desk",
        "train report",
        "train reports",
        "train scenarios",
        "train state",
    }
)
"""Requests that change nothing. All others are made once, under an idempotency key."""


class MakeCallResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    callid: str
    ucid: str


class AnswerResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    callid: str


class Done(TypedDict):
    """The answer of a request that has nothing to tell but that it was carried out."""

    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    error: str


class ConsultationResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    primarycallid: str
    secondarycallid: str
    ucid: str


class SingleStepResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    callid: str
    ucid: str


class Response(TypedDict):
    """The object that answers a request. Its keys stand in the order of the fields."""

    msgtype: Literal["response"]
    id: str
    result: Literal["success"]


class AlertData(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    callid: int
    calling: str
    called: str
    alerting: str
    cli: str
    dnis: str
    uec: str
    ucid: str
    split: str
    trunkgroup: str
    trunkmember: str
    userdata: str


class HangupData(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    callid: int
    releasing: str
    ucid: str
    userdata: str


class GotData(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    data: str


class SetData(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    uui: str


class Member(TypedDict):
    """An extension in a list."""

    extension: str


class SnapshotCallItem(TypedDict):
    """One call of an extension."""

    callid: int
    state: str
    numparty: int
    party: Sequence[Member]


class SnapshotResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    error: str
    extension: str
    numcall: int
    list: Sequence[SnapshotCallItem]


class AcdSplitResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    agentsavailable: int
    callsqueue: int
    agentslogon: int


class AgentLoginResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    split: str
    numextension: int
    list: Sequence[Member]


class AgentStateResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    skillmode: str
    talkstate: str
    reasoncode: int
    since: NotRequired[int | None]


class ClassifierResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    availport: int
    usedport: int


class TimeOfDayResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int


class NameResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    name: str


class DeviceInfoResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    associatedclass: str
    associateddevice: str


class StationStatusResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    busy: str


class TrunkGroupResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    idletrunks: int
    usedtrunks: int


class UcidResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    ucid: str


class DndResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    dnd: str


class ForwardingResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    destination: str


class MwiResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    indicator: str


class HistoryResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    epoch: str
    numevent: int
    more: bool
    list: Sequence[dict[str, Any]]


class CallHistoryResponse(TypedDict):
    msgtype: Literal["response"]
    id: str
    result: Literal["success"]
    ucid: str
    ucids: Sequence[str]
    text: str
    list: Sequence[dict[str, Any]]


class Requests(Protocol):
    """The requests of the vocabulary, over whatever carries out one request."""

    @abstractmethod
    async def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; keys that are None are left out."""

    async def makecall(
        self, extension: str, destination: str, *, data: str | None = None, idempotencykey: str | None = None
    ) -> MakeCallResponse:
        """Call a destination from an extension."""
        answer = await self.request(
            "makecall", extension=extension, destination=destination, data=data, idempotencykey=idempotencykey
        )
        return cast("MakeCallResponse", answer)

    async def answer(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> AnswerResponse:
        """Answer the call that rings at an extension; of several, the one that rings longest."""
        answer = await self.request(
            "answer", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("AnswerResponse", answer)

    async def hangup(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Leave the active call."""
        answer = await self.request(
            "hangup", extension=extension, callid=callid, data=data, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def dropparty(
        self,
        extension: str,
        party: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Drop another party from the active call."""
        answer = await self.request(
            "dropparty", extension=extension, party=party, callid=callid, data=data, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def hold(self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None) -> Done:
        """Hold the active call."""
        answer = await self.request("hold", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    async def retrieve(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Take up the held call again."""
        answer = await self.request(
            "retrieve", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def consultation(
        self,
        extension: str,
        destination: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> ConsultationResponse:
        """Hold the active call and call somebody else."""
        answer = await self.request(
            "consultation",
            extension=extension,
            destination=destination,
            callid=callid,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("ConsultationResponse", answer)

    async def reconnect(
        self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Leave the active call and take up the held one; `callid` names the held call."""
        answer = await self.request("reconnect", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    async def alternate(
        self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Hold the active call and take up the held one, or one that rings where none is held; `callid` names it."""
        answer = await self.request("alternate", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    async def dtmf(
        self,
        extension: str,
        dtmf: str,
        *,
        callid: int | str | None = None,
        tonduration: int | str | None = None,
        pauseduration: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Send tones on the active call."""
        answer = await self.request(
            "dtmf",
            extension=extension,
            dtmf=dtmf,
            callid=callid,
            tonduration=tonduration,
            pauseduration=pauseduration,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    async def clearcall(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """End a call for all its parties; without `destination` and `callid`, every call of the extension."""
        answer = await self.request(
            "clearcall", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def deflectcall(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Send the ringing call to another number."""
        answer = await self.request(
            "deflectcall", extension=extension, destination=destination, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def pickupcall(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Send the ringing call to another extension of this switch."""
        answer = await self.request(
            "pickupcall", extension=extension, destination=destination, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def transfer(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Transfer: a held and an active call into one, or the active call to a destination."""
        answer = await self.request(
            "transfer",
            extension=extension,
            callid=callid,
            destination=destination,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    async def conference(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Conference: a held and an active call into one, or a destination into the active call."""
        answer = await self.request(
            "conference",
            extension=extension,
            callid=callid,
            destination=destination,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    async def singlesteptransfer(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> SingleStepResponse:
        """Transfer the active call to a destination by the switch's own single-step service."""
        answer = await self.request(
            "singlesteptransfer",
            extension=extension,
            destination=destination,
            callid=callid,
            idempotencykey=idempotencykey,
        )
        return cast("SingleStepResponse", answer)

    async def singlestepconference(
        self,
        extension: str,
        devicetojoin: str,
        *,
        callid: int | str | None = None,
        type: Literal["active", "passive"] | None = None,
        idempotencykey: str | None = None,
    ) -> SingleStepResponse:
        """Join an extension to the active call, without ringing."""
        answer = await self.request(
            "singlestepconference",
            extension=extension,
            devicetojoin=devicetojoin,
            callid=callid,
            type=type,
            idempotencykey=idempotencykey,
        )
        return cast("SingleStepResponse", answer)

    async def selectivelisteninghold(
        self, extension: str, party: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Response:
        """Stop hearing one party, or `all`."""
        answer = await self.request(
            "selectivelisteninghold", extension=extension, party=party, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Response", answer)

    async def selectivelisteningretrieve(
        self, extension: str, party: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Response:
        """Hear one party, or `all`, again."""
        answer = await self.request(
            "selectivelisteningretrieve", extension=extension, party=party, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Response", answer)

    async def login(
        self, extension: str, agentid: str, *, passwd: str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Log an agent in at an extension; the agent begins in AUX."""
        answer = await self.request(
            "login", extension=extension, agentid=agentid, passwd=passwd, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def logout(
        self,
        extension: str,
        agentid: str,
        *,
        passwd: str | None = None,
        reasoncode: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Log an agent out."""
        answer = await self.request(
            "logout",
            extension=extension,
            agentid=agentid,
            passwd=passwd,
            reasoncode=reasoncode,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    async def setstate(
        self,
        extension: str,
        state: Literal["aux", "acw", "manual", "auto"],
        *,
        reasoncode: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Change the work mode of the agent at an extension; during a call, for the time after it."""
        answer = await self.request(
            "setstate", extension=extension, state=state, reasoncode=reasoncode, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def userdata(
        self,
        extension: str,
        type: Literal["alert", "hangup", "get", "set", "update"],
        *,
        uui: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> AlertData | HangupData | GotData | SetData | Done:
        """The data of the last call that alerted or ended at an extension; texts under keys."""
        answer = await self.request(
            "userdata", extension=extension, type=type, uui=uui, data=data, idempotencykey=idempotencykey
        )
        return cast("AlertData | HangupData | GotData | SetData | Done", answer)

    async def snapshot(self, extension: str) -> SnapshotResponse:
        """The calls of an extension, their states and parties."""
        answer = await self.request("snapshot", extension=extension)
        return cast("SnapshotResponse", answer)

    async def queryacdsplit(self, split: str) -> AcdSplitResponse:
        """Agents and waiting calls of a split."""
        answer = await self.request("queryacdsplit", split=split)
        return cast("AcdSplitResponse", answer)

    async def queryagentlogin(self, split: str) -> AgentLoginResponse:
        """The extensions at which agents of a split are logged in."""
        answer = await self.request("queryagentlogin", split=split)
        return cast("AgentLoginResponse", answer)

    async def queryagentstate(
        self, extension: str, *, since: bool | Literal["true", "false"] | None = None
    ) -> AgentStateResponse:
        """Work mode, talk state and reason code of the agent at an extension."""
        answer = await self.request("queryagentstate", extension=extension, since=since)
        return cast("AgentStateResponse", answer)

    async def querycallclassifier(self) -> ClassifierResponse:
        """Free and busy ports of the call classifiers."""
        answer = await self.request("querycallclassifier")
        return cast("ClassifierResponse", answer)

    async def querytimeofday(self) -> TimeOfDayResponse:
        """The switch's clock; the year has two digits."""
        answer = await self.request("querytimeofday")
        return cast("TimeOfDayResponse", answer)

    async def querydevicename(self, extension: str) -> NameResponse:
        """The name of a device as administered."""
        answer = await self.request("querydevicename", extension=extension)
        return cast("NameResponse", answer)

    async def querydeviceinfo(self, extension: str) -> DeviceInfoResponse:
        """What a device is associated with: the agent at a station, the station of an agent."""
        answer = await self.request("querydeviceinfo", extension=extension)
        return cast("DeviceInfoResponse", answer)

    async def querystationstatus(self, extension: str) -> StationStatusResponse:
        """Whether an extension is on a call."""
        answer = await self.request("querystationstatus", extension=extension)
        return cast("StationStatusResponse", answer)

    async def querytrunkgroup(self, tag: str) -> TrunkGroupResponse:
        """Idle and busy trunks of a trunk group."""
        answer = await self.request("querytrunkgroup", tag=tag)
        return cast("TrunkGroupResponse", answer)

    async def queryucid(self, callid: int | str) -> UcidResponse:
        """The universal call id of a call."""
        answer = await self.request("queryucid", callid=callid)
        return cast("UcidResponse", answer)

    async def querydonotdisturb(self, extension: str) -> DndResponse:
        """Whether an extension sends all calls to coverage."""
        answer = await self.request("querydonotdisturb", extension=extension)
        return cast("DndResponse", answer)

    async def queryforwarding(self, extension: str) -> ForwardingResponse:
        """Where an extension forwards its calls; empty = it does not."""
        answer = await self.request("queryforwarding", extension=extension)
        return cast("ForwardingResponse", answer)

    async def querymsgwaitingind(self, extension: str) -> MwiResponse:
        """Whether the message-waiting lamp of an extension is lit."""
        answer = await self.request("querymsgwaitingind", extension=extension)
        return cast("MwiResponse", answer)

    async def setdonotdisturb(
        self, extension: str, dnd: bool | Literal["true", "false"], *, idempotencykey: str | None = None
    ) -> Done:
        """Send all calls of an extension to coverage, or no longer."""
        answer = await self.request("setdonotdisturb", extension=extension, dnd=dnd, idempotencykey=idempotencykey)
        return cast("Done", answer)

    async def setforwarding(
        self,
        extension: str,
        fwd: bool | Literal["true", "false"],
        *,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Forward all calls of an extension, or no longer."""
        answer = await self.request(
            "setforwarding", extension=extension, fwd=fwd, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    async def setmsgwaitingind(
        self, extension: str, ind: bool | Literal["true", "false"], *, idempotencykey: str | None = None
    ) -> Done:
        """Light the message-waiting lamp of an extension, or put it out."""
        answer = await self.request("setmsgwaitingind", extension=extension, ind=ind, idempotencykey=idempotencykey)
        return cast("Done", answer)

    async def eventhistory(
        self,
        *,
        extension: str | None = None,
        eventtypes: Sequence[str] | str | None = None,
        since: int | str | None = None,
        until: int | str | None = None,
        after: int | str | None = None,
        limit: int | str | None = None,
    ) -> HistoryResponse:
        """Events of the past, as they were sent."""
        answer = await self.request(
            "eventhistory",
            extension=extension,
            eventtypes=eventtypes,
            since=since,
            until=until,
            after=after,
            limit=limit,
        )
        return cast("HistoryResponse", answer)

    async def callhistory(self, ucid: str, *, form: Literal["json", "text"] | None = None) -> CallHistoryResponse:
        """The whole life of a call as one ladder, across transfers and UCIDs."""
        answer = await self.request("callhistory", ucid=ucid, form=form)
        return cast("CallHistoryResponse", answer)


class BlockingRequests(Protocol):
    """The same, where each request is waited for."""

    @abstractmethod
    def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; keys that are None are left out."""

    def makecall(
        self, extension: str, destination: str, *, data: str | None = None, idempotencykey: str | None = None
    ) -> MakeCallResponse:
        """Call a destination from an extension."""
        answer = self.request(
            "makecall", extension=extension, destination=destination, data=data, idempotencykey=idempotencykey
        )
        return cast("MakeCallResponse", answer)

    def answer(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> AnswerResponse:
        """Answer the call that rings at an extension; of several, the one that rings longest."""
        answer = self.request(
            "answer", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("AnswerResponse", answer)

    def hangup(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Leave the active call."""
        answer = self.request("hangup", extension=extension, callid=callid, data=data, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def dropparty(
        self,
        extension: str,
        party: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Drop another party from the active call."""
        answer = self.request(
            "dropparty", extension=extension, party=party, callid=callid, data=data, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def hold(self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None) -> Done:
        """Hold the active call."""
        answer = self.request("hold", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def retrieve(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Take up the held call again."""
        answer = self.request(
            "retrieve", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def consultation(
        self,
        extension: str,
        destination: str,
        *,
        callid: int | str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> ConsultationResponse:
        """Hold the active call and call somebody else."""
        answer = self.request(
            "consultation",
            extension=extension,
            destination=destination,
            callid=callid,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("ConsultationResponse", answer)

    def reconnect(self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None) -> Done:
        """Leave the active call and take up the held one; `callid` names the held call."""
        answer = self.request("reconnect", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def alternate(self, extension: str, *, callid: int | str | None = None, idempotencykey: str | None = None) -> Done:
        """Hold the active call and take up the held one, or one that rings where none is held; `callid` names it."""
        answer = self.request("alternate", extension=extension, callid=callid, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def dtmf(
        self,
        extension: str,
        dtmf: str,
        *,
        callid: int | str | None = None,
        tonduration: int | str | None = None,
        pauseduration: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Send tones on the active call."""
        answer = self.request(
            "dtmf",
            extension=extension,
            dtmf=dtmf,
            callid=callid,
            tonduration=tonduration,
            pauseduration=pauseduration,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    def clearcall(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """End a call for all its parties; without `destination` and `callid`, every call of the extension."""
        answer = self.request(
            "clearcall", extension=extension, callid=callid, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def deflectcall(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Send the ringing call to another number."""
        answer = self.request(
            "deflectcall", extension=extension, destination=destination, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def pickupcall(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Send the ringing call to another extension of this switch."""
        answer = self.request(
            "pickupcall", extension=extension, destination=destination, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def transfer(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Transfer: a held and an active call into one, or the active call to a destination."""
        answer = self.request(
            "transfer",
            extension=extension,
            callid=callid,
            destination=destination,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    def conference(
        self,
        extension: str,
        *,
        callid: int | str | None = None,
        destination: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Conference: a held and an active call into one, or a destination into the active call."""
        answer = self.request(
            "conference",
            extension=extension,
            callid=callid,
            destination=destination,
            data=data,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    def singlesteptransfer(
        self, extension: str, destination: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> SingleStepResponse:
        """Transfer the active call to a destination by the switch's own single-step service."""
        answer = self.request(
            "singlesteptransfer",
            extension=extension,
            destination=destination,
            callid=callid,
            idempotencykey=idempotencykey,
        )
        return cast("SingleStepResponse", answer)

    def singlestepconference(
        self,
        extension: str,
        devicetojoin: str,
        *,
        callid: int | str | None = None,
        type: Literal["active", "passive"] | None = None,
        idempotencykey: str | None = None,
    ) -> SingleStepResponse:
        """Join an extension to the active call, without ringing."""
        answer = self.request(
            "singlestepconference",
            extension=extension,
            devicetojoin=devicetojoin,
            callid=callid,
            type=type,
            idempotencykey=idempotencykey,
        )
        return cast("SingleStepResponse", answer)

    def selectivelisteninghold(
        self, extension: str, party: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Response:
        """Stop hearing one party, or `all`."""
        answer = self.request(
            "selectivelisteninghold", extension=extension, party=party, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Response", answer)

    def selectivelisteningretrieve(
        self, extension: str, party: str, *, callid: int | str | None = None, idempotencykey: str | None = None
    ) -> Response:
        """Hear one party, or `all`, again."""
        answer = self.request(
            "selectivelisteningretrieve", extension=extension, party=party, callid=callid, idempotencykey=idempotencykey
        )
        return cast("Response", answer)

    def login(
        self, extension: str, agentid: str, *, passwd: str | None = None, idempotencykey: str | None = None
    ) -> Done:
        """Log an agent in at an extension; the agent begins in AUX."""
        answer = self.request(
            "login", extension=extension, agentid=agentid, passwd=passwd, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def logout(
        self,
        extension: str,
        agentid: str,
        *,
        passwd: str | None = None,
        reasoncode: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Log an agent out."""
        answer = self.request(
            "logout",
            extension=extension,
            agentid=agentid,
            passwd=passwd,
            reasoncode=reasoncode,
            idempotencykey=idempotencykey,
        )
        return cast("Done", answer)

    def setstate(
        self,
        extension: str,
        state: Literal["aux", "acw", "manual", "auto"],
        *,
        reasoncode: int | str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Change the work mode of the agent at an extension; during a call, for the time after it."""
        answer = self.request(
            "setstate", extension=extension, state=state, reasoncode=reasoncode, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def userdata(
        self,
        extension: str,
        type: Literal["alert", "hangup", "get", "set", "update"],
        *,
        uui: str | None = None,
        data: str | None = None,
        idempotencykey: str | None = None,
    ) -> AlertData | HangupData | GotData | SetData | Done:
        """The data of the last call that alerted or ended at an extension; texts under keys."""
        answer = self.request(
            "userdata", extension=extension, type=type, uui=uui, data=data, idempotencykey=idempotencykey
        )
        return cast("AlertData | HangupData | GotData | SetData | Done", answer)

    def snapshot(self, extension: str) -> SnapshotResponse:
        """The calls of an extension, their states and parties."""
        answer = self.request("snapshot", extension=extension)
        return cast("SnapshotResponse", answer)

    def queryacdsplit(self, split: str) -> AcdSplitResponse:
        """Agents and waiting calls of a split."""
        answer = self.request("queryacdsplit", split=split)
        return cast("AcdSplitResponse", answer)

    def queryagentlogin(self, split: str) -> AgentLoginResponse:
        """The extensions at which agents of a split are logged in."""
        answer = self.request("queryagentlogin", split=split)
        return cast("AgentLoginResponse", answer)

    def queryagentstate(
        self, extension: str, *, since: bool | Literal["true", "false"] | None = None
    ) -> AgentStateResponse:
        """Work mode, talk state and reason code of the agent at an extension."""
        answer = self.request("queryagentstate", extension=extension, since=since)
        return cast("AgentStateResponse", answer)

    def querycallclassifier(self) -> ClassifierResponse:
        """Free and busy ports of the call classifiers."""
        answer = self.request("querycallclassifier")
        return cast("ClassifierResponse", answer)

    def querytimeofday(self) -> TimeOfDayResponse:
        """The switch's clock; the year has two digits."""
        answer = self.request("querytimeofday")
        return cast("TimeOfDayResponse", answer)

    def querydevicename(self, extension: str) -> NameResponse:
        """The name of a device as administered."""
        answer = self.request("querydevicename", extension=extension)
        return cast("NameResponse", answer)

    def querydeviceinfo(self, extension: str) -> DeviceInfoResponse:
        """What a device is associated with: the agent at a station, the station of an agent."""
        answer = self.request("querydeviceinfo", extension=extension)
        return cast("DeviceInfoResponse", answer)

    def querystationstatus(self, extension: str) -> StationStatusResponse:
        """Whether an extension is on a call."""
        answer = self.request("querystationstatus", extension=extension)
        return cast("StationStatusResponse", answer)

    def querytrunkgroup(self, tag: str) -> TrunkGroupResponse:
        """Idle and busy trunks of a trunk group."""
        answer = self.request("querytrunkgroup", tag=tag)
        return cast("TrunkGroupResponse", answer)

    def queryucid(self, callid: int | str) -> UcidResponse:
        """The universal call id of a call."""
        answer = self.request("queryucid", callid=callid)
        return cast("UcidResponse", answer)

    def querydonotdisturb(self, extension: str) -> DndResponse:
        """Whether an extension sends all calls to coverage."""
        answer = self.request("querydonotdisturb", extension=extension)
        return cast("DndResponse", answer)

    def queryforwarding(self, extension: str) -> ForwardingResponse:
        """Where an extension forwards its calls; empty = it does not."""
        answer = self.request("queryforwarding", extension=extension)
        return cast("ForwardingResponse", answer)

    def querymsgwaitingind(self, extension: str) -> MwiResponse:
        """Whether the message-waiting lamp of an extension is lit."""
        answer = self.request("querymsgwaitingind", extension=extension)
        return cast("MwiResponse", answer)

    def setdonotdisturb(
        self, extension: str, dnd: bool | Literal["true", "false"], *, idempotencykey: str | None = None
    ) -> Done:
        """Send all calls of an extension to coverage, or no longer."""
        answer = self.request("setdonotdisturb", extension=extension, dnd=dnd, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def setforwarding(
        self,
        extension: str,
        fwd: bool | Literal["true", "false"],
        *,
        destination: str | None = None,
        idempotencykey: str | None = None,
    ) -> Done:
        """Forward all calls of an extension, or no longer."""
        answer = self.request(
            "setforwarding", extension=extension, fwd=fwd, destination=destination, idempotencykey=idempotencykey
        )
        return cast("Done", answer)

    def setmsgwaitingind(
        self, extension: str, ind: bool | Literal["true", "false"], *, idempotencykey: str | None = None
    ) -> Done:
        """Light the message-waiting lamp of an extension, or put it out."""
        answer = self.request("setmsgwaitingind", extension=extension, ind=ind, idempotencykey=idempotencykey)
        return cast("Done", answer)

    def eventhistory(
        self,
        *,
        extension: str | None = None,
        eventtypes: Sequence[str] | str | None = None,
        since: int | str | None = None,
        until: int | str | None = None,
        after: int | str | None = None,
        limit: int | str | None = None,
    ) -> HistoryResponse:
        """Events of the past, as they were sent."""
        answer = self.request(
            "eventhistory",
            extension=extension,
            eventtypes=eventtypes,
            since=since,
            until=until,
            after=after,
            limit=limit,
        )
        return cast("HistoryResponse", answer)

    def callhistory(self, ucid: str, *, form: Literal["json", "text"] | None = None) -> CallHistoryResponse:
        """The whole life of a call as one ladder, across transfers and UCIDs."""
        answer = self.request("callhistory", ucid=ucid, form=form)
        return cast("CallHistoryResponse", answer)
