"""The manual's reference of requests, and what pages and console tell of a request's keys: all from the registry."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ivrsvr.interfaces.eventshapes import NOTICES, SHAPES, Shape
from ivrsvr.registry import Entry, Registry
from ivrsvr.store.parameters import PARAMETERS, TLINK, Parameter


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a request, told to a person."""

    name: str
    required: bool
    meaning: str


def keys_of(entry: Entry) -> list[Key]:
    """The keys of a request besides `id` and `request`, in order."""
    schema = entry.request_schema()
    required = schema.get("required", [])
    return [Key(name, name in required, _meaning(one)) for name, one in schema.get("properties", {}).items()]


def _meaning(schema: dict[str, Any]) -> str:
    said = str(schema.get("description", ""))
    choices = [str(choice) for part in (schema, *schema.get("anyOf", ())) for choice in part.get("enum", ())]
    if choices:
        said = f"{said} One of: {', '.join(choices)}.".strip()
    default = schema.get("default")
    if default not in (None, "", []):
        said = f"{said} Default: {json.dumps(default)}.".strip()
    return said


def requests_reference(registry: Registry) -> str:
    """`docs/requests.md`."""
    lines = [
        "# Requests",
        "",
        "Every request can be sent over [REST](rest.md) and [WebSocket](websocket.md). `id` may be given with any of "
        "them and comes back in the response. This page is made from the server's own registry by "
        "`ivrsvr docs requests`.",
        "",
    ]
    for group, entries in registry.groups().items():
        lines += [f"## {group[:1].upper()}{group[1:]}", ""]
        for entry in entries:
            lines += _entry(entry)
    return "\n".join(lines).rstrip() + "\n"


def _entry(entry: Entry) -> Iterable[str]:
    yield from (f"### {entry.name}", "", entry.summary, "")
    if entry.description:
        yield from (entry.description, "")
    if entry.routes:
        yield from (", ".join(f"`{method} {path}`" for method, path in entry.routes), "")
    keys = keys_of(entry)
    if keys:
        yield from ("| key | | meaning |", "|---|---|---|")
        yield from (f"| `{key.name}` | {'needed' if key.required else ''} | {_cell(key.meaning)} |" for key in keys)
        yield ""
    for number, example in enumerate(entry.examples):
        yield from ("```json", json.dumps(example, ensure_ascii=False))
        if number < len(entry.example_responses):
            yield json.dumps(entry.example_responses[number], ensure_ascii=False)
        yield from ("```", "")


def events_reference() -> str:
    """`docs/events.md`."""
    lines = [
        "# Events",
        "",
        "Events come to WebSocket connections that monitor a device. Every event also carries `eventid` and `epoch` "
        "after the keys shown, and `monitored`, the device whose monitor tells it. This page is made from the server's "
        "own table: `ivrsvr docs events`.",
        "",
    ]
    for shape in SHAPES:
        lines += _shape(
            shape, ' Sent only where `startmonitor` asked for `events: "all"`.' if shape.is_extension else ""
        )
    lines += [
        "## What concerns one connection",
        "",
        "These are told to one client alone, whatever its filters: see [coming back](events-delivery.md#coming-back).",
        "",
    ]
    for shape in NOTICES:
        lines += _shape(shape, heading="###")
    return "\n".join(lines).rstrip() + "\n"


def _shape(shape: Shape, note: str = "", heading: str = "##") -> list[str]:
    return [
        f"{heading} {shape.eventtype}",
        "",
        shape.meaning + note,
        "",
        "```json",
        json.dumps(shape.example),
        "```",
        "",
    ]


def settings_reference() -> str:
    """`docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "A parameter is set by, in this order: command-line option of `ivrsvr serve` (where there is one), environment "
        "variable, database (`change parameter NAME VALUE` on the console, `ivrsvr parameter set NAME VALUE`), "
        "default. Times are in seconds. A change on the console takes effect at once where the table says so, else "
        "when the server starts again; one by another program after `reload` (on the console) or SIGHUP. What "
        "concerns connections is in force for those that come from then on. This page is made from the server's own "
        "table by `ivrsvr docs settings`.",
        "",
        "| parameter | environment variable | default | at once | meaning |",
        "|---|---|---|---|---|",
    ]
    lines += [_parameter(one) for one in (*PARAMETERS, TLINK)]
    return "\n".join(lines) + "\n"


def _parameter(parameter: Parameter) -> str:
    meaning = parameter.help
    if parameter.choices:
        meaning += f" One of: {', '.join(parameter.choices)}."
    if not parameter.stored:
        meaning += " Not in the database."
    default = f"`{parameter.default}`" if parameter.default else ""
    hot = "yes" if parameter.hot else ""
    return f"| `{parameter.name}` | `{parameter.variable}` | {default} | {hot} | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
