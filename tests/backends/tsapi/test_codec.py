"""The codec against itself, against hostile octets, and against asn1tools with the reference's ASN.1 module."""

import math
from functools import cache
from typing import Any

import asn1tools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrsvr.backends.tsapi.wire import ber, source
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.backends.tsapi.wire.codec import UnknownPdu, compile_all, decode, encode, type_of
from ivrsvr.backends.tsapi.wire.shape import structure_of
from ivrsvr.csta.acs import ACSNameSrvReply, ACSOpenStreamConf
from ivrsvr.csta.call import HoldCall, MakeCall, MakeCallConf
from ivrsvr.csta.enumeration import BitString, OpenEnum
from ivrsvr.csta.enums import CSTAEventCause, DeviceClass
from ivrsvr.csta.pdu import BY_NAME, DECLARATIONS, Family
from ivrsvr.csta.private.call import ATTSetBillRate
from ivrsvr.csta.query import QueryDeviceInfoConf
from ivrsvr.csta.types import ConnectionID
from tests.backends.tsapi.values import pdus
from tests.conformance.tsapi_data import DATA, load

BODIES: list[tuple[type, bytes]] = [
    (BY_NAME[vector["pdu"]], bytes.fromhex(vector["hex"])) for vector in load("vectors.json")["body_vectors"]
]
ALL = list(DECLARATIONS)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def oracle() -> Any:
    """The reference's ASN.1 module; compiling it takes longer than collecting all tests of this file."""
    return asn1tools.compile_files(str(DATA / "tsapi-open.asn"), "ber")


def plain_bits(value: int, count: int) -> tuple[bytes, int]:
    size = (count + 7) // 8
    return int(f"{value:0{size * 8}b}"[::-1], 2).to_bytes(size, "big"), count


def as_oracle(value: Any) -> Any:
    """A value of ours as asn1tools takes it, enumerations being open integers."""
    match value:
        case BitString():
            return plain_bits(int(value), type(value).bit_count())
        case bool() | str() | bytes() | float():
            return value
        case OpenEnum() | int():
            return int(value)
        case tuple():
            return [as_oracle(item) for item in value]
    return {name: as_oracle(getattr(value, name)) for name in value.__slots__}


class TestEveryType:
    def test_compiles(self) -> None:
        compile_all()

    @pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
    @settings(FEW, max_examples=5)
    @given(data=st.data())
    def test_round_trip_here_and_by_the_oracle(self, cls: type, data: st.DataObject) -> None:
        value = data.draw(pdus(cls))
        name = DECLARATIONS[cls].asn1_name
        octets = encode(value)
        assert decode(cls, octets) == value
        theirs = oracle().decode(name, octets)
        if not value.__slots__:
            assert theirs in ({}, {"null": None})
            return
        if cls is not ATTSetBillRate:
            # Clients' REALs are valid BER, but not the shortest: asn1tools writes others of the same value.
            assert bytes(oracle().encode(name, as_oracle(value))) == octets
        assert decode(cls, bytes(oracle().encode(name, theirs))) == value


class TestHostileOctets:
    @pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
    @FEW
    @given(octets=st.binary(max_size=60))
    def test_any_octets_give_a_value_or_a_decode_error(self, cls: type, octets: bytes) -> None:
        for body in (octets, ber.sequence(octets)):
            try:
                decode(cls, body)
            except DecodeError:
                continue

    def test_truncated_at_every_length(self) -> None:
        for cls, body in BODIES:
            for length in range(len(body)):
                with pytest.raises(DecodeError):
                    decode(cls, body[:length])

    def test_trailing_octets(self) -> None:
        for cls, body in BODIES:
            with pytest.raises(DecodeError):
                decode(cls, body + b"\0")

    def test_any_octet_changed(self) -> None:
        for cls, body in BODIES:
            for place in range(len(body)):
                for change in (0x01, 0x80, 0xFF):
                    spoiled = bytearray(body)
                    spoiled[place] ^= change
                    try:
                        value = decode(cls, bytes(spoiled))
                    except DecodeError:
                        continue
                    # What was taken can be sent again, but for a REAL that only a double can hold.
                    if cls is not ATTSetBillRate:
                        assert decode(cls, encode(value)) == value

    def test_a_surplus_component(self) -> None:
        body = encode(MakeCallConf(newCall=ConnectionID(1, "101")))
        with pytest.raises(DecodeError, match="surplus"):
            decode(MakeCallConf, ber.sequence(body[2:] + b"\x05\x00"))

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            ("3080020101" + "0000", "indefinite length"),
            ("308400ffffff", "at most 65535"),
            ("30ff" + "00" * 10, "the length ends early"),
            ("31020500", "SEQUENCE expected, tag 31 found"),
            ("3006" + "0c0161" + "160162", "IA5String expected, tag 0C found"),
            ("3006" + "360161" + "160162", "IA5String expected"),
            ("3004" + "1605" + "6161", "over the end|ends early"),
        ],
    )
    def test_named_faults(self, body: str, what: str) -> None:
        with pytest.raises(DecodeError, match=what):
            decode(MakeCall, bytes.fromhex(body))

    @pytest.mark.parametrize(("content", "size"), [("", 0), ("0102030405", 5)])
    def test_numbers_of_a_wrong_size(self, content: str, size: int) -> None:
        octets = bytes.fromhex(f"02{size:02x}{content}")
        body = ber.sequence(ber.sequence(octets + b"\x16\x00" + b"\x0a\x01\x00"))
        with pytest.raises(DecodeError, match=f"a number of {size} octets"):
            decode(MakeCallConf, body)

    def test_too_many_elements(self) -> None:
        entry = ber.sequence(ber.text("") + ber.octets(b""))
        assert len(decode(ACSNameSrvReply, self.names(entry * ber.MAX_ELEMENTS)).list) == ber.MAX_ELEMENTS
        with pytest.raises(DecodeError, match="at most 4096"):
            decode(ACSNameSrvReply, self.names(entry * (ber.MAX_ELEMENTS + 1)))

    def names(self, entries: bytes) -> bytes:
        return ber.sequence(ber.FALSE + ber.sequence(entries))


class TestTolerance:
    """Octets that are unusual, but allowed (wire.md section 2)."""

    @pytest.mark.parametrize("header", ["3006", "308106", "30820006", "308400000006"])
    def test_any_definite_length(self, header: str) -> None:
        octets = bytes.fromhex(header + "160131" + "160132")
        assert decode(MakeCall, octets) == MakeCall(callingDevice="1", calledDevice="2")

    def test_any_true_and_a_padded_number(self) -> None:
        connection = ber.sequence(bytes.fromhex("020400000007" + "1600" + "0a0200" + "01"))
        value = decode(HoldCall, ber.sequence(connection + b"\x01\x01\x07"))
        assert value == HoldCall(activeCall=ConnectionID(7, "", value.activeCall.devIDType), reservation=True)
        assert value.activeCall.devIDType == 1

    @pytest.mark.parametrize(("octets", "flags"), [("03020480", 1), ("03020080", 1), ("0303070000", 0), ("030100", 0)])
    def test_any_count_of_bits(self, octets: str, flags: int) -> None:
        body = ber.sequence(b"\x16\x00\x0a\x01\x00" + bytes.fromhex(octets))
        assert decode(QueryDeviceInfoConf, body).deviceClass == DeviceClass(flags)

    @pytest.mark.parametrize("number", [99, -7, 4711, -30000])
    def test_unknown_enumeration_values_are_kept(self, number: int) -> None:
        cause = CSTAEventCause(number)
        assert (cause, cause.name) == (number, f"UNKNOWN_{number}")
        assert ber.ENUMERATEDS[cause] == ber.number(ber.ENUMERATED, number)

    @pytest.mark.parametrize(
        ("octets", "value"),
        [
            ("0900", 0.0),
            ("0903800003", 3.0),
            ("0903c00003", -3.0),
            ("090140", math.inf),
            ("090141", -math.inf),
            ("0904" + "83" + "01" + "01" + "05", 10.0),
            ("0903" + "90" + "01" + "01", 8.0),
            ("0903" + "a0" + "01" + "01", 16.0),
            ("0903" + "84" + "00" + "01", 2.0),
        ],
    )
    def test_reals(self, octets: str, value: float) -> None:
        assert ber.read_real(bytes.fromhex(octets), 0, "")[0] == value

    @pytest.mark.parametrize("octets", ["0901ff", "0902" + "8000", "0903" + "b00001", "09020331", "0912" + "80" * 18])
    def test_malformed_reals(self, octets: str) -> None:
        with pytest.raises(DecodeError):
            ber.read_real(bytes.fromhex(octets), 0, "")


class TestEncodeErrors:
    """Values that have no octets are told with the component that is at fault."""

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            (MakeCall(callingDevice="\u20ac", calledDevice=""), "MakeCall.callingDevice"),
            (MakeCall(callingDevice="", calledDevice=None), "MakeCall.calledDevice"),  # type: ignore[arg-type]
            (MakeCallConf(newCall=ConnectionID(1 << 31)), "MakeCallConf.newCall.callID"),
            (MakeCallConf(newCall=ConnectionID("1")), "MakeCallConf.newCall.callID"),  # type: ignore[arg-type]
            (MakeCallConf(newCall=None), "MakeCallConf.newCall"),  # type: ignore[arg-type]
            (ACSNameSrvReply(more=False, list=(None,)), r"ACSNameSrvReply.list\[0\]"),  # type: ignore[arg-type]
            (ATTSetBillRate(call=ConnectionID(), billRate=1e300), "ATTSetBillRate.billRate"),
            (ACSOpenStreamConf(apiVer="x" * 70000, libVer="", tsrvVer="", drvrVer=""), "ACSOpenStreamConf"),
        ],
    )
    def test_where(self, value: Any, where: str) -> None:
        with pytest.raises(EncodeError, match=where):
            encode(value)

    def test_no_pdu(self) -> None:
        with pytest.raises(EncodeError, match="not a PDU"):
            encode(ConnectionID())

    def test_no_such_number(self) -> None:
        with pytest.raises(UnknownPdu, match="there is no CSTA PDU 4711"):
            type_of(Family.CSTA, 4711)


class TestRememberedValues:
    """Parties and devices are remembered by their octets (`source.REPEATING`)."""

    WHOLE = bytes.fromhex("300b" + "020107" + "1603313031" + "0a0100")

    def test_what_is_cut_off_is_not_taken_for_it(self) -> None:
        body = ber.sequence(self.WHOLE)
        assert decode(MakeCallConf, body).newCall == ConnectionID(7, "101")
        for length in range(len(body)):
            for _ in range(2):
                with pytest.raises(DecodeError):
                    decode(MakeCallConf, body[:length])
                # Its own length made right: still nothing that was kept of a cut one.
                with pytest.raises(DecodeError):
                    decode(MakeCallConf, ber.sequence(body[2:length]))

    def test_an_unusual_spelling_stays_another(self) -> None:
        long_form = b"\x30\x81" + self.WHOLE[1:]
        for octets in (long_form, self.WHOLE, long_form):
            assert decode(MakeCallConf, ber.sequence(octets)).newCall == ConnectionID(7, "101")

    def test_a_flood_of_new_ones_does_not_grow(self) -> None:
        read = source.reader(structure_of(ConnectionID))
        seen = next(value for value in read.__globals__.values() if isinstance(value, source.Seen))
        for number in range(source.MOST_SEEN + 100):
            assert decode(MakeCallConf, encode(MakeCallConf(newCall=ConnectionID(number + 1, "1")))).newCall.callID
            assert len(seen) <= source.MOST_SEEN
