"""Monitors: be told of what happens at a device."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from ivrsvr.backends.base import LinkDown
from ivrsvr.calls.model import CallModel
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.registry import Caller, Done, EventNumber, Flag, RequestError, Text
from ivrsvr.service.errors import refusal
from ivrsvr.service.events import CONTRACT_TYPES, EXTENSION_TYPES, WORK_MODES, Event
from ivrsvr.service.follow import settled
from ivrsvr.service.live import STATE_NAMES
from ivrsvr.service.monitors import WRONG_KIND, Monitor, Subject, Subscription
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import Chapter, EventTypes, OfExtension, answer, entry
from ivrsvr.service.requests.queries import Calls, Member, SnapshotCallItem, calls_of
from ivrsvr.service.staff import Seat, as_reported, seats_of
from ivrsvr.service.stamps import encode, referring
from ivrsvr.service.subscribers import Subscriber, Waiting

KNOWN_TYPES = frozenset((*CONTRACT_TYPES, *EXTENSION_TYPES))


class StartMonitorRequest(OfExtension):
    events: Annotated[
        Literal["contract", "all"],
        Field(
            description="all: also agentlogin agentlogout agentstate queued divert callcleared monitorended linkdown "
            "linkup draining."
        ),
    ] = "contract"
    eventtypes: Annotated[
        EventTypes,
        Field(
            max_length=len(KNOWN_TYPES),
            description="Only events of these types, as a list or with commas; empty = all.",
        ),
    ] = ()
    since: Annotated[
        EventNumber | None, Field(description="The last eventid that you have; what came after it is sent again.")
    ] = None
    epoch: Annotated[Text, Field(description="The epoch of that event.")] = ""
    position: Annotated[
        Flag, Field(description="Without since: a `position` event follows, with what since and epoch would be now.")
    ] = False


async def startmonitor(parts: Parts, request: StartMonitorRequest, caller: Caller) -> Done:
    subscriber = caller.subscriber if isinstance(caller.subscriber, Subscriber) else None
    subscription = Subscription(subscriber, request.events == "all", known_types("startmonitor", request.eventtypes))
    owner = owner_of(caller)
    if subscriber is None or request.since is None:
        monitor = await parts.monitors.start(
            request.extension, owner, subscription if not parts.journal.shared else Subscription()
        )
        if parts.journal.shared:  # what was told before the journal has begun for a device is behind every position
            await parts.journal.ready(request.extension)
            monitor.owners[owner] = subscription
        if subscriber is not None and request.position:
            subscriber.follow_up([(encode(_notice(parts, monitor, "position")), parts.journal.last)])
        return Done()
    known = parts.monitors.get(request.extension)
    before = known.owners.get(owner) if known is not None else None
    monitor = await parts.monitors.start(request.extension, owner, Subscription())
    try:
        subscriber.follow_up(await _missed(parts, monitor, subscription, request.since, request.epoch))
    except (CstaFailure, AcsFailure, LinkDown, RequestError):
        if before is None:
            await parts.monitors.stop(request.extension, owner)
        else:
            monitor.owners[owner] = before
        raise
    monitor.owners[owner] = subscription
    return Done()


def known_types(name: str, eventtypes: tuple[str, ...]) -> frozenset[str]:
    """Raises RequestError for a type that does not exist. name: of the request."""
    for eventtype in eventtypes:
        if eventtype not in KNOWN_TYPES:
            raise refusal(
                CSTAUniversalFailure.VALUE_OUT_OF_RANGE,
                f'{name}: there is no event type "{eventtype[:40]}"; the types are '
                + " ".join((*CONTRACT_TYPES, *EXTENSION_TYPES)),
            )
    return frozenset(eventtypes)


def owner_of(caller: Caller) -> object:
    """Who holds a monitor: the connection, or, where a door has none, that door for all its callers.

    REST keeps no session: what is started there runs until it is stopped there, by anybody.
    """
    return caller.subscriber if isinstance(caller.subscriber, Subscriber) else f"door:{caller.door}"


async def _missed(parts: Parts, monitor: Monitor, subscription: Subscription, since: int, epoch: str) -> list[Waiting]:
    """What was missed, to be sent after the response and before anything new.

    The events from the journal and `resumed`; where some are lost, or the device was not monitored all the time, `gap`
    and a snapshot of the device's calls.

    Raises as `Line.ask`.
    """
    missed = await parts.journal.since((monitor.device,), since, epoch) if since >= monitor.began else None
    if missed is not None:
        wanted = [one for one in missed if subscription.wants(one.eventtype, one.eventtype not in CONTRACT_TYPES)]
        texts = [(referring(one.text, monitor.reference), one.eventid) for one in wanted]
        return [*texts, (encode(_notice(parts, monitor, "resumed")), parts.journal.last)]
    return await _gap(parts, monitor)


async def tell_gap(parts: Parts, monitor: Monitor) -> None:
    """Tell the owners of a monitor that something may be missing, and what the device has now. Raises as `Line.ask`."""
    messages = await _gap(parts, monitor)
    for subscription in list(monitor.owners.values()):
        if subscription.subscriber is not None:
            for text, eventid in messages:
                subscription.subscriber.put(text, eventid)


async def _gap(parts: Parts, monitor: Monitor) -> list[Waiting]:
    """That events are missing, and a snapshot of the device: what those have who were told everything up to now.

    Nothing suspends after that. Raises as `Line.ask`.
    """

    async def told() -> None:
        await parts.order.passed(monitor.device)
        await parts.journal.told(monitor.device)

    look = partial(_state, parts, monitor)
    (calls, seats), reported = await settled(monitor, parts.line, look, told=told)
    if reported and seats is not None:
        seats = as_reported(seats, monitor.agents, reported)
    elif reported and not monitor.via:
        calls = _as_reported(calls, parts.model, monitor.device, reported)
    snapshot = _notice(parts, monitor, "snapshot")
    snapshot["extension"] = monitor.device
    snapshot["numcall"] = len(calls)
    snapshot["list"] = [call.model_dump() for call in calls]
    if seats is not None:
        snapshot["agents"] = [
            {"extension": station, "agentid": seat.agentID, "state": WORK_MODES.get(seat.mode, "null")}
            for station, seat in seats.items()
        ]
    return [(encode(_notice(parts, monitor, "gap")), 0), (encode(snapshot), parts.journal.last)]


async def _state(parts: Parts, monitor: Monitor) -> tuple[Calls, dict[str, Seat] | None]:
    """The calls of a monitored station; the agents of a split; of a VDN neither. Raises as `Line.ask`."""
    if monitor.via:
        return [], None
    try:
        return await calls_of(parts, monitor.device), None
    except CstaFailure as failure:
        if failure.error not in WRONG_KIND:
            raise
    return [], await seats_of(parts.line, parts.lists, monitor.device)


def _as_reported(calls: Calls, model: CallModel, device: str, reported: frozenset[Subject]) -> Calls:
    """The calls of a station; of those that were reported while they were looked at, what the reports say."""
    known = [leg for leg in model.connections_of(device) if leg.callID in reported]
    unsaid = {leg.callID for leg in known if leg.state is LocalConnectionState.CS_NONE}
    seen = [item for item in calls if item.callid not in reported or item.callid in unsaid]
    for leg in known:
        call = model.call(leg.callID)
        if leg.callID not in unsaid and call is not None:
            others = [Member(extension=party.label) for party in call.others(device)]
            party = [Member(extension=leg.label), *others]
            state = STATE_NAMES.get(leg.state, "null")
            seen.append(SnapshotCallItem(callid=leg.callID, state=state, numparty=len(party), party=party))
    return seen


def _notice(parts: Parts, monitor: Monitor, eventtype: str) -> Event:
    """An event for one subscriber only: it has the number of the last event before it and isn't journalled."""
    return {
        "msgtype": "event",
        "eventtype": eventtype,
        "referenceid": monitor.reference,
        "time": int(parts.clock.wall()),
        "eventid": parts.journal.last,
        "epoch": parts.journal.epoch,
        "monitored": monitor.device,
    }


async def stopmonitor(parts: Parts, request: OfExtension, caller: Caller) -> Done:
    await parts.monitors.stop(request.extension, owner_of(caller))
    return Done()


MONITORS: Chapter = ("monitors", "monitor")

ENTRIES = (
    entry(
        MONITORS,
        "startmonitor",
        startmonitor,
        StartMonitorRequest,
        Done,
        "Be told of what happens at an extension, split or VDN.",
        ({"id": "15", "extension": "101"}, answer("15", error="")),
        description="A client that comes back gives `since` and `epoch` of the last event it has: it is sent what it "
        "missed and then `resumed`; where the journal does not reach back, `gap` and a `snapshot`. One that is to lose "
        "nothing even before its first event begins with `position`.",
    ),
    entry(
        MONITORS,
        "stopmonitor",
        stopmonitor,
        OfExtension,
        Done,
        "Be told no more. Success also when the extension was not monitored.",
        ({"id": "16", "extension": "101"}, answer("16", error="")),
    ),
)
