"""The people around the switch: hands on its phones, outside parties, agents at their buttons.

Everything a person can do is here; what it means is the switch's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.outside import parties
from ivrsvr.backends.simulator.outside.behaviour import Behaviour, find
from ivrsvr.backends.simulator.outside.persons import Person
from ivrsvr.backends.simulator.switch import (
    bridging,
    clearing,
    merging,
    origination,
    outages,
    parking,
    redirection,
    talking,
)
from ivrsvr.backends.simulator.switch.acd import agents
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import NO_UUI, Party
from ivrsvr.backends.simulator.switch.services import features, media
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import WorldError
from ivrsvr.backends.simulator.world_stations import MESSAGE_APPLICATIONS
from ivrsvr.csta.enums import ATTWorkMode as Mode
from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.structures import ATTUserToUserInfo

__all__ = ("MODES", "OutsideCall", "People", "PeopleError", "ia5")

MODES = {
    "AUX": Mode.WM_AUX_WORK,
    "ACW": Mode.WM_AFTCAL_WK,
    "AUTO_IN": Mode.WM_AUTO_IN,
    "MANUAL_IN": Mode.WM_MANUAL_IN,
}
"""Work modes as the buttons of a station are labelled."""

FORWARDING = {"always": "forward", "busy": "forward_busy", "noanswer": "forward_no_answer"}
"""When calls are forwarded -> where the station keeps the number."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A call that an outside party made. party: its dynamic id, e.g. "T48#1"."""

    callID: int
    ucid: str
    party: str


def ia5(text: str) -> ATTUserToUserInfo:
    """User-to-user information as IA5 text; "" = none."""
    if not text:
        return NO_UUI
    return ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, text.encode("ascii", "replace"))


class People:
    """Hands, outside parties and agents of one switch. Every action raises PeopleError when it is impossible."""

    def __init__(self, switch: Switch) -> None:
        self._core: Core = switch.core
        self._core.called_outside = self._called

    # ---- hands

    def lift(self, extension: str) -> None:
        """Lift the handset: goes on with what waits for it, answers a ringing call, or gives dial tone."""
        station = self._phone(extension)
        with self._core.act():
            station.off_hook = station.in_hand = True
            if station.prompt is not None:
                self._go_on(station)
            elif station.active is None:
                ringing = station.in_state(State.CS_ALERTING)
                if ringing:
                    talking.answer(self._core, ringing[0])
                elif station.has_idle_appearance:
                    self._dial_tone(station)

    def _go_on(self, station: Station) -> None:
        """The set is off-hook: what waited for it goes on."""
        prompt, station.prompt = station.prompt, None
        if prompt is not None:
            prompt.timer.cancel()
            prompt.lifted()

    def _take_up(self, station: Station) -> None:
        """Whoever takes or begins a call by hand has the handset, and lifts it where the switch cannot."""
        station.in_hand = True
        station.off_hook = station.off_hook or not station.forced

    def hangup(self, extension: str, callID: int = 0) -> None:
        """Put the handset down: the active call ends for this station; what it holds stays held."""
        station = self._station(extension)
        with self._core.act():
            station.off_hook = station.data.offHook
            lifted, station.in_hand = station.in_hand, False
            if not callID and station.active is None and (lifted or station.in_state(State.CS_HOLD)):
                return
            party = self._pick(station, (State.CS_CONNECT, State.CS_INITIATE, State.CS_FAIL), callID, "active")
            clearing.drop(self._core, party)

    def dial(self, extension: str, number: str) -> None:
        """Dial a number, lifting the handset first if there is no dial tone."""
        station = self._station(extension)
        with self._core.act():
            self._attempt(lambda: origination.check_destination(number))
            self._attempt(lambda: origination.check_originator(station))
            self._take_up(station)
            origination.dial(self._core, self._dial_tone(station), number)

    def answer(self, extension: str, callID: int = 0) -> None:
        """Answer the ringing call (the oldest, unless callID picks one), lifting the handset.

        Where none rings, enter the one that somebody else answered for the station, if it kept an appearance of it.
        """
        station = self._station(extension)
        with self._core.act():
            there = None if station.in_state(State.CS_ALERTING) else bridging.kept(self._core, station, callID)
            if there is not None:
                self._attempt(lambda: bridging.check_entry(station, there))
                self._take_up(station)
                bridging.enter_call(self._core, station, there)
                return
            party = self._pick(station, (State.CS_ALERTING,), callID, "ringing", oldest=True)
            self._attempt(lambda: talking.check_free(station, party))
            self._take_up(station)
            if station.prompt is not None and station.prompt.party is party:
                self._go_on(station)
            else:
                talking.answer(self._core, party)

    def hold(self, extension: str, callID: int = 0) -> None:
        """Press hold."""
        station = self._station(extension)
        with self._core.act():
            party = self._pick(station, (State.CS_CONNECT,), callID, "active")
            self._attempt(lambda: talking.hold(self._core, party))

    def retrieve(self, extension: str, callID: int = 0) -> None:
        """Press the button of a held call."""
        station = self._station(extension)
        with self._core.act():
            party = self._pick(station, (State.CS_HOLD,), callID, "held")
            self._attempt(lambda: talking.check_free(station, party))
            self._attempt(lambda: talking.check_room(party.call, party))
            self._take_up(station)
            self._go_on(station)
            if party.state is State.CS_HOLD:
                talking.retrieve(self._core, party)

    def press(self, extension: str, digits: str, callID: int = 0) -> None:
        """Press keys during a call."""
        station = self._station(extension)
        parties.check_keys(digits)
        with self._core.act():
            party = self._pick(station, (State.CS_CONNECT,), callID, "active")
            media.send_tones(self._core, party, digits.upper())

    def transfer(self, extension: str, callID: int = 0) -> None:
        """The completing press of the transfer button; the held call is the one held last, unless callID picks one."""
        self._merge(extension, callID, conference=False)

    def conference(self, extension: str, callID: int = 0) -> None:
        """The completing press of the conference button; the held call as for a transfer."""
        self._merge(extension, callID, conference=True)

    def _merge(self, extension: str, callID: int, *, conference: bool) -> None:
        station = self._station(extension)
        with self._core.act():
            last = max(station.in_state(State.CS_HOLD), key=lambda party: party.held, default=None)
            callID = callID or (last.call.callID if last is not None else 0)
            held = self._pick(station, (State.CS_HOLD,), callID, "held", oldest=True)
            active = self._pick(station, (State.CS_CONNECT,), 0, "active")
            self._attempt(lambda: merging.check(self._core, held, active, conference=conference))
            merging.merge(self._core, held, active, conference=conference)

    def pickup(self, extension: str, of: str = "", callID: int = 0) -> None:
        """Answer the call that rings in the station's pickup group, or (directed pickup) at the station `of`.

        The first that rings there, unless callID picks one.
        """
        station = self._phone(extension)
        with self._core.act():
            members = [self._station(of)] if of else self._mates(extension)
            where = f"at {of}" if of else f"in a pickup group of {extension}"
            party = self._ringing(members, callID, where)
            own = party.call.party_of(extension)
            if own is not None and own.state is not State.CS_ALERTING:
                raise PeopleError(f"station {extension} is on that call itself")
            self._attempt(lambda: talking.check_free(station, party))
            if own is not None:
                # A coverage point of the call answers its own appearance.
                self._take_up(station)
                talking.answer(self._core, own)
                return
            if not station.has_idle_appearance and station.active is None:
                raise PeopleError(f"station {extension} has no idle call appearance")
            self._attempt(lambda: redirection.pick_up(self._core, station, party))
            self._take_up(station)

    def _mates(self, extension: str) -> list[Station]:
        """The other members of the pickup groups that a station is in."""
        groups = [group for group in self._core.world.pickupGroups.values() if extension in group.members]
        members = [member for group in groups for member in group.members if member != extension]
        return [self._core.stations[member] for member in members if member in self._core.stations]

    def _ringing(self, at: list[Station], callID: int, where: str) -> Party:
        for station in at:
            for party in station.in_state(State.CS_ALERTING):
                if callID in (0, party.call.callID):
                    return party
        raise PeopleError(f"no call {callID or ''}".rstrip() + f" rings {where}")

    def bridge(self, extension: str, principal: str, number: str = "") -> None:
        """Press the appearance of another station: answer or enter its call, or call a number in its name."""
        station, other = self._phone(extension), self._station(principal)
        with self._core.act():
            if number:
                self._attempt(lambda: bridging.originate(self._core, station, other, number))
            else:
                self._attempt(lambda: bridging.enter(self._core, station, other))
            self._take_up(station)

    def park(self, extension: str, at: str = "") -> None:
        """Park the active call, at the station's own extension or another one."""
        station = self._station(extension)
        with self._core.act():
            party = self._pick(station, (State.CS_CONNECT,), 0, "active")
            self._attempt(lambda: parking.park(self._core, party, at or extension))

    def unpark(self, extension: str, at: str) -> None:
        """Take the call that is parked at an extension."""
        station = self._phone(extension)
        with self._core.act():
            self._attempt(lambda: parking.take(self._core, station, at))
            self._take_up(station)

    def message(self, extension: str, application: str, *, waiting: bool) -> None:
        """An application (one of MESSAGE_APPLICATIONS) lights the station's lamp, or puts its light out."""
        lit = self._station(extension).messages
        if application not in MESSAGE_APPLICATIONS:
            raise PeopleError(f"messages come from {', '.join(MESSAGE_APPLICATIONS)}, not from {application!r}")
        if waiting:
            lit.add(application)
        else:
            lit.discard(application)

    def forward(self, extension: str, number: str, when: str = "always") -> None:
        """Send the station's calls to a number: always, when it is busy, or on noanswer; "" = no longer."""
        station = self._station(extension)
        if when not in FORWARDING:
            raise PeopleError(f"calls are forwarded {', '.join(FORWARDING)}, not {when!r}")
        if number:
            self._attempt(lambda: features.check_forwarding(self._core, extension, number))
        setattr(station, FORWARDING[when], number)

    def send_all_calls(self, extension: str, *, on: bool) -> None:
        """Press the button that sends all calls to coverage."""
        self._station(extension).send_all_calls = on

    # ---- outside parties

    def call_in(
        self,
        number: str | None,
        to: str,
        trunk_group: str = "",
        member: str = "",
        uui: str = "",
        behaviour: object = None,
    ) -> OutsideCall:
        """An outside party calls in.

        number: its calling number, None when there is none. trunk_group "" = the first with a free member; member "" =
        its lowest free one. behaviour: the name of one of the world's, or data as in a world file, or a `Behaviour`;
        None = by its number, as the world's `outside` says. What the behaviour says happens by itself.
        """
        core = self._core
        group = trunk_group or next((name for name, group in core.trunks.items() if group.free), "")
        if group not in core.trunks:
            raise PeopleError(f"there is no trunk group {trunk_group!r}" if trunk_group else "all trunks are busy")
        if not to and not core.trunks[group].data.destination:
            raise PeopleError("an outside call needs a number to call")
        free = core.trunks[group].free
        if member and (not member.isdigit() or int(member) not in free):
            raise PeopleError(f"member {member} of trunk group {group} does not exist or is busy")
        if not free:
            raise PeopleError(f"all members of trunk group {group} are busy")
        habits = self._habits(number or "", behaviour)
        with core.act():
            party = self._attempt(
                lambda: origination.come_in(core, number, to, group, int(member) if member else free[0], ia5(uui))
            )
            if habits is not None and party.present:
                self._animate(party, habits, called=False)
            return OutsideCall(party.call.callID, party.call.ucid, party.name)

    def _habits(self, number: str, given: object) -> Behaviour | None:
        world = self._core.world
        if given is None:
            return find(world.outside, number)
        try:
            return world.behaviour(given)
        except WorldError as error:
            raise PeopleError(f"the behaviour has a mistake: {error}") from error

    def _called(self, party: Party) -> None:
        """The switch calls an outside party: it behaves as the world says of its number."""
        habits = find(self._core.world.outside, party.digits)
        if habits is not None:
            self._animate(party, habits, called=True)

    def _animate(self, party: Party, habits: Behaviour, *, called: bool) -> None:
        person = Person.of(self._core, party, habits, called=called)
        party.actor = person
        person.begin()

    def party(self, party: str, action: str, digits: str = "", uui: str = "") -> None:
        """An outside party acts: one of `parties.ACTIONS`, such as ring, answer, busy, hangup (uui), press (digits).

        party: "T<callID>#<n>" as it was first called, or "T<callID>" for the only outside party that came by that
               call, or is on it now.
        """
        found = self._outside(party)
        with self._core.act():
            self._attempt(lambda: parties.act(self._core, found, action, digits, ia5(uui) if uui else None))

    def _outside(self, name: str) -> Party:
        outside = self._core.outside
        if name in outside:
            return outside[name]
        if "#" not in name:
            found = [party for first, party in outside.items() if first.partition("#")[0] == name]
            found = found or [party for party in outside.values() if f"T{party.connection.callID}" == name]
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(sorted(party.name for party in found))
                raise PeopleError(f"call {name[1:]} has several outside parties; name one of them: {names}")
        for party in outside.values():
            if party.connection.deviceID == name:
                return party
        raise PeopleError(f"there is no outside party {name!r}")

    # ---- agents and administration

    def agent(self, login_id: str, *, at: str = "", login: bool | None = None, mode: str = "", reason: int = 0) -> None:
        """The agent presses buttons: log in at a station, log out, or change the work mode (a key of MODES)."""
        core = self._core
        agent = core.agents.get(login_id)
        if agent is None:
            raise PeopleError(f"there is no agent {login_id!r}")
        if mode and mode not in MODES:
            raise PeopleError(f"there is no mode {mode!r}; modes are {', '.join(MODES)}")
        wanted = MODES[mode] if mode else Mode.WM_NONE
        with core.act():
            if login:
                station = self._station(at)
                self._attempt(lambda: agents.log_in(core, station, login_id, None, mode=wanted, reason=reason))
            elif login is False:
                self._attempt(lambda: agents.log_out(core, agent, reason))
            elif agent.station is None:
                raise PeopleError(f"agent {login_id} is not logged in")
            else:
                self._attempt(lambda: agents.change_mode(core, agent, wanted, reason, enable_pending=True))

    def station_service(self, extension: str, state: str) -> None:
        """A station goes out of service ("out": its calls end) or comes back ("in")."""
        station = self._station(extension)
        if state not in ("in", "out"):
            raise PeopleError("a station's service is in or out")
        change = outages.bring_back if state == "in" else outages.take_out
        with self._core.act():
            change(self._core, station)

    # ---- helpers

    def _station(self, extension: str) -> Station:
        try:
            return self._core.stations[extension]
        except KeyError:
            raise PeopleError(f"there is no station {extension!r}") from None

    def _phone(self, extension: str) -> Station:
        """A station at which somebody can take or begin a call."""
        station = self._station(extension)
        if not station.in_service:
            raise PeopleError(f"station {extension} is out of service: its phone is dead")
        return station

    def _dial_tone(self, station: Station) -> Party:
        return self._attempt(lambda: origination.dial_tone(self._core, station))

    def _pick(
        self,
        station: Station,
        states: tuple[State, ...],
        callID: int,
        what: str,
        *,
        oldest: bool = False,
    ) -> Party:
        found = [
            party for party in station.parties if party.state in states and (not callID or party.call.callID == callID)
        ]
        if not found:
            raise PeopleError(f"station {station.extension} has no {what} call" + (f" {callID}" if callID else ""))
        if len(found) > 1 and not oldest:
            ids = ", ".join(str(party.call.callID) for party in found)
            raise PeopleError(f"station {station.extension} has several {what} calls: {ids}; say which")
        return found[0]

    def _attempt(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except CstaFailure as failure:
            raise PeopleError(failure.text) from failure
