"""The live state of extensions, and which of their calls a request means.

The state comes from the call model where the extension is monitored here and the model is certain, and from a device
snapshot otherwise. The model is uncertain for a moment after each change that was asked for here: the confirmation may
be ahead of the events that tell of the change.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ivrsvr.backends.base import LinkDown
from ivrsvr.calls.model import CallModel
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import ConnectionIDDevice, DeviceIDStatus, LocalConnectionState
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.query import QueryDeviceInfo
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallResponseInfo
from ivrsvr.service.errors import CALL_GONE, Own, own, refusal
from ivrsvr.service.line import Line

State = LocalConnectionState

TALKING = frozenset({State.CS_CONNECT, State.CS_INITIATE})
CLEARABLE = TALKING | {State.CS_FAIL}
HELD = frozenset({State.CS_HOLD})
ALERTING = frozenset({State.CS_ALERTING})
ANY = frozenset(State) - {State.CS_NULL}

STATE_NAMES: dict[State, str] = {
    State.CS_INITIATE: "initiate",
    State.CS_ALERTING: "alert",
    State.CS_CONNECT: "connect",
    State.CS_HOLD: "hold",
    State.CS_QUEUED: "queue",
    State.CS_FAIL: "fail",
}
"""What `snapshot` and error texts call a state; any other is "null"."""

SETTLE_S = 0.5
"""How long after a confirmed change the model may lag behind: the events follow within milliseconds."""


@dataclass(frozen=True, slots=True)
class Leg:
    """An extension's own connection in one call."""

    connection: ConnectionID
    state: State

    def __str__(self) -> str:
        return f"{self.connection.callID} ({STATE_NAMES.get(self.state, 'null')})"


@dataclass(slots=True)
class Wish:
    """Which call of an extension a request means.

    states: that the extension's own connection must be in.
    none:   the failure when no call fits; `what` says in words what was looked for ("held call to retrieve").
    callid: of that call only; None = any.
    party:  only a call with that party: extension, number, dynamic id, or the call id; "" = any.
    oldest: the oldest of several is meant; otherwise several are an error.
    """

    states: Collection[State]
    none: CSTAUniversalFailure
    what: str
    callid: int | None = None
    party: str = ""
    oldest: bool = False


class Live:
    """Answers what calls an extension has now."""

    def __init__(self, line: Line, model: CallModel, clock: Clock) -> None:
        self._line = line
        self._model = model
        self._clock = clock
        self._seeded: set[str] = set()
        self._changed: dict[str, float] = {}

    def seeded(self, extension: str) -> None:
        """The model knows every call of the extension from now on."""
        self._seeded.add(extension)

    def lost(self, extension: str) -> None:
        """The model no longer follows the extension."""
        self._seeded.discard(extension)

    def changed(self, extension: str) -> None:
        """A change at the extension was confirmed; its events may be still to come."""
        if extension in self._seeded:
            self._changed[extension] = self._clock.now()

    def is_certain(self, extension: str) -> bool:
        """Whether the model can be trusted with the extension at this moment."""
        if extension not in self._seeded:
            return False
        when = self._changed.get(extension)
        if when is None:
            return True
        if self._clock.now() - when < SETTLE_S:
            return False
        del self._changed[extension]
        return True

    async def legs(self, extension: str) -> list[Leg]:
        """The calls of an extension, the oldest first, as the switch sees them now. Raises as `Line.ask`."""
        return [
            Leg(one.callIdentifier, one.localCallState[0] if one.localCallState else State.CS_NONE)
            for one in await self._line.calls_at(extension)
        ]

    def _modelled(self, extension: str) -> list[Leg] | None:
        """The same from the model; None = it cannot be trusted with that."""
        if not self.is_certain(extension):
            return None
        connections = self._model.connections_of(extension)
        if any(one.state is State.CS_NONE for one in connections):
            return None
        return [Leg(one.id, one.state) for one in connections]

    async def ucid(self, extension: str, call: ConnectionID) -> str:
        """The UCID of a call that the extension is or was on; "" where nobody can tell it now."""
        known = self._model.call(call.callID) if self.is_certain(extension) else None
        if known is not None and known.ucid:
            return known.ucid
        try:
            return await self._line.ucid(call)
        except (AcsFailure, LinkDown):
            return ""

    async def pick(self, extension: str, wish: Wish) -> Leg:
        """The one call that a request means.

        Raises RequestError: the wish's failure when none fits, AMBIGUOUS_CALL when several do; as `Line.ask`.
        """
        known = self._modelled(extension)
        if known is not None:
            fitting = await self._fitting(known, wish)
            if len(fitting) == 1:
                return fitting[0]
        legs = await self.legs(extension)
        return choose(extension, wish, await self._fitting(legs, wish), legs)

    async def _fitting(self, legs: Iterable[Leg], wish: Wish) -> list[Leg]:
        fitting = [leg for leg in legs if leg.state in wish.states]
        if wish.callid is not None:
            fitting = [leg for leg in fitting if leg.connection.callID == wish.callid]
        if wish.party and fitting:
            fitting = await self.with_party(fitting, wish.party)
        return fitting

    async def with_party(self, legs: list[Leg], name: str) -> list[Leg]:
        """Those calls that have a party of that name; else the call with that id; else those where nobody knows.

        The number of an outside party is told in events only. So where no call has the party, and the name is none of
        the switch's own devices, a call with an outside party whose number this server was not told may be the one:
        first of all one that was transferred here and came from that number.
        """
        sure, maybe = [], []
        for leg in legs:
            verdict = await self._has_party(leg, name)
            if verdict:
                sure.append(leg)
            elif verdict is None:
                maybe.append(leg)
        if not sure:
            sure = [leg for leg in legs if str(leg.connection.callID) == name]
        if sure or not maybe or not await self._is_outside_number(name):
            return sure
        return [leg for leg in maybe if self._came_from(leg, name)] or maybe

    def _came_from(self, leg: Leg, name: str) -> bool:
        """Whether the call that was transferred into this one is known to have come from that number."""
        call = self._model.call(leg.connection.callID)
        original = call.originalCallInfo if call is not None else None
        return original is not None and original.callingDevice.deviceID == name

    async def _has_party(self, leg: Leg, name: str) -> bool | None:
        """None = an outside party is there whose number nobody knows."""
        own_id = leg.connection.deviceID
        call = self._model.call(leg.connection.callID)
        if call is not None and any(one.answers_to(name) for one in call.others(own_id)):
            return True
        others = [one for one in await self._parties(leg) if one.callIdentifier.deviceID != own_id]
        if any(name in names_of(one) for one in others):
            return True
        return None if self._untold(leg, others) else False

    async def _is_outside_number(self, name: str) -> bool:
        """Whether a name may be a number of the network: digits that the switch knows no device by."""
        if not (name.isascii() and name.isdigit()):
            return False
        try:
            await self._line.ask(QueryDeviceInfo(device=name))
        except CstaFailure:
            return True
        return False

    async def _parties(self, leg: Leg) -> tuple[CSTASnapshotCallResponseInfo, ...]:
        try:
            return await self._line.parties_on(leg.connection)
        except CstaFailure as failure:
            if failure.error in CALL_GONE:
                return ()  # it ended between two questions
            raise

    def _untold(self, leg: Leg, parties: Iterable[CSTASnapshotCallResponseInfo]) -> bool:
        """Whether an outside party is there whose number nobody knows.

        A caller's number is told before the connection that it belongs to: so many outside parties have a number that
        was told, whichever of them has it.
        """
        present = list(parties)
        strangers = sum(self._is_stranger(one) for one in present)
        call = self._model.call(leg.connection.callID)
        if call is None or not strangers:
            return bool(strangers)
        seen = {name for one in present for name in names_of(one)}
        told = sum(
            not one.named and any(name.isdigit() for name in one.names) and seen.isdisjoint(one.names)
            for one in call.parties
        )
        return strangers > told

    def _is_stranger(self, party: CSTASnapshotCallResponseInfo) -> bool:
        """An outside party whose number this server was not told."""
        if party.callIdentifier.devIDType is not ConnectionIDDevice.DYNAMIC_ID:
            return False
        known = self._model.connection(party.callIdentifier.callID, party.callIdentifier.deviceID)
        return known is None or not any(name.isdigit() for name in known.names)

    async def party(
        self,
        extension: str,
        leg: Leg,
        name: str,
        none: CSTAUniversalFailure = CSTAUniversalFailure.NO_CONNECTION_TO_CLEAR,
    ) -> ConnectionID:
        """The connection of a party of a call by extension, dynamic id or number.

        Raises RequestError (`none`, with the list of parties) when the call has no such party; as `Line.ask`.
        """
        parties = await self._parties(leg)
        for one in parties:
            if name in names_of(one):
                return one.callIdentifier
        call = self._model.call(leg.connection.callID)
        known = None if call is None else call.party(name)
        if known is not None and known.named:
            return known.id
        strangers = [one for one in parties if self._is_stranger(one)]
        may_be = known is not None or (self._untold(leg, parties) and await self._is_outside_number(name))
        if len(strangers) == 1 and may_be:
            return strangers[0].callIdentifier
        listed = ", ".join(label_of(one) for one in parties) or "none"
        raise refusal(
            none,
            f"call {leg.connection.callID} of extension {extension} has no party {name}; its parties are {listed}",
        )


def choose(extension: str, wish: Wish, fitting: list[Leg], legs: list[Leg]) -> Leg:
    """The one that is meant of those that fit.

    Raises RequestError when none or too many do.
    """
    if not fitting:
        which = f" with callid {wish.callid}" if wish.callid is not None else ""
        which += f" with {wish.party}" if wish.party else ""
        has = ", ".join(str(leg) for leg in legs)
        raise refusal(
            wish.none,
            f"extension {extension} has no {wish.what}{which}; "
            + (f"it has {has}" if has else "it has no call at all"),
        )
    if len(fitting) > 1 and not wish.oldest:
        raise own(
            Own.AMBIGUOUS_CALL,
            f"extension {extension} has more than one {wish.what}: {', '.join(str(leg) for leg in fitting)}; "
            "name one with callid",
        )
    return fitting[0]


def label_of(party: CSTASnapshotCallResponseInfo) -> str:
    """What a party is called in JSON: its device when that is known, else its dynamic id."""
    if party.deviceOnCall.deviceIDStatus is DeviceIDStatus.ID_PROVIDED and party.deviceOnCall.deviceID:
        return party.deviceOnCall.deviceID
    return party.callIdentifier.deviceID


def names_of(party: CSTASnapshotCallResponseInfo) -> tuple[str, str]:
    """What a party may be called in a request."""
    return label_of(party), party.callIdentifier.deviceID
