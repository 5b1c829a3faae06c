"""Controls of trainings: a trainer assigns, watches and steers; a trainee is ready and ticks; reports are read."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from ivrsvr.backends.simulator.controls.common import Acted, Nothing, bad_value, unknown, wrong_state
from ivrsvr.backends.simulator.controls.faults import ENVELOPE, FaultRequest
from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.scenario.play import Play, ScenarioError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.training.report import contacts_csv, sessions_csv
from ivrsvr.backends.simulator.training.session import People, Session, TrainingError
from ivrsvr.backends.simulator.training.view import desk_view, scenario_view, session_view
from ivrsvr.backends.simulator.world import WorldError
from ivrsvr.backends.simulator.world_reader import describe, nearest
from ivrsvr.registry import Caller, Device, Flag, Number, Request, Response, Text

TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that turn the direction of writing."""


def _readable(text: str) -> str:
    if any(mark in TURNING or (not mark.isprintable() and mark != "\n") for mark in text):
        raise ValueError("must not contain control characters, or invisible ones that turn the direction of writing")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), AfterValidator(_readable)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_readable)
]
SourceText = Annotated[str, StringConstraints(max_length=1_000_000)]


class Assignment(Request):
    """Who is trained with what. One of scenario and text says what."""

    scenario: Text = Field(default="", description="The name of a training of the package.")
    text: SourceText = Field(default="", description="A training of one's own: the text of its file.")
    trainee: Annotated[Name, StringConstraints(min_length=1)] = Field(description="Who is trained.")
    extension: Device = Field(description="The trainee's telephone.")
    agent: Text = Field(default="", description="The trainee's agent id, where callers come by a skill.")
    trainer: Name = Field(default="", description="Who trains.")
    seed: Number | None = Field(default=None, description="Of all that chance decides; without it, the scenario's own.")


class TextRequest(Request):
    """The text of a training's file."""

    text: SourceText = Field(description="The file, YAML or JSON.")


class Since(Request):
    """How much of the log is known already."""

    since: Number = Field(default=0, description="Only lines after this number.")


class CallerName(Request):
    """Which caller of the scenario."""

    caller: Words = Field(description="The caller's name.")


class Comment(Request):
    """What the trainer says to the trainee."""

    text: Words


class Which(Request):
    """Whose reports."""

    trainee: Name = Field(default="", description="Only those of one trainee.")


class ReportNumber(Request):
    """Which report."""

    number: Number


class SheetRequest(Request):
    """What to make a sheet of."""

    number: Number = Field(default=0, description="The calls of this session; 0 = all sessions, a row each.")
    trainee: Name = Field(default="", description="Only sessions of one trainee.")


class DeskRequest(Request):
    """The trainee's telephone."""

    extension: Device
    since: Number = Field(default=0, description="Only lines after this number.")


class Seat(Request):
    """The trainee's telephone."""

    extension: Device


class Tick(Request):
    """An entry of a caller's checklist."""

    extension: Device
    caller: Words
    item: Words
    done: Flag = Field(default=True, description="false takes it back.")


class Trainings(Response):
    """The trainings of the package."""

    trainings: list[dict[str, Any]]


class TrainingTold(Response):
    """What a training is."""

    training: dict[str, Any]


class SessionTold(Response):
    """A session; null = there has been none since the server started.

    interrupted: the session that a restart of the server ended, where that was the last one.
    """

    model_config = ConfigDict(extra="forbid")

    session: dict[str, Any] | None
    interrupted: dict[str, Any] | None = None


class Reports(Response):
    """Reports, the latest first, without calls and log."""

    reports: list[dict[str, Any]]


class ReportTold(Response):
    """One report with everything."""

    report: dict[str, Any]


class Sheet(Response):
    """Comma-separated values."""

    csv: str


def _present(simulator: Simulator) -> Session:
    """Raises RequestError without one."""
    if simulator.training is None:
        raise wrong_state("there is no training session; assign one first (POST /sim/training)")
    return simulator.training


def _attempt(do: Callable[[], object]) -> Acted:
    """Raises RequestError for what cannot be done now."""
    try:
        do()
    except TrainingError as error:
        raise wrong_state(str(error)) from error
    return Acted()


def _load(simulator: Simulator, name: str, text: str) -> Scenario:
    """Raises RequestError."""
    if bool(name) == bool(text):
        raise bad_value("say which training: either scenario, a name, or text, the text of a file")
    try:
        if not text and name not in file.trainings():
            there = file.trainings()
            raise WorldError(
                "", f"there is no training {describe(name)}{nearest(name, there)}; there are {', '.join(there)}"
            )
        found = file.from_text(text, world=simulator.world) if text else file.load(f"{file.TRAININGS}/{name}")
        if found.data.training is None:
            raise WorldError("training", "this key is missing: a training needs callers (see the manual, Training)")
    except WorldError as error:
        raise bad_value(f"the training has a mistake: {error}") from error
    return found


async def scenarios(simulator: Simulator, request: Nothing, caller: Caller) -> Trainings:  # noqa: ARG001
    return Trainings(trainings=[scenario_view(file.load(f"{file.TRAININGS}/{name}")) for name in file.trainings()])


async def check(simulator: Simulator, request: TextRequest, caller: Caller) -> TrainingTold:  # noqa: ARG001
    if not request.text.strip():
        raise bad_value("the text is empty")
    return TrainingTold(training=scenario_view(_load(simulator, "", request.text)))


async def assign(simulator: Simulator, request: Assignment, caller: Caller) -> SessionTold:  # noqa: ARG001
    before = simulator.training
    if before is not None and before.under_way:
        raise wrong_state(f"session {before.number} of {before.people.trainee} is {before.stage}; end it first")
    if simulator.play is not None and simulator.play.ended is None:
        raise wrong_state("a scenario is being played; stop it first (DELETE /sim/scenarios)")
    scenario = _load(simulator, request.scenario, request.text)
    people = People(request.trainee, request.extension, request.agent, request.trainer)
    session = Session(simulator, scenario, people, simulator.reports, request.seed)
    try:
        Play(simulator, scenario, simulator.applications, trainee=True).check()
        session.check()
    except (ScenarioError, TrainingError) as error:
        raise wrong_state(str(error)) from error
    session.assign()
    simulator.training = session
    return SessionTold(session=session_view(session))


async def start(simulator: Simulator, request: Nothing, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(_present(simulator).start)


async def pause(simulator: Simulator, request: Nothing, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(_present(simulator).pause)


async def resume(simulator: Simulator, request: Nothing, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(_present(simulator).resume)


async def end(simulator: Simulator, request: Nothing, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(_present(simulator).end)


async def state(simulator: Simulator, request: Since, caller: Caller) -> SessionTold:  # noqa: ARG001
    session = simulator.training
    if session is not None:
        return SessionTold(session=session_view(session, request.since))
    return SessionTold(session=None, interrupted=_interrupted(simulator))


def _interrupted(simulator: Simulator) -> dict[str, Any] | None:
    """The session that a restart of the server ended, where nothing has come after it."""
    last = None if simulator.training is not None else next(iter(simulator.reports.reports(most=1)), None)
    return last if last is not None and last["stage"] == "interrupted" else None


async def call(simulator: Simulator, request: CallerName, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(partial(_present(simulator).send, request.caller))


async def fault(simulator: Simulator, request: FaultRequest, caller: Caller) -> Acted:  # noqa: ARG001
    extra = {key: one for key, one in (request.model_extra or {}).items() if key not in ENVELOPE}
    return _attempt(partial(_present(simulator).fault, {"fault": request.fault, **extra}))


async def comment(simulator: Simulator, request: Comment, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(partial(_present(simulator).comment, request.text))


async def reports(simulator: Simulator, request: Which, caller: Caller) -> Reports:  # noqa: ARG001
    return Reports(reports=simulator.reports.reports(request.trainee))


async def report(simulator: Simulator, request: ReportNumber, caller: Caller) -> ReportTold:  # noqa: ARG001
    return ReportTold(report=_report(simulator, request.number))


def _report(simulator: Simulator, number: int) -> dict[str, Any]:
    session = simulator.training
    if session is not None and session.number == number:
        return session.report
    found = simulator.reports.report(number)
    if found is None:
        raise unknown(f"there is no session {number}; `train reports` lists them")
    return found


async def sheet(simulator: Simulator, request: SheetRequest, caller: Caller) -> Sheet:  # noqa: ARG001
    if request.number:
        return Sheet(csv=contacts_csv(_report(simulator, request.number)))
    return Sheet(csv=sessions_csv(simulator.reports.reports(request.trainee)))


def _at(simulator: Simulator, extension: str) -> Session | None:
    session = simulator.training
    return session if session is not None and session.people.extension == extension else None


def _sat_at(simulator: Simulator, extension: str) -> Session:
    session = _at(simulator, extension)
    if session is None:
        raise wrong_state(f"nobody is trained at {extension}")
    return session


async def desk(simulator: Simulator, request: DeskRequest, caller: Caller) -> SessionTold:  # noqa: ARG001
    session = _at(simulator, request.extension)
    if session is not None:
        return SessionTold(session=desk_view(session, request.since))
    last = _interrupted(simulator)
    if last is None or last["extension"] != request.extension:
        return SessionTold(session=None)
    told = {name: last[name] for name in ("number", "title", "trainee", "reason")}
    return SessionTold(session=None, interrupted=told)


async def ready(simulator: Simulator, request: Seat, caller: Caller) -> Acted:  # noqa: ARG001
    return _attempt(_sat_at(simulator, request.extension).say_ready)


async def tick(simulator: Simulator, request: Tick, caller: Caller) -> Acted:  # noqa: ARG001
    session = _sat_at(simulator, request.extension)
    return _attempt(partial(session.tick, request.caller, request.item, done=request.done))
