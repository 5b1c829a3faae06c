"""The enumerations equal the specification in both directions, and stay open."""

import pickle
from typing import Any

import pytest

from ivrsvr.csta import enums, errors
from ivrsvr.csta.enumeration import BitString, OpenEnum
from ivrsvr.csta.enums import CSTACallFilter
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from tests.csta import spec

ENUMS = spec.enumerations()
BITS = spec.bit_strings()


def declared(name: str) -> Any:
    return getattr(errors, name, None) or getattr(enums, name)


@pytest.mark.parametrize("name", ENUMS)
def test_members_and_values(name: str) -> None:
    cls = declared(name)
    assert issubclass(cls, OpenEnum)
    assert {member: value.value for member, value in cls.__members__.items()} == ENUMS[name]
    assert {number for _, number in spec.asn1_types()[name]["values"]} == set(ENUMS[name].values())


@pytest.mark.parametrize("name", BITS)
def test_bits_and_positions(name: str) -> None:
    cls = declared(name)
    count, positions = BITS[name]
    assert issubclass(cls, BitString)
    assert {member: value.value for member, value in cls.__members__.items()} == {
        member: 1 << position for member, position in positions.items()
    }
    assert cls.bit_count() == count
    assert {int(position) for _, position in spec.asn1_types()[name]["named-bits"]} == set(positions.values())


@pytest.mark.parametrize("cls", [ACSUniversalFailure, CSTAUniversalFailure])
def test_errors_json_says_the_same(cls: type[OpenEnum]) -> None:
    assert {name: member.value for name, member in cls.__members__.items()} == spec.load("errors.json")[cls.__name__]


@pytest.mark.parametrize("name", ENUMS)
def test_an_unknown_number_is_kept_shown_and_passed_on(name: str) -> None:
    cls: type[OpenEnum] = declared(name)
    unknown = cls(9871)
    assert unknown == 9871
    assert isinstance(unknown, cls)
    assert unknown.name == "UNKNOWN_9871"
    assert unknown not in list(cls)
    assert cls(unknown) == unknown
    assert pickle.loads(pickle.dumps(unknown)) == unknown


def test_what_is_no_number_is_no_member() -> None:
    with pytest.raises(ValueError, match="x"):
        declared("CSTAEventCause")("x")


def test_unknown_bits_are_kept() -> None:
    value = CSTACallFilter(1 << 3 | 1 << 15)
    assert CSTACallFilter.CF_DELIVERED in value
    assert int(value) == 1 << 3 | 1 << 15
    assert value.names == ["CF_DELIVERED"]
