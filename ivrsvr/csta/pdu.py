"""How a PDU declares itself, and how a PDU is found by family and number.

Each PDU is one frozen, slotted, keyword-only dataclass whose fields stand in wire order under the names of the
specification. A decorator above ``@dataclass`` records what the octets need besides the fields:

    @csta(21, EventClass.CSTAREQUEST, confirmation=HoldCallConf)
    @dataclass(frozen=True, slots=True, kw_only=True)
    class HoldCall: ...

The field annotations say how a field is written, and nothing else does:

    bool BOOLEAN · int INTEGER · float REAL · bytes OCTET STRING · str IA5String · OpenEnum ENUMERATED
    BitString BIT STRING · a dataclass SEQUENCE · tuple[X, ...] SEQUENCE OF X

A PDU without fields has a body of one NULL, unless it is declared ``empty`` (a SEQUENCE of nothing).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeVar

PduType = TypeVar("PduType", bound=type)


class Family(StrEnum):
    """The three independent number spaces of PDUs."""

    ACS = "ACS"
    CSTA = "CSTA"
    PRIVATE = "PRIVATE"


class EventClass(IntEnum):
    """The event class of a frame header; it says in which direction and role a PDU travels."""

    ACSREQUEST = 0
    ACSUNSOLICITED = 1
    ACSCONFIRMATION = 2
    CSTAREQUEST = 3
    CSTAUNSOLICITED = 4
    CSTACONFIRMATION = 5
    CSTAEVENTREPORT = 6


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a PDU type besides its fields.

    asn1_name:    the type's name in the specification's ASN.1 module, e.g. ``CSTAHoldCall``.
    event_class:  None for private data, which rides on other messages.
    confirmation: ASN.1 name of the confirmation, "" when there is none.
    versions:     private data only: (first, last) private-data version that uses this layout; last None = still in use.
    empty:        the body is a SEQUENCE of nothing instead of one NULL.
    """

    family: Family
    number: int
    asn1_name: str
    event_class: EventClass | None = None
    confirmation: str = ""
    versions: tuple[int, int | None] | None = None
    empty: bool = False


DECLARATIONS: dict[type, Declaration] = {}
"""Every PDU type with its declaration, in the order of declaration."""

BY_NUMBER: dict[tuple[Family, int], type] = {}
"""Every PDU type by family and number."""

BY_NAME: dict[str, type] = {}
"""Every PDU type by its ASN.1 name."""


def _declare(declaration: Declaration) -> Callable[[PduType], PduType]:
    def register(cls: PduType) -> PduType:
        key = (declaration.family, declaration.number)
        if key in BY_NUMBER:
            raise TypeError(f"{cls.__name__}: {key} is already {BY_NUMBER[key].__name__}")
        DECLARATIONS[cls] = declaration
        BY_NUMBER[key] = cls
        BY_NAME[declaration.asn1_name] = cls
        return cls

    return register


def acs(
    number: int, event_class: EventClass, asn1_name: str, *, confirmation: str = "", empty: bool = False
) -> Callable[[PduType], PduType]:
    """Declare an ACS PDU (stream management)."""
    return _declare(
        Declaration(Family.ACS, number, asn1_name, event_class=event_class, confirmation=confirmation, empty=empty)
    )


def csta(
    number: int, event_class: EventClass, asn1_name: str, *, confirmation: str = ""
) -> Callable[[PduType], PduType]:
    """Declare a CSTA PDU (services and events)."""
    return _declare(Declaration(Family.CSTA, number, asn1_name, event_class=event_class, confirmation=confirmation))


def private(
    number: int, asn1_name: str, *, versions: tuple[int, int | None], empty: bool = False
) -> Callable[[PduType], PduType]:
    """Declare an Avaya private-data PDU and the private-data versions that use its layout."""
    return _declare(Declaration(Family.PRIVATE, number, asn1_name, versions=versions, empty=empty))


def declaration_of(pdu: Any) -> Declaration:
    """The declaration of a PDU value or type.

    Raises KeyError for anything that is not a PDU.
    """
    return DECLARATIONS[pdu if isinstance(pdu, type) else type(pdu)]


def confirmation_of(pdu: Any) -> type | None:
    """The confirmation type of a request, or None when the request is not confirmed."""
    name = declaration_of(pdu).confirmation
    return BY_NAME[name] if name else None
