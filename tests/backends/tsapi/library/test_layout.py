"""Every structure of the library: sizes, alignments and offsets as the interface's description has them, and values."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.tsapi.library.layout import ILP32, LP64, Model, Part, Struct, layout_of, size_and_align
from ivrsvr.backends.tsapi.library.memory import Memory, mirrored, read, write
from ivrsvr.backends.tsapi.wire import codec
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.csta import enums
from ivrsvr.csta.call import MakeCall, TransferCallConf
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.monitor import MonitorConf, SnapshotDeviceConf
from ivrsvr.csta.pdu import BY_NUMBER, Family
from ivrsvr.csta.types import Connection, ConnectionID, CSTAMonitorFilter, CSTASnapshotDeviceResponseInfo, provided
from tests.backends.tsapi.values import pdus
from tests.conformance.tsapi_data import DATA

ABI: dict[str, Any] = json.loads((DATA / "abi.json").read_text(encoding="utf-8"))
TYPES: dict[str, Any] = {one["name"]: one for one in ABI["types"]}
MODELS = {"ilp32": ILP32, "lp64": LP64}
DELIVERED_BY_THE_LIBRARY = ("ACS_OPEN_STREAM_CONF", "ACS_UNIVERSAL_FAILURE_CONF", "ACS_UNIVERSAL_FAILURE")
ROWS = [*ABI["pdus"]["csta"], *(one for one in ABI["pdus"]["acs"] if one["name"] in DELIVERED_BY_THE_LIBRARY)]
assert codec  # it knows every PDU, so they are all declared


def class_of(row: Any) -> type | None:
    """The declaration of a row; None = the protocol as we have it does not use that PDU."""
    return BY_NUMBER.get((Family.CSTA if row["name"].startswith("CSTA") else Family.ACS, row["value"]))


CLASSES: dict[str, type] = {row["struct"]: cls for row in ROWS if (cls := class_of(row)) is not None}


def described(name: Any) -> Any:
    """A type of the description behind its aliases."""
    while isinstance(name, str) and name in TYPES and TYPES[name]["kind"] == "alias":
        name = TYPES[name]["type"]
    return name


def nested(part: Part, name: str) -> Iterator[tuple[Struct, str]]:
    """Every structure that a structure has in it, with the description's name of each."""
    if not isinstance(part, Struct):
        return
    yield part, name
    fields = TYPES[name]["fields"]
    for (_, _, member), field in zip(part.members, fields, strict=False):
        inner = described(field["type"])
        if isinstance(member, Struct):
            yield from nested(member, inner)
        elif hasattr(member, "item"):
            kind = TYPES[inner]["fields"][1]["type"]
            yield from nested(member.item, described(kind.get("pointer") or kind.get("array")))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", sorted(CLASSES))
def test_sizes_and_offsets(name: str, model: str) -> None:
    kind = described(name)
    for part, struct_name in nested(layout_of(CLASSES[name], MODELS[model]), kind):
        told = TYPES[struct_name]["layout"][model]
        assert (part.size, part.align) == (told["size"], told["align"]), struct_name
        if part.members:
            assert [offset for _, offset, _ in part.members] == told["offsets"], struct_name
            for (_, _, member), field in zip(part.members, TYPES[struct_name]["fields"], strict=True):
                inner = described(field["type"])
                if isinstance(inner, str) and inner in TYPES:
                    assert size_and_align(member)[0] == TYPES[inner]["layout"][model]["size"], (struct_name, field)


def test_nothing_that_the_library_exchanges_is_missing() -> None:
    every = {one for (family, _), one in BY_NUMBER.items() if family is Family.CSTA}
    assert every == {one for one in CLASSES.values() if one in every}


MASKS = {
    "call_filter": enums.CSTACallFilter,
    "feature_filter": enums.CSTAFeatureFilter,
    "agent_filter": enums.CSTAAgentFilter,
    "maintenance_filter": enums.CSTAMaintenanceFilter,
    "system_status_filter": enums.SystemStatusFilter,
    "device_class": enums.DeviceClass,
}


@pytest.mark.parametrize("name", MASKS)
def test_masks_have_the_first_bit_at_the_top(name: str) -> None:
    kind = MASKS[name]
    size = 2 if name == "call_filter" else 1
    for flag, bits in ABI["constants"][name].items():
        assert mirrored(kind, bits, size) == kind[flag]
        assert mirrored(kind, kind[flag], size) == bits


class Heap:
    """What a library does with lists: it puts them behind the event."""

    def __init__(self, base: int, begin: int) -> None:
        self.base = base
        self.octets = b""
        self._begin = begin

    def keep(self, octets: bytes) -> int:
        at = self.base + self._begin + len(self.octets)
        self.octets += octets
        return at


def through_memory(pdu: Any, model: Model, base: int = 0x7000_0000) -> Any:
    cls: type = type(pdu)
    layout = layout_of(cls, model)
    heap = Heap(base, layout.size)
    octets = write(layout, pdu, heap.keep)
    assert len(octets) == layout.size
    return read(layout, Memory(octets + heap.octets, base), 0)


@pytest.mark.parametrize("cls", sorted(set(CLASSES.values()), key=str))
@settings(max_examples=8)
@given(data=st.data())
def test_what_is_written_is_read(cls: type, data: st.DataObject) -> None:
    pdu = data.draw(pdus(cls))
    for model in MODELS.values():
        try:
            found = through_memory(pdu, model)
        except EncodeError:
            # a number too large for a short, a text with a NUL: told, never cut
            continue
        assert found == pdu


def test_a_delivered_event_octet_by_octet() -> None:
    octets = struct.pack(
        "<q64siI64sii64sii64sii64siiii", 48, b"102", 0, 0, b"102", 0, 0, b"101", 0, 0, b"102", 0, 0, b"", 0, 2, 2, 22
    )
    # 64-bit: the connection is padded to 80 octets
    event = read(layout_of(Delivered, LP64), Memory(octets.ljust(400, b"\0")), 0)
    assert event.connection == ConnectionID(48, "102")
    assert event.alertingDevice == provided("102")
    assert event.callingDevice == provided("101")
    assert event.localConnectionInfo is enums.LocalConnectionState.CS_ALERTING
    assert event.cause is enums.CSTAEventCause.EC_NEW_CALL


class TestMistakes:
    def test_a_list_that_lies_elsewhere_is_not_followed(self) -> None:
        layout = layout_of(SnapshotDeviceConf, LP64)
        for count, at in ((1, 0), (1, 0x9000_0000), (0xFFFF_FFFF, 0x7000_0010), (3, 0x7000_0010)):
            octets = struct.pack("<IIQ", count, 0, at).ljust(200, b"\xff")
            with pytest.raises(DecodeError, match="outside"):
                read(layout, Memory(octets, 0x7000_0000), 0)

    def test_texts_and_numbers_that_do_not_fit(self) -> None:
        layout = layout_of(MakeCall, LP64)
        for device in ("1" * 64, "1\x002", "☎"):
            with pytest.raises(EncodeError, match=r"characters|codec"):
                write(layout, MakeCall(callingDevice="101", calledDevice=device), lambda _: 0)
        assert b"1" * 63 in write(layout, MakeCall(callingDevice="101", calledDevice="1" * 63), lambda _: 0)
        with pytest.raises(EncodeError, match="does not fit"):
            write(layout_of(ConnectionID, ILP32), ConnectionID(1 << 40), lambda _: 0)

    def test_a_text_without_its_nul_ends_with_its_array(self) -> None:
        layout = layout_of(MakeCall, LP64)
        assert read(layout, Memory(b"1" * 64 + b"2" * 64), 0) == MakeCall(callingDevice="1" * 64, calledDevice="2" * 64)

    def test_lists_of_lists_and_parties(self) -> None:
        state = enums.LocalConnectionState.CS_HOLD
        calls = tuple(CSTASnapshotDeviceResponseInfo(ConnectionID(number, "101"), (state, state)) for number in (1, 2))
        parties = tuple(Connection(ConnectionID(1, name), provided(name)) for name in ("101", "T1#1"))
        every: tuple[Any, ...] = (
            SnapshotDeviceConf(snapshotData=calls),
            TransferCallConf(newCall=ConnectionID(1, "101"), connList=parties),
            MonitorConf(monitorCrossRefID=-1, monitorFilter=CSTAMonitorFilter(call=enums.CSTACallFilter.CF_HELD)),
        )
        for pdu in every:
            assert through_memory(pdu, LP64) == pdu
