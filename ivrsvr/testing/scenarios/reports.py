"""What came of a scenario, as text for people, JSON, JUnit and HTML. Pure: a result goes in, text comes out."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

Result: TypeAlias = Mapping[str, Any]

LINES: tuple[tuple[str, str, str], ...] = (
    ("callers", "callers", ""),
    ("answered", "answered", ""),
    ("abandoned", "abandoned", ""),
    ("selfServed", "served by an IVR alone", ""),
    ("turnedAway", "turned away", ""),
    ("blocked", "found no trunk", ""),
    ("unfinished", "unfinished", ""),
    ("serviceLevel", "service level (20 s)", "%"),
    ("abandonedShare", "abandoned", "%"),
    ("averageWait", "average wait", "s"),
    ("longestWait", "longest wait", "s"),
    ("averageTalk", "average talk", "s"),
    ("occupancy", "occupancy of the agents", "%"),
    ("requests", "requests", ""),
    ("failedRequests", "failed requests", ""),
    ("events", "events", ""),
    ("lostCalls", "lost calls", ""),
)
"""Figure, its words, its unit: the rows of a summary."""


def text(result: Result) -> str:
    """The summary for a terminal."""
    return "\n".join(_text(result))


def _text(result: Result) -> Iterator[str]:
    figures = result["figures"]
    yield f"{result['scenario']}: {_stage(result)} after {result['seconds']:.0f} s, seed {result['seed']}"
    for name, words, unit in LINES:
        yield f"  {words:<26}{_number(figures[name], unit):>12}"
    for skill, own in figures["skills"].items():
        yield (
            f"  skill {skill}: {own['callers']:.0f} callers, {own['answered']:.0f} answered, {own['abandoned']:.0f} "
            f"abandoned, service level {own['serviceLevel']:g} %, longest wait {own['longestWait']:g} s"
        )
    for failure in result["failures"][:10]:
        yield f"  failed: {failure}"
    for verdict in result["expectations"]:
        mark = "ok    " if verdict["met"] else "FAILED"
        yield f"  {mark} {verdict['expected']}: {verdict['value']:g}"
    yield "passed" if result["passed"] else "FAILED"


def _stage(result: Result) -> str:
    return f"{result['stage']} ({result['reason']})" if result["reason"] else str(result["stage"])


def _number(value: float, unit: str) -> str:
    return f"{value:g} {unit}".strip() if value < 1e6 else f"{value:.0f} {unit}".strip()


def as_json(result: Result) -> str:
    """Everything, as JSON."""
    return json.dumps(result, indent=2) + "\n"


def as_junit(result: Result) -> str:
    """A test suite with a case for each expectation, as CI systems read it."""
    cases = [
        (verdict["expected"], "" if verdict["met"] else f"came to {verdict['value']:g}")
        for verdict in result["expectations"]
    ]
    cases.append(("is played to its end", "" if result["stage"] == "over" else _stage(result)))
    failed = sum(bool(failure) for _, failure in cases)
    name = quoteattr(f"scenario {result['scenario']}")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuite name={name} tests="{len(cases)}" failures="{failed}" errors="0" time="{result["seconds"]}">',
    ]
    for case, failure in cases:
        opening = f"  <testcase classname={name} name={quoteattr(case)}"
        lines.append(f"{opening}><failure message={quoteattr(failure)}/></testcase>" if failure else f"{opening}/>")
    return "\n".join([*lines, "</testsuite>", ""])


STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .75rem;border-bottom:1px solid #ddd;"
    "text-align:right}td:first-child,th:first-child{text-align:left}.met{color:#176639}.failed{color:#a4161a}"
    "pre{overflow-x:auto}"
)


def as_html(result: Result, ladders: str = "") -> str:
    """A page that needs nothing else. ladders: call ladders as text, to be shown below."""
    figures = result["figures"]
    passed = "passed" if result["passed"] else "failed"
    rows = [(words, _number(figures[name], unit)) for name, words, unit in LINES]
    skills = [
        (skill, *(f"{own[name]:g}" for name in ("callers", "answered", "abandoned", "serviceLevel", "longestWait")))
        for skill, own in figures["skills"].items()
    ]
    agents = [
        (agent, *(f"{own[name]:g}" for name in ("calls", "missed", "busy", "acw", "available", "aux", "occupancy")))
        for agent, own in figures["agents"].items()
    ]
    verdicts = [
        f'<tr class="{"met" if one["met"] else "failed"}"><td>{escape(one["expected"])}</td><td>{one["value"]:g}</td>'
        f"<td>{'met' if one['met'] else 'failed'}</td></tr>"
        for one in result["expectations"]
    ]
    title = escape(f"Scenario {result['scenario']}")
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{STYLE}</style></head>",
        f'<body><h1>{title}: <span class="{"met" if result["passed"] else "failed"}">{passed}</span></h1>',
        f"<p>{escape(str(result['description']))}</p>",
        f"<p>{escape(_stage(result))} after {result['seconds']:.0f} s, seed {result['seed']}</p>",
        "<h2>Expectations</h2><table><tr><th>expected</th><th>came</th><th></th></tr>",
        *verdicts,
        "</table>",
        _table("Figures", ("", ""), rows),
        _table("Skills", ("skill", "callers", "answered", "abandoned", "service level %", "longest wait s"), skills),
        _table(
            "Agents", ("agent", "calls", "missed", "busy s", "ACW s", "available s", "AUX s", "occupancy %"), agents
        ),
        _table("What failed", ("",), [(failure,) for failure in result["failures"]]),
        f"<h2>Calls</h2><pre>{escape(ladders)}</pre>" if ladders else "",
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _table(title: str, heading: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return ""
    lines = [f"<h2>{title}</h2><table>"]
    if any(heading):
        lines.append("<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in heading) + "</tr>")
    lines += ["<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table>"])
