"""`ivrsvr scenario run|check|list`: plays a scenario from beginning to end, and says what came of it."""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivrsvr.commands import DONE, FAILED, WRONG

if TYPE_CHECKING:
    from ivrsvr.testing.scenarios.run import Outcome

BAR = 40
"""Characters of the progress bar."""

MOST_DIGITS = 18
"""Digits of a seed."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    scenario = commands.add_parser(
        "scenario",
        help="play a scenario on a simulated switch",
        description="Play scenarios: a world, people, faults and expectations, in virtual time.",
    )
    actions = scenario.add_subparsers(dest="action", metavar="ACTION", required=True)
    run_ = actions.add_parser(
        "run",
        help="play a scenario and judge it",
        description="Play a scenario. Exit code 0: every expectation was met; 1: one was not; 2: the file is wrong.",
    )
    run_.add_argument("file", help="a scenario file, or the name of one of `ivrsvr scenario list`")
    run_.add_argument("--seed", type=_seed, metavar="N", help="of all that chance decides (default: the scenario's)")
    run_.add_argument(
        "--speed",
        type=speed,
        default=None,
        metavar="max|real|xN",
        help="max (default), real, or x10 for ten times real",
    )
    run_.add_argument("--duration", type=_span, metavar="TIME", help="callers come for so long, such as 10m")
    run_.add_argument("--events", metavar="OUT.jsonl", help="write every event, a line each")
    run_.add_argument(
        "--backend", choices=["simulator", "tsapi"], default="", help="in process, or behind an AES on TCP"
    )
    run_.add_argument("--ladder", type=_ladder, metavar="CALL|all", help="print the ladder of a call, or of all")
    run_.add_argument("--json", metavar="FILE", help="write the report as JSON")
    run_.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML")
    run_.add_argument("--html", metavar="FILE", help="write the report as a page")
    run_.set_defaults(run=play)
    check = actions.add_parser("check", help="look for mistakes in scenario files")
    check.add_argument("files", nargs="+", metavar="FILE", help="a scenario file, or a name")
    check.set_defaults(run=examine)
    list_ = actions.add_parser("list", help="the scenarios of this package")
    list_.set_defaults(run=show)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a whole number from 0 up")
    return int(text)


def _ladder(text: str) -> str:
    if text != "all" and not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no call; write a call id, or all")
    return text


def speed(text: str) -> float | None:
    """Seconds of the scenario per second; None = as fast as it goes. Raises ArgumentTypeError."""
    if text == "max":
        return None
    if text == "real":
        return 1.0
    try:
        rate = float(text.removeprefix("x"))
    except ValueError:
        rate = 0.0
    if not (text.startswith("x") and 0 < rate <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; write max, real, or x and a number, such as x10")
    return rate


def _span(text: str) -> float:
    from ivrsvr.backends.simulator.scenario.values import Span

    try:
        span = Span.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not span:
        raise argparse.ArgumentTypeError("must be above 0")
    return span


def show(_options: argparse.Namespace) -> int:
    """Print the scenarios of the package, with what each is about."""
    from ivrsvr.backends.simulator.scenario.file import load, names

    for name in names():
        print(f"{name:<18} {load(name).data.description}")
    return DONE


def examine(options: argparse.Namespace) -> int:
    """Exit code 2 where a file has a mistake."""
    from ivrsvr.backends.simulator.scenario.file import load
    from ivrsvr.backends.simulator.world_reader import WorldError

    code = DONE
    for name in options.files:
        try:
            found = load(name)
        except WorldError as error:
            print(f"ivrsvr: {error}", file=sys.stderr)
            code = WRONG
        else:
            print(f"{name}: ok; {found.data.description or 'no description'}")
    return code


def play(options: argparse.Namespace) -> int:
    """Raises WorldError, BackendMismatch and ConfigurationError for what is wrong before it begins."""
    from dataclasses import replace

    from ivrsvr import logs
    from ivrsvr.assembly.settings import ConfigurationError
    from ivrsvr.backends.simulator.scenario.file import load, shortened
    from ivrsvr.backends.simulator.world_reader import WorldError
    from ivrsvr.testing.scenarios.run import BackendMismatch, Options, run

    # What a scenario does to the server on purpose is no news; what the server fails on is.
    logs.set_up("text", "ERROR")
    try:
        scenario = load(options.file)
        if options.duration is not None:
            scenario = shortened(scenario, options.duration)
        with ExitStack() as stack:
            for report in (options.json, options.junit, options.html):
                # A place that cannot be written to is told before a scenario is played, not after.
                if report:
                    stack.enter_context(Path(report).open("a", encoding="utf-8"))
            asked = Options(
                backend=options.backend, seed=options.seed, rate=options.speed, ladders=options.ladder or ""
            )
            if options.events:
                file = stack.enter_context(Path(options.events).open("w", encoding="utf-8", newline="\n"))
                asked = replace(asked, events=file)
            if sys.stderr.isatty():
                asked = replace(asked, progress=_bar(scenario.name))
            outcome = run(scenario, asked)
        return _report(options, outcome)
    except (WorldError, BackendMismatch) as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename or options.file}: {error.strerror or error}") from None


def _report(options: argparse.Namespace, outcome: "Outcome") -> int:
    from ivrsvr.testing.scenarios import reports

    ladders = "\n\n".join("\n".join(ladder.lines()) for ladder in outcome.ladders)
    if options.ladder:
        print(ladders or f"there was no call {options.ladder}", end="\n\n")
    for path, text in (
        (options.json, reports.as_json(outcome.result)),
        (options.junit, reports.as_junit(outcome.result)),
        (options.html, reports.as_html(outcome.result, ladders)),
    ):
        if path:
            Path(path).write_text(text, encoding="utf-8")
    print(reports.text(outcome.result))
    return DONE if outcome.passed else FAILED


def _bar(name: str) -> Callable[[float, float], None]:
    """A progress bar on the terminal, drawn anew when it has grown."""
    drawn = -1

    def draw(share: float, seconds: float) -> None:
        nonlocal drawn
        filled = int(share * BAR)
        if filled != drawn:
            drawn = filled
            end = "\n" if filled == BAR else ""
            print(f"\r{name} [{'#' * filled:<{BAR}}] {seconds:7.0f} s", end=end, file=sys.stderr, flush=True)

    return draw
