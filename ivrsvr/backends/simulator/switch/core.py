"""The heart of the switch: its present state, identifiers, time, and the order in which it speaks.

Everything that happens, happens inside `act()`: reports are collected while the state changes and leave when the
outermost act ends, so that a confirmation goes out before the events that it caused and nobody sees a half-done change.
"""

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from ivrsvr.backends.simulator.switch.dialogues import nobody
from ivrsvr.backends.simulator.switch.equipment import Station, TrunkGroup
from ivrsvr.backends.simulator.switch.model import PEOPLE, Agent, Call, Kind, Party, Skill
from ivrsvr.backends.simulator.switch.reports import Outcome, Reply, Report
from ivrsvr.backends.simulator.world import Cor, World
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.enums import ConnectionIDDevice, LocalConnectionState
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID

State = LocalConnectionState
CONFERENCE_LIMIT = 6
UNRESTRICTED = Cor(frl=7)
"""Of whoever has no class of restriction."""


class Core:
    """State of the switch and the few operations that every rule needs."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.calls: dict[int, Call] = {}
        self.stations = {
            extension: Station(
                extension,
                data,
                forward=data.forward,
                forward_busy=data.forwardBusy,
                forward_no_answer=data.forwardNoAnswer,
                send_all_calls=data.sendAllCalls,
                messages=set(data.messageWaiting.applications),
                in_service=data.service == "in",
                off_hook=data.offHook,
            )
            for extension, data in world.stations.items()
        }
        self.skills = {
            extension: Skill(extension, data, handling=data.handlingSeconds) for extension, data in world.skills.items()
        }
        self.hunting: dict[str, list[Skill]] = {}
        """Hunt groups by their members."""
        for skill in self.skills.values():
            for member in skill.data.members:
                self.hunting.setdefault(member, []).append(skill)
        self.bridges: dict[str, list[Station]] = {}
        """Stations at which another one's lines appear, by that station."""
        for station in self.stations.values():
            for principal in station.data.bridged:
                self.bridges.setdefault(principal, []).append(station)
        self.agents = {login: Agent(login, data) for login, data in world.agents.items()}
        self.trunks = {number: self._trunk_group(number) for number in world.trunkGroups}
        self.outside: dict[str, Party] = {}
        """Outside parties by the first name they had."""
        self.parked: dict[str, Party] = {}
        """The place of each parked call by the extension at which it is parked."""
        self.answer_speeds: dict[str, float] = {}
        """Seconds that calls of a skill or VDN have waited for their answer, on average."""
        self.routing = nobody()
        self.classifiers_used = 0
        self.timezone = ZoneInfo(world.clock.timezone)
        self.order = 0
        self.listener: Callable[[Report], None] = lambda report: None
        self.called_outside: Callable[[Party], None] = lambda party: None
        """Told of each outside party that the switch calls, when its trunk is seized."""
        self._resting: OrderedDict[int, float] = OrderedDict()
        """Call ids that were in use a moment ago, with the time from which they may be used again."""
        self._next_id = world.system.callIdFirst
        self._ucid_sequence = 0
        self._depth = 0
        self._outbox: deque[Report] = deque()
        self._outcomes: deque[tuple[Reply, Outcome]] = deque()
        self._touched: dict[Station, None] = {}
        """Stations about which somebody is to learn that something changed there."""

    def _trunk_group(self, number: str) -> TrunkGroup:
        data = self.world.trunkGroups[number]
        taken = data.busyMembers | data.outOfServiceMembers
        free = [member for member in range(1, data.members + 1) if member not in taken]
        return TrunkGroup(number, data, free, busy=len(data.busyMembers - data.outOfServiceMembers))

    # ---- order

    @contextmanager
    def act(self) -> Iterator[None]:
        """Something happens; what it reports leaves when the outermost act ends."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                while self._outcomes or self._outbox or self._touched:
                    if self._outcomes:
                        reply, outcome = self._outcomes.popleft()
                        reply(outcome)
                    elif not self._outbox:
                        station = next(iter(self._touched))
                        del self._touched[station]
                        if station.occupant is not None:
                            station.occupant.changed()
                    else:
                        report = self._outbox.popleft()
                        self.listener(report)
                        self._stir(report.callID)

    def _stir(self, callID: int) -> None:
        """Whoever acts for an outside party of the call learns that something happened on it."""
        call = self.calls.get(callID)
        if call is not None:
            for party in call.parties:
                if party.actor is not None:
                    party.actor.changed()
                elif party.kind is Kind.STATION:
                    self.touch(self.stations[party.device])

    def touch(self, station: Station) -> None:
        """Something changed at a station, or about its agent: whoever acts there learns it when the act ends."""
        if station.occupant is not None:
            self._touched[station] = None

    def report(self, report: Report, *, before: int | None = None) -> None:
        """Tells it when the act ends: after everything else so far, or before what was reported since `reported`."""
        self._outbox.insert(len(self._outbox) if before is None else before, report)

    @property
    def reported(self) -> int:
        """How many reports of this act wait to be told: a place for a report that can only be made later."""
        return len(self._outbox)

    def answer(self, reply: Reply, outcome: Outcome) -> None:
        """A service has its outcome; who asked learns it when the act ends, before what the act reports.

        Not earlier: whoever is answered may ask for the next service at once, and would find a half-done change.
        """
        with self.act():
            self._outcomes.append((reply, outcome))

    def later(self, seconds: float, happen: Callable[..., object], *about: object) -> Timer:
        """Let something happen after a while, as an act of its own.

        happen is a function of a module and gets this core and what it is `about`: timers are data, so that the whole
        switch can be copied with them.
        """
        return self.clock.call_later(seconds, partial(self._happen, happen, *about))

    def own_timers(self) -> list[Timer]:
        """What is to happen in this switch, in its order."""
        return [timer for timer in self.clock.timers() if self._is_own(timer)]

    def _is_own(self, timer: Timer) -> bool:
        callback = timer.callback
        return isinstance(callback, partial) and getattr(callback.func, "__self__", None) is self

    def _happen(self, happen: Callable[..., object], *about: object) -> None:
        with self.act():
            happen(self, *about)

    def next_order(self) -> int:
        """A number that only grows: the tie-break wherever times can be equal."""
        self.order += 1
        return self.order

    # ---- identifiers

    def new_call(self) -> Call:
        """A call with a fresh call id and UCID.

        Raises CstaFailure GENERIC_SYSTEM_RESOURCE_AVAILABILITY when every call id is in use or was so a moment ago.
        """
        call = Call(self._new_call_id(), self._new_ucid())
        self.calls[call.callID] = call
        return call

    def _new_call_id(self) -> int:
        """Round robin, passing over those in use and those that rest."""
        first, last = self.world.system.callIdFirst, self.world.system.callIdLast
        self._end_rests()
        if len(self.calls) + len(self._resting) > last - first:
            raise CstaFailure(
                CSTAUniversalFailure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY,
                "the switch has no call id free; try again later",
            )
        while True:
            callID = self._next_id
            self._next_id = callID + 1 if callID < last else first
            if callID not in self.calls and callID not in self._resting:
                return callID

    def rest_longer(self, seconds: float) -> None:
        """Every call id that rests does so for some more seconds."""
        for callID in self._resting:
            self._resting[callID] += seconds

    def _end_rests(self) -> None:
        now = self.clock.now()
        while self._resting and next(iter(self._resting.values())) <= now:
            self._resting.popitem(last=False)

    def _new_ucid(self) -> str:
        system = self.world.system
        if not (system.createUcid and system.sendUcidToAsai):
            return ""
        self._ucid_sequence = self._ucid_sequence % 65535 + 1
        return f"{system.ucidNodeId:05d}{self._ucid_sequence:05d}{int(self.clock.now()):010d}"

    def forget(self, call: Call) -> None:
        """The call is over: its id rests for a while before it is used again."""
        call.ended = True
        self._stop_tone(call)
        self.free_classifier(call)
        if self.calls.pop(call.callID, None) is not None:
            self._resting[call.callID] = self.clock.now() + self.world.timers.callIdReuseSeconds
            self._end_rests()

    def _stop_tone(self, call: Call) -> None:
        if call.failed is not None:
            call.failed.cancel()
            call.failed = None

    def free_classifier(self, call: Call) -> None:
        """The classifier listens no longer to a predictive call, and its port is free."""
        attempt, call.predictive = call.predictive, None
        if attempt is not None:
            self.classifiers_used -= 1
            if attempt.timer is not None:
                attempt.timer.cancel()

    # ---- parties

    def join(self, call: Call, kind: Kind, device: str = "") -> Party:
        """A new party on the call, still in CS_NULL."""
        party = Party(call.free_number(), call, kind, device)
        call.parties.append(party)
        if call.caller is None and kind in PEOPLE:
            call.caller = party
        if kind is Kind.STATION:
            station = self.stations[device]
            station.parties.append(party)
            self.touch(station)
            if station.agent is not None:
                self.occupied(station.agent)
        return party

    def occupied(self, agent: Agent) -> None:
        """The agent cannot take an ACD call: it is no longer among the available."""
        for skill in agent.skills:
            self.skills[skill].available.discard(agent)
        if agent.station is not None:
            self.touch(agent.station)

    def leave(self, party: Party, trigger: Trigger = Trigger.CLEAR) -> None:
        """The party is no longer on its call. Tells nobody."""
        moves.move(party, trigger)
        self.stop_ringing(party)
        party.call.parties.remove(party)
        if party.call.toned is party:
            party.call.toned = None
            self._stop_tone(party.call)
        for other in party.call.parties:
            other.deaf_to.discard(party)
        if party.kind is Kind.STATION:
            station = self.stations[party.device]
            station.parties.remove(party)
            self.touch(station)
            if station.prompt is not None and station.prompt.party is party:
                prompt, station.prompt = station.prompt, None
                prompt.timer.cancel()
                prompt.refuse(
                    CstaFailure(
                        CSTAUniversalFailure.NO_CALL_TO_ANSWER, "the call went elsewhere before the set was lifted"
                    )
                )
        elif party.kind is Kind.PARKED:
            self.parked.pop(party.device, None)
        elif party.kind is Kind.TRUNK:
            if party.actor is not None:
                party.actor.left()
            self.outside.pop(party.name, None)
            self.release_trunk(party)
            call = party.call
            if call.trunk is party.trunk and call.caller is not party:
                # It was called, and is gone: what comes is no longer about its trunk.
                call.trunk = next((other.trunk for other in call.parties if other.trunk is not None), None)

    def release_trunk(self, party: Party) -> None:
        seat = party.trunk
        if seat is None:
            return
        group = self.trunks[seat.group]
        member = int(seat.member)
        if group.used.pop(member, None) is not None:
            insort(group.free, member)

    def stop_ringing(self, party: Party) -> None:
        if party.ring is not None:
            party.ring.cancel()
            party.ring = None

    # ---- look-up

    def station(
        self, device: str, failure: CSTAUniversalFailure = CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER
    ) -> Station:
        """The station with that extension.

        Raises CstaFailure with the given error.
        """
        try:
            return self.stations[device]
        except KeyError:
            raise CstaFailure(failure, f"there is no station {device!r}") from None

    def reached_by(self, number: str) -> str:
        """The station at which a number rings: that of a logged-in agent for a login id, else the number itself."""
        agent = self.agents.get(number)
        return agent.station.extension if agent is not None and agent.station is not None else number

    def call(self, callID: int) -> Call:
        """A call that is up.

        Raises CstaFailure NO_ACTIVE_CALL.
        """
        try:
            return self.calls[callID]
        except KeyError:
            raise CstaFailure(CSTAUniversalFailure.NO_ACTIVE_CALL, f"there is no call {callID}") from None

    def find(self, connection: ConnectionID) -> Party | None:
        """The party that a connection id names, or None. Of two appearances, the one that is not only bridged."""
        call = self.calls.get(connection.callID)
        if call is None:
            return None
        found: Party | None = None
        for party in call.parties:
            if party.connection == connection:
                return party
            if (
                party.kind is Kind.STATION
                and connection.devIDType == ConnectionIDDevice.STATIC_ID
                and party.device == connection.deviceID
                and (found is None or found.bridged)
            ):
                found = party
        return found

    def may_call(self, call: Call, cor: str) -> bool:
        """Whether the classes of restriction that hold for the call let it reach that class."""
        theirs = self.world.cors.get(cor, UNRESTRICTED)
        if theirs.called == "termination" or (theirs.called == "inward" and call.incoming):
            return False
        return all(cor not in own.mayNotCall for own in self.restrictions(call))

    def class_of(self, party: Party) -> str:
        """The class of restriction of a party: its agent's, station's, or trunk group's; "" = it has none."""
        if party.trunk is not None:
            return self.trunks[party.trunk.group].data.cor
        station = self.stations.get(party.device)
        if station is None:
            return ""
        return station.agent.data.cor if station.agent is not None else station.data.cor

    def restrictions(self, call: Call) -> tuple[Cor, ...]:
        """The classes of restriction that hold for where a call goes.

        Its caller's (after a transfer, whoever stands in that place) and, while a vector sends it on, the VDN's.
        """
        own = self.world.cors.get(call.cor, UNRESTRICTED)
        if call.vector is None:
            return (own,)
        return own, self.world.cors.get(self.world.vdns[call.active_vdn].cor, UNRESTRICTED)

    def rings(self, count: int) -> float:
        return count * self.world.timers.ringSeconds

    def states_of(self, call: Call) -> dict[str, State]:
        """Every station on the call with its state, the most active one: who is told of what happens to the call."""
        states: dict[str, State] = {}
        for party in call.parties:
            known = states.get(party.device)
            if party.kind is Kind.STATION and (known is None or (party.talking and known is not State.CS_CONNECT)):
                states[party.device] = party.state
        return states
