"""The manual's page on training: its files load, its keys are all there are, its mistake is told as it says."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.training.schema import MARKS, MOODS, Goals, Item, Line, Training, TrainingCaller, When
from ivrsvr.backends.simulator.world_reader import WorldError, keys_of
from tests.backends.simulator.training.rig import Room

PAGE = (Path(__file__).parents[4] / "docs" / "training.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_load_and_go_to_their_end(text: str) -> None:
    room = Room(file.from_text(text))
    room.advance(10)
    room.people.answer("101")
    room.advance(3600)
    assert room.session.stage == "over"


def test_the_first_mistake_is_told_as_the_page_says() -> None:
    with pytest.raises(WorldError) as raised:
        file.from_text(EXAMPLES[0].replace("mood: friendly", "mood: frendly"))
    assert str(raised.value) in PAGE


@pytest.mark.parametrize("kind", [Training, TrainingCaller, Line, Item, Goals])
def test_every_key_is_explained(kind: type) -> None:
    assert fields(kind)
    for key in keys_of(kind):
        assert f"`{key}`" in PAGE, key


def test_every_moment_mood_mark_and_training_is_explained() -> None:
    for word in (*get_args(When), *MOODS, *MARKS, *file.trainings()):
        assert f"`{word}`" in PAGE, word
