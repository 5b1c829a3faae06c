"""What the trainer and the trainee see of a session while it goes on."""

from dataclasses import asdict
from typing import Any

from ivrsvr.backends.simulator.outside.persons import Phase
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.training.report import marks_of
from ivrsvr.backends.simulator.training.session import Coming, Session
from ivrsvr.backends.simulator.training.trainee import STATES

LINES_MOST = 500
"""Lines of the log in one answer; whoever is behind asks again."""

PHASES = {Phase.WAITING: "waiting", Phase.TALKING: "talking", Phase.HELD: "held", Phase.CALLED: "waiting"}


def scenario_view(scenario: Scenario) -> dict[str, Any]:
    """A training as one chooses it."""
    training = scenario.data.training
    assert training is not None
    through = sorted({one.to for one in training.callers if one.to})
    return {
        "scenario": scenario.name,
        "title": training.title,
        "description": scenario.data.description,
        "briefing": training.briefing,
        "language": training.language,
        "seconds": float(scenario.data.duration),
        "callers": [one.name for one in training.callers],
        "needsagent": bool(through),
        "through": through,
    }


def _lines(session: Session, since: int, *, heard: bool = False) -> list[dict[str, Any]]:
    kinds = ("comment", "pause")
    found = [one for one in session.log if one.number > since and (not heard or one.heard or one.kind in kinds)]
    return [asdict(one) for one in found[:LINES_MOST]]


def session_view(session: Session, since: int = 0) -> dict[str, Any]:
    """A session as its trainer sees it. since: only lines of the log after that number."""
    people, goals = session.people, session.training.goals
    return {
        "number": session.number,
        "stage": session.stage,
        "reason": session.reason,
        "scenario": session.scenario.name,
        "title": session.training.title,
        "trainee": people.trainee,
        "extension": people.extension,
        "agent": people.agent,
        "trainer": people.trainer,
        "missing": session.missing() if session.stage == "assigned" else "",
        "seconds": round(session.now - session.begun, 1) if session.stage != "assigned" else 0.0,
        "duration": float(session.scenario.data.duration),
        "state": session.state,
        "statetext": STATES.get(session.state, ""),
        "pass": goals.passing,
        **marks_of(session.score),
        "callers": [_caller(session, one) for one in session.callers.values()],
        "crowd": sum(1 for one in session.facts.contacts if not one.caller),
        "log": _lines(session, since),
    }


def _caller(session: Session, caller: Coming) -> dict[str, Any]:
    actor, data = caller.actor, caller.data
    if actor is None:
        phase = "gone" if caller.calls else "to come"
    else:
        phase = PHASES[actor.phase] if actor.present else "gone"
    return {
        "name": data.name,
        "wants": data.wants,
        "language": data.language or session.training.language,
        "at": None if data.at is None else float(data.at),
        "phase": phase,
        "calls": caller.calls,
        "withtrainee": actor is not None and actor.present and actor.with_trainee,
        "mood": data.mood if actor is None else actor.mood,
        "said": "" if actor is None else actor.said,
        "targets": list(data.transferTo),
        "lost": actor is not None and actor.contact.lost,
        "checklist": _checklist(caller),
    }


def _checklist(caller: Coming) -> list[dict[str, Any]]:
    ticked = caller.actor.contact.ticked if caller.actor is not None else {}
    return [
        {"item": one.item, "text": one.text or one.item, "done": one.item in ticked} for one in caller.data.checklist
    ]


def desk_view(session: Session, since: int = 0) -> dict[str, Any]:
    """A session as its trainee sees it: no mood, no wish, nothing of the score before the end."""
    points = {"points": session.score.points, "passed": session.score.passed} if not session.under_way else {}
    return {
        "number": session.number,
        "stage": session.stage,
        "reason": session.reason,
        "title": session.training.title,
        "briefing": session.training.briefing,
        "trainee": session.people.trainee,
        "trainer": session.people.trainer,
        "agent": session.people.agent,
        "ready": session.ready,
        "points": None,
        "passed": False,
        **points,
        "callers": [
            {"name": one.data.name, "checklist": _checklist(one)} for one in session.with_trainee if _answered(one)
        ],
        "lines": _lines(session, since, heard=True),
    }


def _answered(caller: Coming) -> bool:
    return caller.actor is not None and caller.actor.contact.answered is not None
