"""Two switches that a tie line joins: what each is told of the other, and that no call and no trunk stays behind."""

from functools import cache

import pytest

from ivrsvr.backends.simulator.outside.tieline import join
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.clock import Clock
from ivrsvr.testing.facade import read_world

LINE = {
    "trunkGroups": {7: {"name": "Tie line", "tac": "407", "type": "isdn", "members": 2}},
    "dialPlan": {8: {"trunkGroups": ["7"]}},
}


@cache
def world() -> World:
    return World.from_data(merge_patch(read_world(DEFAULT_WORLD), LINE))


class Pair:
    """Two switches, on one clock, with a line of two trunks between them."""

    def __init__(self) -> None:
        self.clock = Clock(0.0)
        self.one, self.other = Simulator(world(), self.clock), Simulator(world(), self.clock)
        join(self.one.switch.core, self.other.switch.core, "7")

    def dial(self, extension: str, number: str) -> None:
        """Somebody at the first switch calls; the other one hears of it."""
        self.one.people.dial(extension, number)
        self.clock.advance(0)

    def state(self, which: Simulator, extension: str) -> str:
        """The states of a station's calls."""
        return " ".join(party.state.name for party in which.switch.core.stations[extension].parties)

    def over(self) -> bool:
        """Whether both switches are as they were."""
        return all(not one.switch.core.calls and not one.switch.core.trunks["7"].used for one in (self.one, self.other))


def test_ringing_and_the_answer_are_told_back_and_the_end_across() -> None:
    for hangs_up in ("101", "102"):
        pair = Pair()
        pair.dial("101", "8102")
        assert pair.state(pair.other, "102") == "CS_ALERTING"
        (party,) = pair.one.switch.core.outside.values()
        assert party.state.name == "CS_ALERTING"
        pair.other.people.answer("102")
        pair.clock.advance(0)
        assert party.state.name == "CS_CONNECT"
        (pair.one if hangs_up == "101" else pair.other).people.hangup(hangs_up)
        pair.clock.advance(0)
        assert pair.over()


def test_who_gives_up_before_the_answer_stops_the_ringing() -> None:
    pair = Pair()
    pair.dial("101", "8102")
    pair.one.people.hangup("101")
    pair.clock.advance(0)
    assert pair.over()


def test_who_gives_up_before_the_call_has_come_in_calls_nobody() -> None:
    pair = Pair()
    pair.one.people.dial("101", "8102")
    pair.one.people.hangup("101")
    pair.clock.advance(0)
    assert pair.over()


@pytest.mark.parametrize("number", ["8701", "8199", "8103"])
def test_a_busy_and_an_unknown_number_are_heard_as_busy(number: str) -> None:
    """A VDN that gives the busy tone, a number that nobody has, a station whose lines are all taken."""
    pair = Pair()
    for caller in ("104", "105", "106"):
        pair.other.people.dial(caller, "103")
    pair.dial("101", number)
    assert pair.state(pair.one, "101") == "CS_CONNECT"
    assert not pair.one.switch.core.outside
    pair.one.people.hangup("101")
    for caller in ("104", "105", "106"):
        pair.other.people.hangup(caller)
    pair.clock.advance(300)
    assert pair.over()


def test_a_line_that_is_full_at_the_far_end_is_busy() -> None:
    """Calls in both directions want the same trunks: each switch counts its own."""
    pair = Pair()
    for caller, called in (("104", "8105"), ("106", "8107")):
        pair.other.people.dial(caller, called)
    pair.clock.advance(0)
    pair.dial("101", "8102")
    assert not pair.other.switch.core.stations["102"].parties
    for caller in ("104", "106"):
        pair.other.people.hangup(caller)
    pair.clock.advance(0)
    pair.dial("108", "8102")
    assert pair.state(pair.other, "102") == "CS_ALERTING"


def test_a_party_that_was_transferred_is_still_at_the_end_of_the_line() -> None:
    pair = Pair()
    pair.dial("101", "8102")
    pair.other.people.answer("102")
    pair.clock.advance(0)
    pair.one.people.hold("101")
    pair.one.people.dial("101", "103")
    pair.one.people.answer("103")
    pair.one.people.transfer("101")
    pair.other.people.hangup("102")
    pair.clock.advance(0)
    assert pair.over()
