"""JSON schemas of world and scenario files, for editors: made from the dataclasses that read them."""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from inspect import cleandoc
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from ivrsvr.backends.simulator.aes.faults import KEYS as RULE_KEYS
from ivrsvr.backends.simulator.aes.faults import WHATS
from ivrsvr.backends.simulator.hands import PhoneRequest
from ivrsvr.backends.simulator.incidents import KEYS as INCIDENT_KEYS
from ivrsvr.backends.simulator.incidents import LASTING
from ivrsvr.backends.simulator.outside.behaviour import OUTCOMES, Behaviour, Keys, Outcome
from ivrsvr.backends.simulator.outside.distributions import KINDS, Distribution
from ivrsvr.backends.simulator.scenario.schema import DEEDS, Does, ScenarioData
from ivrsvr.backends.simulator.scenario.values import Callers, Monitored, Series, Span, Value
from ivrsvr.backends.simulator.world import DEFAULTED, REQUIRED, DialPlan, World
from ivrsvr.backends.simulator.world_holidays import Holiday
from ivrsvr.backends.simulator.world_reader import keys_of
from ivrsvr.backends.simulator.world_schema import VECTOR_STEPS, VectorStep
from ivrsvr.backends.simulator.world_stations import MESSAGE_APPLICATIONS, Messages
from ivrsvr.backends.simulator.world_trunks import DialCode, DigitPattern, Digits, Lengths, TransferRule
from ivrsvr.backends.simulator.world_types import Range

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Schema = {"type": ["string", "integer"]}
"""A number may stand for a text: 101 and "101" are the same extension."""

NUMBERS: Schema = {"type": "array", "items": TEXT}


def _weights(words: tuple[str, ...]) -> Schema:
    weights = {word: {"type": "number", "minimum": 0} for word in words}
    return {"anyOf": [{"enum": list(words)}, {"type": "object", "properties": weights, "additionalProperties": False}]}


def _distribution() -> Schema:
    number: Schema = {"type": "number", "minimum": 0}
    either = {"anyOf": [number, {"type": "array", "items": number, "minItems": 1, "maxItems": 2}]}
    spread = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
    return {"anyOf": [number, spread | {"properties": dict.fromkeys(KINDS, either)}]}


PARSED: dict[type, Schema] = {
    Callers: TEXT,
    DigitPattern: TEXT,
    Digits: TEXT,
    Distribution: _distribution(),
    Does: _weights(DEEDS),
    Holiday: {"type": "string", "pattern": r"^\d\d-\d\d( \d\d:\d\d)?( to \d\d-\d\d( \d\d:\d\d)?)?$"},
    Keys: TEXT,
    Lengths: {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 28},
            {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 28}, "minItems": 2, "maxItems": 2},
        ]
    },
    Messages: {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"enum": list(MESSAGE_APPLICATIONS)}}]},
    Monitored: {"anyOf": [{"enum": ["all", "none"]}, NUMBERS]},
    Outcome: _weights(OUTCOMES),
    Series: {"anyOf": [*({"type": one} for one in TEXT["type"]), NUMBERS]},
    Span: {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {
                "type": "string",
                "pattern": r"^\s*(?=.*\d)(\d+(\.\d+)?[hH])?\s*(\d+(\.\d+)?[mM])?\s*(\d+(\.\d+)?[sS]?)?\s*$",
            },
        ]
    },
    TransferRule: {"enum": ["none", "restricted", "all", True, False]},
    Value: {"type": ["string", "number", "boolean"]},
}
"""What a value may look like that reads itself."""


def scenario_schema() -> Schema:
    """The schema of scenario files."""
    kinds: dict[str, Schema] = {}
    root = _object(ScenarioData, kinds)
    keys = root["properties"]
    at = _of(Span, kinds)
    every = sorted({*RULE_KEYS, *INCIDENT_KEYS} - {"fault"})
    keys["world"] = {"anyOf": [{"type": "string"}, _world(kinds)], "description": keys["world"]["description"]}
    keys["faults"]["items"] = _closed(
        {"at": at, "fault": {"enum": [*WHATS, *LASTING]}, **dict.fromkeys(every, True)}, ["at", "fault"]
    )
    actions = list(get_args(PhoneRequest.model_fields["action"].annotation))
    hand: Schema = {name: {"description": field.description or ""} for name, field in PhoneRequest.model_fields.items()}
    keys["hands"]["items"] = _closed({"at": at, **hand, "action": {"enum": actions}}, ["at", "extension", "action"])
    return {"$schema": DIALECT, "title": "A scenario of ivrsvr's simulator", **root, "$defs": kinds}


def world_schema() -> Schema:
    """The schema of world files."""
    kinds: dict[str, Schema] = {}
    return {"$schema": DIALECT, "title": "A world of ivrsvr's simulator", **_world(kinds), "$defs": kinds}


def _world(kinds: dict[str, Schema]) -> Schema:
    root = _object(World, kinds)
    keys = root["properties"]
    defaults = {}
    for section, (name, kind) in DEFAULTED.items():
        whole = _of(kind, kinds)
        # What a kind must say may also come from the defaults.
        loose = f"{kind.__name__}Defaults"
        kinds[loose] = {key: value for key, value in _object(kind, kinds).items() if key != "required"}
        defaults[name] = {"$ref": f"#/$defs/{loose}"}
        entry = {"$ref": f"#/$defs/{loose}"} if REQUIRED.get(name) else whole
        keys[section] = {"type": ["object", "null"], "additionalProperties": {"anyOf": [entry, {"type": "null"}]}}
    keys["defaults"] = _closed(defaults)
    keys["dialPlan"] = {
        "type": ["object", "null"],
        "properties": {"unassigned": NUMBERS},
        "additionalProperties": {"anyOf": [_of(DialCode, kinds), {"type": "null"}]},
    }
    behaviour = {"anyOf": [{"type": "string"}, _of(Behaviour, kinds)]}
    keys["outside"] = {"type": ["object", "null"], "additionalProperties": behaviour}
    return root


def _closed(properties: Mapping[str, Any], required: list[str] | None = None) -> Schema:
    found: Schema = {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}
    return found | ({"required": required, "type": "object"} if required else {})


def _object(kind: type, kinds: dict[str, Schema]) -> Schema:
    """The schema of a dataclass's object; those inside it go to `kinds`."""
    told = described(kind)
    properties: Schema = {}
    required: list[str] = []
    for name, (entry, annotation) in keys_of(kind).items():
        schema = _of(annotation, kinds)
        if text := told.get(entry.name) or told.get(name):
            schema = {"description": text} | ({"allOf": [schema]} if "$ref" in schema else schema)
        properties[name] = schema
        if entry.default is MISSING and entry.default_factory is MISSING:
            required.append(name)
    return _closed(properties, required)


def _of(annotation: Any, kinds: dict[str, Schema]) -> Schema:
    if annotation is Any:
        return {}
    if annotation in PARSED:
        return PARSED[annotation]
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, bounds = get_args(annotation)
        return _of(inner, kinds) | _bounds(bounds)
    if origin is Literal:
        return {"enum": list(get_args(annotation))}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(one, kinds) for one in get_args(annotation)]}
    if origin is tuple and get_args(annotation)[0] is VectorStep:
        # Written as on the switch's screen, a line or all lines at once; of a VDN also the number of a vector.
        steps = {"anyOf": [{"type": "string"}, _reference(VectorStep, kinds)]}
        return {"anyOf": [*({"type": one} for one in TEXT["type"]), {"type": "array", "items": steps}]}
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(annotation)[0], kinds)}
    if origin is Mapping:
        return {"type": ["object", "null"], "additionalProperties": _of(get_args(annotation)[1], kinds)}
    if is_dataclass(annotation) and isinstance(annotation, type) and annotation is not DialPlan:
        return _reference(annotation, kinds)
    return SCALARS[annotation]


SCALARS: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: TEXT,
    type(None): {"type": "null"},
    DialPlan: {},
}


def _bounds(bounds: Range) -> Schema:
    pairs = (("minimum", bounds.low), ("maximum", bounds.high))
    return {name: value for name, value in pairs if value is not None}


def _reference(kind: type, kinds: dict[str, Schema]) -> Schema:
    name = kind.__name__
    if name not in kinds:
        kinds[name] = {}
        kinds[name] = _object(kind, kinds) if kind is not VectorStep else _vector_step(kinds)
    return {"$ref": f"#/$defs/{name}"}


def _vector_step(kinds: dict[str, Schema]) -> Schema:
    """Each kind of step has keys of its own."""
    keys = _object(VectorStep, kinds)["properties"]
    return {
        "oneOf": [
            _closed({"step": {"const": step}, **{name: keys[name] for name in (*needed, *optional)}}, ["step", *needed])
            for step, (needed, optional) in VECTOR_STEPS.items()
        ]
    }


_ENTRY = re.compile(r"^(\w+(?:, \w+)*):\s+(.*)$")


def described(kind: type) -> dict[str, str]:
    """What the docstring of a dataclass says of its fields: lines such as `name: text`, and those that go on."""
    found: dict[str, str] = {}
    names: list[str] = []
    known = {entry.name for entry, _ in keys_of(kind).values()} | set(keys_of(kind))
    for line in cleandoc(kind.__doc__ or "").splitlines():
        begins = _ENTRY.match(line)
        if begins and set(begins[1].split(", ")) <= known:
            names = begins[1].split(", ")
            found |= dict.fromkeys(names, begins[2])
        elif names and line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
        else:
            names = []
    return found
