"""PDUs as plain values under the names of the vocabulary, and back: arguments as PDUs.

`vocabulary.services` and `vocabulary.events` of the file say which PDU a name stands for, and under ``wire`` which
fields are called differently there. Nothing is known here of a particular service: classes are found by the names of
the specification, fields and types in their declarations.
"""

import re
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import IntEnum, IntFlag
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from ivrsvr.csta import acs, call, events, monitor, query, route, system  # noqa: F401 - each declares its PDUs
from ivrsvr.csta.enums import ATTPrivateFilter, DeviceIDStatus, UUIProtocolType
from ivrsvr.csta.pdu import BY_NAME, DECLARATIONS, Family
from ivrsvr.csta.private import call as private_call  # noqa: F401
from ivrsvr.csta.private import events as private_events  # noqa: F401
from ivrsvr.csta.private import monitor as private_monitor
from ivrsvr.csta.private import query as private_query  # noqa: F401
from ivrsvr.csta.private import route as private_route  # noqa: F401
from ivrsvr.csta.private import system as private_system  # noqa: F401
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import Connection, CSTAMonitorFilter, ExtendedDeviceID
from tests.conformance.flows.names import Names


class UnknownName(ValueError):  # noqa: N818 - says what happened, not that the runner is wrong
    """The file says something that the vocabulary of the product does not have."""


# ---- PDU -> plain value


def render(value: Any, names: Mapping[str, str]) -> Any:
    """A value of a PDU as a plain value; names = wire name -> name in the file, at any depth."""
    if isinstance(value, ExtendedDeviceID):
        return value.deviceID if value.deviceIDStatus is DeviceIDStatus.ID_PROVIDED else value.deviceIDStatus.name
    if isinstance(value, ATTUserToUserInfo):
        return _user_info(value)
    if isinstance(value, Connection):
        return {"connection": render(value.party, names), "staticDevice": render(value.staticDevice, names)}
    if isinstance(value, CSTAMonitorFilter):
        parts = {part: getattr(value, part) for part in ("call", "feature", "agent", "maintenance")}
        return {**parts, "private": ATTPrivateFilter(value.privateFilter)}
    if is_dataclass(value):
        return {names.get(one.name, one.name): render(getattr(value, one.name), names) for one in fields(value)}
    if isinstance(value, tuple):
        return [render(item, names) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value


def _user_info(info: ATTUserToUserInfo) -> Any:
    if info.type == UUIProtocolType.UUI_IA5_ASCII:
        return info.data.decode("ascii", "backslashreplace")
    return {"type": info.type, "data": info.data.hex()}


# ---- plain value -> PDU


def build(kind: Any, value: Any, names: Names, wire: Mapping[str, str]) -> Any:
    """A plain value as a value of a type of the vocabulary; what it leaves out has its default, or else is empty.

    Raises UnknownName for a field or a name that does not exist.
    """
    if get_origin(kind) is tuple:
        return tuple(build(get_args(kind)[0], item, names, wire) for item in value)
    if kind is ATTUserToUserInfo:
        return _user_info_of(value, names)
    if isinstance(kind, type) and is_dataclass(kind):
        return build_pdu(kind, value, names, wire)
    if isinstance(kind, type) and issubclass(kind, IntFlag) and isinstance(value, list):
        return kind(_known(names.flags(kind, value), f"{kind.__name__} has no {value}"))
    if isinstance(kind, type) and issubclass(kind, IntEnum) and isinstance(value, str):
        return kind(_known(names.number(kind, value), f"{kind.__name__} has no {value}"))
    if kind is bytes and isinstance(value, str):
        return bytes.fromhex(value)
    return value


def _known(number: int | None, text: str) -> int:
    if number is None:
        raise UnknownName(text)
    return number


def _user_info_of(value: Any, names: Names) -> ATTUserToUserInfo:
    if isinstance(value, str):
        return ATTUserToUserInfo(type=UUIProtocolType.UUI_IA5_ASCII, data=value.encode())
    kind = _known(names.number(UUIProtocolType, value["type"]), f"UUIProtocolType has no {value['type']}")
    return ATTUserToUserInfo(type=UUIProtocolType(kind), data=bytes.fromhex(value["data"]))


def build_pdu(kind: type, values: Mapping[str, Any], names: Names, wire: Mapping[str, str]) -> Any:
    """A structure or PDU from its fields, by their names in the file.

    Raises UnknownName.
    """
    hints, declared = _hints(kind), {one.name: one for one in fields(kind)}
    given: dict[str, Any] = {}
    for name, value in values.items():
        field = wire.get(name, name)
        if field not in declared and kind is CSTAMonitorFilter and name == "private":
            field, value = "privateFilter", int(_known(names.flags(ATTPrivateFilter, value), f"no filter {value}"))
        if field not in declared:
            raise UnknownName(f"{kind.__name__} has no field {name}")
        given[field] = build(hints[field], value, names, wire)
    for name, one in declared.items():
        if name not in given and _required(one):
            given[name] = _empty(hints[name])
    return kind(**given)


def _required(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _empty(kind: Any) -> Any:
    """The value of a field that must be there and about which a step says nothing."""
    if get_origin(kind) is tuple:
        return ()
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        absent = [member for member in kind if member.name.endswith("_NONE")]
        return absent[0] if absent else kind(0)
    return kind()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return {name: _resolved(hint) for name, hint in get_type_hints(kind).items()}


def _resolved(hint: Any) -> Any:
    """What an alias stands for."""
    return getattr(hint, "__value__", hint)


# ---- services and events of the vocabulary


class Service:
    """One name of `vocabulary.services`: how its request is built and its confirmation read."""

    def __init__(self, name: str, declared: Mapping[str, Any], names: Names) -> None:
        self.name = name
        self.confirmed: bool = declared.get("confirmed", True)
        self._names = names
        self._wire: Mapping[str, str] = declared.get("wire", {})
        self._rendered = {wire: name for name, wire in self._wire.items()}
        self._fields: list[str] = declared["confirmation"]
        pdu, _, private = str(declared["pdu"]).partition(" + ")
        self.pdu_name = pdu
        self._escape = newest_layout(private) if private else None

    def request(self, args: Mapping[str, Any]) -> tuple[Any, Any]:
        """The request and its private data, the latter in the newest layout, None when the step gives none.

        Raises UnknownName.
        """
        plain = {name: value for name, value in args.items() if name != "private"}
        kind = pdu_class(self.pdu_name)
        if self._escape is not None:
            return build_pdu(kind, {}, self._names, {}), build_pdu(self._escape, plain, self._names, self._wire)
        return build_pdu(kind, plain, self._names, self._wire), self._private(args)

    def _private(self, args: Mapping[str, Any]) -> Any:
        given = dict(args.get("private", {}))
        if suppressed := args.get("monitorFilter", {}).get("private"):
            given["privateFilter"] = suppressed
        if not given:
            return None
        base = "ATT" + self.pdu_name.removeprefix("CSTA").removesuffix("Request").removesuffix("Req")
        kind = newest_layout(base, missing_ok=True) or private_monitor.ATTMonitorFilter
        return build_pdu(kind, given, self._names, self._wire)

    def confirmation(self, pdu: Any, private: Any) -> dict[str, Any]:
        """A confirmation as an object; the private data of an escape service lends it the fields of its own."""
        told = render(pdu, self._rendered)
        beside = None if private is None else render(private, self._rendered)
        if self._escape is not None and beside is not None:
            told |= {name: beside.pop(name) for name in self._fields if name in beside}
        if isinstance(told.get("monitorFilter"), dict) and beside and "usedFilter" in beside:
            told["monitorFilter"]["private"] = beside["usedFilter"]
        return {**told, "private": beside}


class Events:
    """`vocabulary.events`: events as objects."""

    def __init__(self, declared: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_pdu: dict[str, tuple[str, dict[str, str]]] = {}
        for name, one in declared.items():
            wire = {wire: name for name, wire in one.get("wire", {}).items()}
            self._by_pdu[str(one["pdu"])] = (name, wire)

    def render(self, pdu: Any, private: Any) -> dict[str, Any]:
        """An event under its name in the file; one that the file does not know, under its own."""
        title = DECLARATIONS[type(pdu)].asn1_name
        if private is not None:
            carried = f"{title} + {DECLARATIONS[type(private)].asn1_name}"
            if carried in self._by_pdu:
                name, wire = self._by_pdu[carried]
                return {"event": name, **render(pdu, wire), **render(private, wire)}
        name, wire = self._by_pdu.get(title, (type(pdu).__name__, {}))
        return {"event": name, **render(pdu, wire), "private": None if private is None else render(private, {})}


def pdu_class(asn1_name: str) -> type:
    """The class of a PDU by its name in the specification.

    Raises UnknownName.
    """
    try:
        return BY_NAME[asn1_name]
    except KeyError:
        raise UnknownName(f"no PDU is called {asn1_name}") from None


@typing.overload
def newest_layout(base: str) -> type: ...
@typing.overload
def newest_layout(base: str, *, missing_ok: bool) -> type | None: ...
@cache
def newest_layout(base: str, *, missing_ok: bool = False) -> type | None:
    """The newest layout of a private PDU: ``ATTMakeCall`` -> ATTMakeCallV6.

    Raises UnknownName.
    """
    series = re.compile(rf"{re.escape(base)}(V\d+)?")
    layouts = [
        (declared.versions[0], kind)
        for kind, declared in DECLARATIONS.items()
        if declared.family is Family.PRIVATE and declared.versions and series.fullmatch(declared.asn1_name)
    ]
    if not layouts and not missing_ok:
        raise UnknownName(f"no private PDU is called {base}")
    return max(layouts, key=lambda one: one[0])[1] if layouts else None
