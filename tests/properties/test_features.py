"""Random walks through an office with every feature of stations and trunks: nothing breaks the switch, nothing is left.

A failure names its walk: `replay(seed)` runs it again.
"""

import random
from collections.abc import Callable

import pytest

from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import World, merge_patch
from ivrsvr.csta.call import ClearCall
from ivrsvr.csta.types import ConnectionID
from tests.properties import office as plain
from tests.properties.office import STATIONS, Office, Operation
from tests.properties.test_switch import COMMON, run

FEATURES = {
    "timers": {"parkSeconds": 60},
    "stations": {
        "101": {"restrictLastAppearance": True},
        "102": {"forwardBusy": "967896789"},
        "103": {"bridged": ["101"], "forwardNoAnswer": "104"},
        "104": {"callWaiting": True},
        "106": {"bridged": ["101", "102"]},
    },
    "skills": {
        "220": {"vectorControlled": False, "members": ["104", "105", "101"], "hunting": "circular", "queueLength": 2},
        "221": {"vectorControlled": False, "members": ["105", "106"], "hunting": "ucd", "coveragePath": "1"},
    },
    "coveragePaths": {"1": {"points": ["103", "220"], "active": True}},
    "outside": {
        "67...": {
            "called": {"answer": 3, "busy": 1, "no-answer": 1, "sit-vacant": 1},
            "ringSeconds": 5,
            "talkSeconds": {"exponential": 30},
        },
        "601...": {"patience": {"exponential": 40}, "talkSeconds": 20, "presses": [{"digits": "12"}]},
    },
}

DESTINATIONS = (*STATIONS, "700", "220", "221", "967896789", "867896789", "999")


def _park(office: Office, who: int, which: int, where: int) -> None:
    office.people.park(STATIONS[who % 6], STATIONS[where % 6])


def _unpark(office: Office, who: int, which: int, where: int) -> None:
    office.people.unpark(STATIONS[who % 6], STATIONS[where % 6])


def _bridge(office: Office, who: int, which: int, where: int) -> None:
    office.people.bridge(STATIONS[who % 6], STATIONS[which % 2], DESTINATIONS[where] if where > 7 else "")


def _forward(office: Office, who: int, which: int, where: int) -> None:
    when = ("always", "busy", "noanswer")[which % 3]
    office.people.forward(STATIONS[who % 6], DESTINATIONS[where] if where < 9 else "", when)


def _dial(office: Office, who: int, which: int, where: int) -> None:
    office.people.dial(STATIONS[who % 6], DESTINATIONS[where])


MORE: dict[str, Callable[[Office, int, int, int], None]] = {
    "park": _park,
    "unpark": _unpark,
    "bridge": _bridge,
    "forward": _forward,
    "dial anywhere": _dial,
}


def walk(seed: int, length: int = 200) -> list[Operation]:
    chance = random.Random(seed)
    names = (*COMMON, *sorted(MORE) * 3)
    return [
        (chance.choice(names), chance.randrange(7), chance.randrange(4), chance.randrange(12)) for _ in range(length)
    ]


def replay(seed: int) -> Office:
    """Do a walk, checking the switch after each step; at the end everybody is gone."""
    office = Office()
    office.switch = Switch(World.from_data(merge_patch(plain.WORLD, FEATURES)), office.clock)
    office.people = type(office.people)(office.switch)
    office.check = office.check_switch  # type: ignore[method-assign]
    run(office, walk(seed))
    for call_id in list(office.switch.core.calls):
        office.ask(ClearCall(call=ConnectionID(call_id)))
    office.check_switch()
    return office


@pytest.fixture(autouse=True)
def operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "OPERATIONS", {**plain.OPERATIONS, **MORE})


@pytest.mark.parametrize("seed", [*range(25), 397])
def test_features_together_break_nothing_and_leave_nothing(seed: int) -> None:
    office = replay(seed)
    core = office.switch.core
    assert not core.calls
    assert not core.parked
    assert not core.outside
    assert all(not station.parties for station in core.stations.values())
    assert all(not len(skill.queue) for skill in core.skills.values())
    # Whatever still waits is a prompt to lift a set, or an agent's after-call work.
    office.clock.advance(3600)
    assert office.clock.next_when() is None
