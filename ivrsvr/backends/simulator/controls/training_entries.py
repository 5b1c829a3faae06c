"""The entries of trainings: what each is called, what it needs, where it is found."""

from collections.abc import Mapping
from typing import Any

from ivrsvr.backends.simulator.controls import training as do
from ivrsvr.backends.simulator.controls.common import DONE, Acted, Nothing
from ivrsvr.backends.simulator.controls.faults import FaultRequest
from ivrsvr.registry import Entry, Request, Route, Scope

GROUP = "training"

_FIRST: dict[str, Any] = {
    "scenario": "first-call",
    "title": "Your first call",
    "description": "One friendly caller, straight to the trainee's telephone",
    "briefing": "Somebody will call you.",
    "language": "en",
    "seconds": 180.0,
    "callers": ["Mrs Brown"],
    "needsagent": False,
    "through": [],
}
_MARK = {"name": "answer", "label": "Speed of answer", "points": 100.0, "weight": 1.0, "told": "1 of 1 calls"}
_SHORT: dict[str, Any] = {
    "number": 3,
    "stage": "over",
    "reason": "",
    "scenario": "first-call",
    "title": "Your first call",
    "trainee": "Ann",
    "extension": "101",
    "agent": "",
    "trainer": "Tom",
    "seed": 1,
    "begun": 1458770400.0,
    "seconds": 95.0,
    "points": 100.0,
    "passed": True,
    "marks": [_MARK],
    "states": {"idle": 30.0, "talking": 65.0},
}
_REPORT = _SHORT | {"contacts": [], "log": []}


def _answer(**keys: Any) -> dict[str, Any]:
    return {"msgtype": "response", "id": "1", "result": "success", **keys}


def _entry(
    name: str,
    handler: Any,
    request: type[Request],
    response: Any,
    summary: str,
    routes: tuple[Route, ...],
    *,
    asked: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] = DONE,
    changes: bool = False,
    scope: Scope = "sim",
    form: str = "",
    description: str = "",
) -> Entry:
    return Entry(
        name=f"train {name}",
        group=GROUP,
        scope=scope,
        request=request,
        response=response,
        handler=handler,
        summary=summary,
        description=description,
        examples=({"id": "1", "request": f"train {name}", **(asked or {})},),
        example_responses=(answer,),
        changes=changes,
        form=form,
        routes=routes,
    )


BASE = "/sim/training"
DESK = f"{BASE}/desk/{{extension}}"

ENTRIES: tuple[Entry, ...] = (
    _entry(
        "scenarios",
        do.scenarios,
        Nothing,
        do.Trainings,
        "The trainings of the package.",
        (("GET", f"{BASE}/scenarios"),),
        answer=_answer(trainings=[_FIRST]),
    ),
    _entry(
        "check",
        do.check,
        do.TextRequest,
        do.TrainingTold,
        "Look for mistakes in the text of a training's file.",
        (("POST", f"{BASE}/check"),),
        asked={
            "text": "{duration: 2m, training: {title: Short, callers: [{name: Mr Tea, script: [{when: answered, "
            "say: Hello}]}]}}"
        },
        answer=_answer(training=_FIRST),
    ),
    _entry(
        "assign",
        do.assign,
        do.Assignment,
        do.SessionTold,
        "Assign a training to a trainee at a telephone. It waits there until it is started.",
        (("POST", BASE),),
        asked={"scenario": "first-call", "trainee": "Ann", "extension": "101", "trainer": "Tom"},
        answer=_answer(session=_SHORT | {"stage": "assigned"}, interrupted=None),
        changes=True,
        form="train assign <scenario> <trainee> <extension> [agent] [trainer]",
        description="Where the training has another world, or the telephones are in use, the simulator begins again.",
    ),
    _entry(
        "start",
        do.start,
        Nothing,
        Acted,
        "Let the callers of the assigned training come.",
        (("POST", f"{BASE}/start"),),
        changes=True,
        description="Refused where the trainee is not there: the agent is logged in at the telephone, or whoever sits "
        "there has said to be ready.",
    ),
    _entry(
        "state",
        do.state,
        do.Since,
        do.SessionTold,
        "The session as its trainer sees it: the trainee's state, each caller's mood and last words, points so far.",
        (("GET", BASE),),
        answer=_answer(session=_SHORT | {"stage": "running"}, interrupted=None),
    ),
    _entry(
        "call",
        do.call,
        do.CallerName,
        Acted,
        "Let a caller of the training call now, even as a second call.",
        (("POST", f"{BASE}/call"),),
        asked={"caller": "Mrs Brown"},
        changes=True,
    ),
    _entry(
        "fault",
        do.fault,
        FaultRequest,
        Acted,
        "Let something break during the session; the keys are those of `sim fault`.",
        (("POST", f"{BASE}/fault"),),
        asked={"fault": "linkdown", "lasting": 20},
        changes=True,
    ),
    _entry(
        "comment",
        do.comment,
        do.Comment,
        Acted,
        "Say something to the trainee; it stands in the report, too.",
        (("POST", f"{BASE}/comment"),),
        asked={"text": "Well done. Ask for the number next time."},
        changes=True,
        form="train comment <text>",
    ),
    _entry(
        "pause",
        do.pause,
        Nothing,
        Acted,
        "Let time stand still.",
        (("POST", f"{BASE}/pause"),),
        changes=True,
    ),
    _entry(
        "resume",
        do.resume,
        Nothing,
        Acted,
        "Let time go on after a pause.",
        (("POST", f"{BASE}/resume"),),
        changes=True,
    ),
    _entry(
        "end",
        do.end,
        Nothing,
        Acted,
        "End the session and write its report.",
        (("POST", f"{BASE}/end"),),
        changes=True,
    ),
    _entry(
        "reports",
        do.reports,
        do.Which,
        do.Reports,
        "The sessions so far with their points, the latest first.",
        (("GET", f"{BASE}/reports"),),
        answer=_answer(reports=[_SHORT]),
        form="train reports [trainee]",
    ),
    _entry(
        "report",
        do.report,
        do.ReportNumber,
        do.ReportTold,
        "The report of one session: marks, every call, every line of the log.",
        (("GET", f"{BASE}/reports/{{number}}"),),
        asked={"number": 3},
        answer=_answer(report=_REPORT),
    ),
    _entry(
        "csv",
        do.sheet,
        do.SheetRequest,
        do.Sheet,
        "Sessions, or the calls of one, as comma-separated values.",
        (("GET", f"{BASE}/csv"),),
        asked={"trainee": "Ann"},
        answer=_answer(csv="number,trainee\r\n3,Ann\r\n"),
        form="train csv [number] [trainee]",
    ),
    _entry(
        "desk",
        do.desk,
        do.DeskRequest,
        do.SessionTold,
        "The session as its trainee sees it: what the caller says, the checklist, the trainer's comments.",
        (("GET", DESK),),
        asked={"extension": "101"},
        answer=_answer(session={"number": 3, "stage": "running", "title": "Your first call"}, interrupted=None),
        scope="query",
    ),
    _entry(
        "ready",
        do.ready,
        do.Seat,
        Acted,
        "The trainee is there.",
        (("POST", f"{DESK}/ready"),),
        asked={"extension": "101"},
        changes=True,
        scope="call",
    ),
    _entry(
        "tick",
        do.tick,
        do.Tick,
        Acted,
        "Tick an entry of the present caller's checklist.",
        (("POST", f"{DESK}/tick"),),
        asked={"extension": "101", "caller": "Mrs Brown", "item": "name"},
        changes=True,
        scope="call",
        form="train tick <extension> <caller> <item>",
    ),
)
