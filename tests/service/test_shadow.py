"""What a follower would tell if the leader were gone: nothing twice, and nothing is left out but what cancels."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivrsvr.service.shadow import QUIET, UNHEARD_MOST, Shadow

STATES = st.text("ab", min_size=0, max_size=12)
"""What a device has after each of its happenings: so few that the same comes again and again."""

STEPS = st.lists(st.sampled_from("whrq"), max_size=60)
"""w: the leader writes; h: it happens here; r: what was written is read; q: nothing happens for a while."""


def played(states: str, steps: list[str], shadow: "Shadow[int]", *, here: int, written: int) -> tuple[int, int]:
    """Both go on at random; how far the follower has seen, and the journal goes, at the end of the leader.

    Everything that was written has been seen here, and read, before the leader's end is acted upon.
    """
    read = written
    for step in steps:
        if step == "w" and written < len(states):
            written += 1
        elif step == "h" and here < len(states):
            shadow.saw(here, states[here])
            here += 1
        elif step == "r" and read < written:
            shadow.came(states[read])
            read += 1
        elif step == "q" and here == written == read:
            for _ in range(QUIET):
                shadow.unheard()
    while here < written:
        shadow.saw(here, states[here])
        here += 1
    while read < written:
        shadow.came(states[read])
        read += 1
    return here, written


@given(STATES, STEPS)
def test_in_step_from_the_beginning_exactly_what_is_not_written_is_left(states: str, steps: list[str]) -> None:
    shadow: Shadow[int] = Shadow("", "")
    for _ in range(QUIET):
        shadow.unheard()
    here, written = played(states, steps, shadow, here=0, written=0)
    assert shadow.untold() == list(range(written, here))


@given(STATES, STEPS, STEPS, st.integers(0, 12), st.integers(0, 12))
@example("aabb", ["w"] * 4, [], 0, 2)
def test_one_that_comes_later_tells_nothing_twice(
    states: str, early: list[str], steps: list[str], one: int, other: int
) -> None:
    written, here = sorted((min(one, len(states)), min(other, len(states))))
    shadow: Shadow[int] = Shadow(states[written - 1] if written else "", None)
    # Until it knows what the device has, it is told of happenings only by the journal.
    for _ in early[: len(states) - written]:
        shadow.came(states[written])
        written += 1
    shadow.learn(states[here - 1] if here else "")
    here, written = played(states, steps, shadow, here=here, written=written)
    untold = shadow.untold()
    if untold is not None:
        assert untold == list(range(here - len(untold), here))  # the latest, in order
        assert len(untold) <= here - written  # none that was written
        at_end = states[here - 1] if here else ""
        assert (states[written - 1] if written else "") == at_end or untold


@pytest.mark.parametrize("ahead", [True, False])
def test_the_same_portrait_of_another_moment_is_no_step(ahead: bool) -> None:
    """Whoever comes while a hold and a retrieve are on their way to the one of the two servers."""
    shadow: Shadow[int] = Shadow("a", "a")
    for portrait in "ba":
        if ahead:
            shadow.came(portrait)  # it was seen here before we came
        else:
            shadow.saw(0, portrait)  # it was in the journal before we came
    assert shadow.untold() == []
    shadow.saw(1, "b")
    assert shadow.untold() == [1]


def test_in_step_a_whole_hold_and_retrieve_is_told() -> None:
    shadow: Shadow[int] = Shadow("a", "a")
    shadow.saw(0, "b")
    shadow.came("b")
    for _ in range(QUIET):
        shadow.unheard()
    for number, portrait in enumerate("ab", 1):
        shadow.saw(number, portrait)
    assert shadow.untold() == [1, 2]


def test_those_that_were_never_in_step_meet_again_in_time() -> None:
    shadow: Shadow[int] = Shadow("a", "a")
    for _ in range(QUIET):
        shadow.unheard()  # yet the log is a whole hold and retrieve behind
    shadow.came("b")
    shadow.came("a")
    assert shadow.untold() is None
    for _ in range(UNHEARD_MOST + 1):
        shadow.unheard()
    assert shadow.untold() == []
    shadow.saw(1, "b")
    shadow.saw(2, "a")
    assert shadow.untold() == []
    shadow.saw(3, "b")
    assert (shadow.untold(), shadow.everything()) == ([3], [3])


def test_what_does_not_fit_is_no_step() -> None:
    shadow: Shadow[int] = Shadow("a", "a")
    shadow.saw(1, "b")
    shadow.came("c")
    assert shadow.untold() is None
    shadow.saw(2, "c")
    shadow.saw(3, "d")
    assert shadow.untold() == [3]
