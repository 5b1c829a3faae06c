"""Training files: those of the package, and every mistake with its place."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.training.session import TrainingError
from ivrsvr.backends.simulator.world_reader import WorldError
from tests.backends.simulator.training.rig import ONE, Room

NEEDED = {"first-call", "right-place", "hold-please", "queue-and-wrap-up", "angry-caller", "overloaded-monday"}


def test_there_are_six_and_one_in_another_language() -> None:
    assert set(file.trainings()) >= NEEDED
    languages = {file.load(f"training/{name}").data.training.language for name in file.trainings()}  # type: ignore[union-attr]
    assert languages >= {"en", "de"}


@pytest.mark.parametrize("name", file.trainings())
def test_a_training_of_the_package_goes_to_its_end_without_anybody_answering(name: str) -> None:
    found = file.load(f"training/{name}")
    training = found.data.training
    assert training is not None
    agent = "12345" if any(one.to for one in training.callers) else ""
    room = Room(found, extension="101", agent=agent)
    room.advance(3600)
    session = room.session
    standby = any(one.at is None for one in training.callers)
    assert session.stage == "over", (session.stage, standby)
    assert {one.caller for one in session.facts.contacts} >= {
        one.name for one in training.callers if one.at is not None
    }
    assert session.play is not None
    assert session.play.books.failures == []


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"name": ""}, "training.callers.1.name", "must not be empty"),
        ({"name": "A\x00"}, "training.callers.1.name", "control characters"),
        ({"wants": "\ud800"}, "training.callers.1.wants", "halves of characters"),
        ({"script": [{"when": "held", "say": "\x1b[2J"}]}, "training.callers.1.script.1.say", "control characters"),
        ({"to": "999999"}, "training.callers.1.to", "leads nowhere"),
        ({"at": "11m"}, "training.callers.1.at", "over after 600 seconds"),
        ({"mood": "furious"}, "training.callers.1.mood", "must be one of delighted"),
        ({"language": "german!"}, "training.callers.1.language", "such as en, de"),
        ({"transferTo": ["xx"]}, "training.callers.1.transferTo", "leads nowhere"),
        ({"trunkGroup": "77"}, "training.callers.1.trunkGroup", "no trunk group"),
        ({"checklist": [{"item": "a"}, {"item": "a"}]}, "training.callers.1.checklist.1.item", "stands here twice"),
        ({"script": [{"when": "asked", "say": "x"}]}, "training.callers.1.script.1.item", "missing"),
        (
            {"script": [{"when": "asked", "item": "nam", "say": "x"}]},
            "training.callers.1.script.1.item",
            "did you mean 'name'",
        ),
        ({"script": [{"when": "held", "item": "name", "say": "x"}]}, "training.callers.1.script.1.item", "belongs to"),
        ({"script": [{"when": "helt", "say": "x"}]}, "training.callers.1.script.1.when", "did you mean 'held'"),
        ({"script": [{"when": "held"}]}, "training.callers.1.script.1", "needs something that happens"),
        (
            {"script": [{"when": "transferredRight", "say": "x"}]},
            "training.callers.1.script.1.when",
            "needs transferTo",
        ),
        ({"script": [{"when": "held", "press": "12x"}]}, "training.callers.1.script.1.press", "keys of a telephone"),
        ({"uui": "ü"}, "training.callers.1.uui", "plain ASCII"),
        ({"moood": "angry"}, "training.callers.1.moood", "did you mean 'mood'"),
        ({"patience": "long"}, "training.callers.1.patience", "must be a number of seconds"),
    ],
)
def test_mistakes_are_named_with_their_place(change: dict[str, Any], path: str, words: str) -> None:
    data = {"duration": 600, "training": {"title": "T", "callers": [{**ONE, **change}]}}
    with pytest.raises(WorldError, match=words) as raised:
        file.from_data(data)
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"title": "T", "callers": []}, "at least one caller"),
        ({"title": "T", "callers": [ONE, ONE]}, "stands here twice"),
        ({"title": "T", "callers": [ONE], "goals": {"weights": {"hold": 1}}}, "did you mean 'holds'"),
        ({"title": "T", "callers": [ONE], "goals": {"pass": 101}}, "at most 100"),
    ],
)
def test_mistakes_of_the_whole(training: Any, words: str) -> None:
    with pytest.raises(WorldError, match=words):
        file.from_data({"duration": 600, "training": training})


def test_a_mistake_in_a_text_has_its_line() -> None:
    with pytest.raises(WorldError) as raised:
        file.from_text("duration: 5m\ntraining:\n  title: T\n  callers:\n    - name: A\n      mood: cross\n")
    assert raised.value.line == 6


PATHS = ("title", "briefing", "language", "goals", "callers", *(f"callers.0.{name}" for name in ONE), "callers.0.to")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(path=st.sampled_from(PATHS), value=JSON)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_any_change_is_played_or_refused_clearly(path: str, value: Any) -> None:
    training: dict[str, Any] = {"title": "T", "callers": [dict(ONE)]}
    place: Any = training
    *above, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in above:
        place = place[part]
    place[last] = value
    data = {"duration": 60, "monitor": "none", "training": training}
    refused: WorldError | TrainingError | None = None
    try:
        room = Room(file.from_data(data))
    except (WorldError, TrainingError) as error:
        refused = error
    if refused is not None:
        assert str(refused).startswith(("training", "its callers come by"))
        return
    room.advance(7)
    if room.simulator.switch.core.stations["101"].parties:
        room.people.answer("101")
    room.advance(100)
    if room.session.under_way:
        room.session.end()
    assert not room.session.under_way
