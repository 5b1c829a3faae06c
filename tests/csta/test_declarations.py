"""The declarations of PDUs equal the specification, in both directions."""

from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from ivrsvr.csta import acs, call, enums, events, monitor, query, route, system
from ivrsvr.csta.enumeration import BitString, OpenEnum
from ivrsvr.csta.pdu import BY_NAME, BY_NUMBER, DECLARATIONS, EventClass, Family, confirmation_of, declaration_of
from ivrsvr.csta.private import call as private_call
from ivrsvr.csta.private import events as private_events
from ivrsvr.csta.private import monitor as private_monitor
from ivrsvr.csta.private import query as private_query
from ivrsvr.csta.private import route as private_route
from ivrsvr.csta.private import system as private_system
from tests.csta import spec

MODULES: tuple[ModuleType, ...] = (
    acs,
    call,
    events,
    monitor,
    query,
    route,
    system,
    private_call,
    private_events,
    private_monitor,
    private_query,
    private_route,
    private_system,
)
"""Every module that declares PDUs; importing them declares."""

PDUS: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in spec.load("pdus.json")["pdus"]}
PRIVATE: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in spec.load("pdus.json")["private_pdus"]}

BASIC: dict[type, str] = {bool: "bool", int: "int", float: "float", bytes: "bytes", str: "str"}


def shape_of(hint: Any) -> spec.Shape:
    """The shape of a Python annotation, spelt as `spec.shape` spells ASN.1."""
    if hint in BASIC:
        return BASIC[hint]
    if get_origin(hint) is tuple:
        element, ellipsis = get_args(hint)
        assert ellipsis is Ellipsis
        return ("of", shape_of(element))
    assert isinstance(hint, type), hint
    if issubclass(hint, OpenEnum):
        return ("enum", hint.__name__)
    if issubclass(hint, BitString):
        return ("bits", hint.__name__)
    assert is_dataclass(hint), hint
    return ("struct", hint.__name__, fields_of(hint))


def fields_of(cls: type) -> tuple[tuple[str, spec.Shape], ...]:
    hints = get_type_hints(cls)
    return tuple((one.name, shape_of(hints[one.name])) for one in fields(cls))


def test_every_pdu_of_the_specification_is_declared_and_no_other() -> None:
    assert {declaration.asn1_name for declaration in DECLARATIONS.values()} == set(PDUS) | set(PRIVATE)
    assert len(DECLARATIONS) == len(BY_NUMBER) == len(BY_NAME) == 20 + 127 + 131


def test_every_sequence_of_the_specification_is_declared_and_no_other() -> None:
    structures = {
        hint[1]
        for cls in DECLARATIONS
        for hint in _structures(("struct", declaration_of(cls).asn1_name, fields_of(cls)))
    }
    sequences = {name for name, node in spec.asn1_types().items() if node["type"] == "SEQUENCE"}
    # Some types of the module are used by no PDU; they need no declaration.
    used = {found[1] for name in (*PDUS, *PRIVATE) for found in _structures(spec.shape(spec.asn1_types()[name], name))}
    assert structures == used
    assert used <= sequences


def _structures(shape: spec.Shape) -> list[spec.Shape]:
    if not isinstance(shape, tuple):
        return []
    if shape[0] == "of":
        return _structures(shape[1])
    if shape[0] == "struct":
        return [shape, *(inner for _, field in shape[2] for inner in _structures(field))]
    return []


@pytest.mark.parametrize("name", [*PDUS, *PRIVATE])
def test_fields_in_order_with_types(name: str) -> None:
    node = spec.asn1_types()[name]
    cls = BY_NAME[name]
    assert fields_of(cls) == spec.fields(node)
    if not fields(cls):
        assert declaration_of(cls).empty == (not spec.is_null(node))


@pytest.mark.parametrize("entry", PDUS.values(), ids=PDUS.keys())
def test_number_class_and_confirmation(entry: dict[str, Any]) -> None:
    event_class = EventClass(entry["class"]["number"])
    assert event_class.name == entry["class"]["name"]
    family = Family.ACS if event_class <= EventClass.ACSCONFIRMATION else Family.CSTA
    cls = BY_NUMBER[family, entry["number"]]
    declaration = declaration_of(cls)
    assert declaration.asn1_name == entry["name"] == entry["asn1_type"]
    assert declaration.event_class is event_class
    confirmation = confirmation_of(cls)
    assert (declaration_of(confirmation).asn1_name if confirmation else None) == entry["confirmation"]


@pytest.mark.parametrize("entry", PRIVATE.values(), ids=PRIVATE.keys())
def test_private_number_and_versions(entry: dict[str, Any]) -> None:
    cls = BY_NUMBER[Family.PRIVATE, entry["number"]]
    declaration = declaration_of(cls)
    assert declaration.asn1_name == entry["name"] == entry["asn1_type"]
    assert declaration.event_class is None
    first, _, last = entry["versions"].rstrip("+").partition("-")
    expected = (int(first), None if entry["versions"].endswith("+") else int(last or first))
    assert declaration.versions == expected


@pytest.mark.parametrize("cls", DECLARATIONS, ids=lambda cls: declaration_of(cls).asn1_name)
def test_python_names_follow_the_rule(cls: type) -> None:
    name = declaration_of(cls).asn1_name
    expected = name.removeprefix("CSTA").replace("Event", "")
    if name in KEPT_NAMES:
        expected = KEPT_NAMES[name]
    assert cls.__name__ == expected


KEPT_NAMES: dict[str, str] = {
    "ACSUniversalFailureEvent": "ACSUniversalFailureEvent",
    "ATTLinkStatusEvent": "ATTLinkStatusEvent",
}
"""PDUs that keep `Event`, because an enumeration and a structure have the name without it."""


@pytest.mark.parametrize("cls", DECLARATIONS, ids=lambda cls: declaration_of(cls).asn1_name)
def test_a_pdu_is_a_frozen_slotted_value(cls: type) -> None:
    params = cls.__dataclass_params__  # type: ignore[attr-defined]
    assert params.frozen
    assert hasattr(cls, "__slots__")
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}("), "the docstring that dataclass makes says nothing"


def test_every_enumeration_is_used_by_the_specification() -> None:
    declared = {
        cls.__name__
        for cls in vars(enums).values()
        if isinstance(cls, type) and issubclass(cls, (OpenEnum, BitString)) and cls not in (OpenEnum, BitString)
    }
    named = {name for name, node in spec.asn1_types().items() if node["type"] in ("ENUMERATED", "BIT STRING")}
    failures = {"ACSUniversalFailure", "CSTAUniversalFailure"}
    assert declared == named - failures
    assert named == set(spec.enumerations()) | set(spec.bit_strings())
