"""A training with a trainee whose hands are worked by the test, in virtual time."""

from typing import Any

from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.training.archive import Shelf
from ivrsvr.backends.simulator.training.session import People, Session
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock

START = 1_458_770_400.0

ONE: dict[str, Any] = {
    "name": "Mrs Brown",
    "from": "61112222",
    "at": 5,
    "patience": 40,
    "holdPatience": 30,
    "checklist": [{"item": "name"}, {"item": "street", "text": "Ask for the street"}],
    "script": [
        {"when": "answered", "say": "Good morning"},
        {"when": "asked", "item": "name", "say": "Brown", "mood": "better"},
        {"when": "askedAll", "after": 4, "say": "Bye", "hangup": True},
    ],
}


def scenario(*callers: dict[str, Any], goals: Any = None, **keys: Any) -> Scenario:
    """A scenario in the default world with these callers."""
    training = {"title": "A training", "callers": list(callers or (ONE,)), **({"goals": goals} if goals else {})}
    return file.from_data({"duration": "10m", "monitor": "none", "training": training, **keys})


class Room:
    """A session that has begun, unless `begin` is false."""

    def __init__(self, what: Scenario, *, extension: str = "101", agent: str = "", begin: bool = True) -> None:
        self.simulator = Simulator(World.default(), Clock(START))
        self.clock = self.simulator.clock
        self.shelf = Shelf()
        self.session = Session(self.simulator, what, People("Ann", extension, agent, "Tom"), self.shelf)
        self.session.check()
        self.session.assign()
        if not begin:
            return
        if agent:
            self.people.agent(agent, at=extension, login=True, mode="AUTO_IN")
        self.session.say_ready()
        self.session.start()

    @property
    def people(self) -> Any:
        return self.simulator.people

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def said(self, who: str = "", kind: str = "says") -> list[str]:
        """What somebody said, or what else the log has of a kind."""
        return [one.text for one in self.session.log if one.kind == kind and (not who or one.who == who)]

    def mark(self, name: str) -> float | None:
        """The points of one mark so far."""
        return next(mark.points for mark in self.session.score.marks if mark.name == name)
