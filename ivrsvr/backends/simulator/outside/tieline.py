"""A line between two switches: each is the network of the other.

A call that goes out over the line comes in at the other switch with its caller's number and its user-to-user
information; what happens there is told back, and whoever hangs up does so at both, with the information that goes with
it. Both switches must be on one clock. As for other outside parties, what is told becomes an act of its own.
"""

from dataclasses import dataclass, field

from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.outside import parties
from ivrsvr.backends.simulator.switch import clearing, origination
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.csta.private.structures import ATTUserToUserInfo


def join(one: Core, other: Core, group: str) -> None:
    """Let a trunk group, which both switches have under that name, lead from each to the other."""
    for here, there in ((one, other), (other, one)):
        _lead(here, there, group)


def _lead(here: Core, there: Core, group: str) -> None:
    others = here.called_outside

    def called(party: Party) -> None:
        if party.trunk is None or party.trunk.group != group:
            others(party)
            return
        way = Way(here, party, there)
        party.actor = Calling(way)
        there.later(0.0, _arrive, way, group)

    here.called_outside = called


@dataclass(slots=True, eq=False)
class Way:
    """One call over the line: its outside party at the switch that calls, and at the one that is called.

    told: what the calling switch knows already.
    """

    here: Core
    calling: Party
    there: Core
    called: Party | None = None
    told: set[str] = field(default_factory=set)

    def tell(self, what: str) -> None:
        """Tell the calling switch what the called party does, once."""
        if what not in self.told:
            self.told.add(what)
            self.here.later(0.0, _act, self.calling, what)


@dataclass(slots=True, eq=False)
class Calling:
    """The end at the switch that calls."""

    way: Way

    def changed(self) -> None:
        """What happens at the calling switch is nothing to the other one, until it hangs up."""

    def left(self) -> None:
        """The calling switch has hung up."""
        if self.way.called is not None:
            self.way.there.later(0.0, _drop, self.way.called, self.way.calling.call.dropInfo)


@dataclass(slots=True, eq=False)
class Called:
    """The end at the switch that is called."""

    way: Way
    party: Party

    def changed(self) -> None:
        """Something happened on the call: it rings, is answered, or cannot be delivered."""
        call = self.party.call
        others = [other.state for other in call.others(self.party) if other.kind is not Kind.GROUP]
        if call.toned is self.party:
            self.way.tell("busy")
        elif self.party.state is State.CS_CONNECT and State.CS_CONNECT in others:
            self.way.tell("answer")
        elif State.CS_ALERTING in others:
            self.way.tell("ring")

    def left(self) -> None:
        """The called switch has hung up."""
        self.way.here.later(0.0, _drop, self.way.calling, self.party.call.dropInfo)


def _arrive(there: Core, way: Way, group: str) -> None:
    calling, trunks = way.calling, there.trunks[group]
    if not calling.present:
        return
    if not trunks.free:
        way.tell("busy")
        return
    call = calling.call
    number = call.calling.deviceID
    party = origination.come_in(there, number, calling.digits, group, trunks.free[0], call.userInfo)
    if not party.present:
        way.here.later(0.0, _drop, calling, party.call.dropInfo)
        return
    way.called = party
    party.actor = Called(way, party)
    party.actor.changed()


def _act(core: Core, party: Party, what: str) -> None:
    if party.present:
        try:
            parties.act(core, party, what)
        except PeopleError:
            return  # it was told too late: the caller has been somewhere else with its call


def _drop(core: Core, party: Party, userInfo: ATTUserToUserInfo) -> None:
    if party.present:
        clearing.drop(core, party, userInfo if userInfo.data else None)
