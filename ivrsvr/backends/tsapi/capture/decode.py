"""A captured conversation as text: who sends what to whom, and every message field by field."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from ivrsvr.backends.tsapi.capture.hexdump import pieces
from ivrsvr.backends.tsapi.capture.packets import End, NotReadable, is_capture, segments
from ivrsvr.backends.tsapi.capture.reassembly import Piece, Reassembly
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.frame import FrameReader
from ivrsvr.backends.tsapi.wire.trace import render

__all__ = ["NotReadable", "decoded"]

TEXT_MOST = 64 << 20
"""Octets of a text; a larger one is no hex dump."""


def decoded(octets: bytes, ports: frozenset[int] = frozenset()) -> Iterator[str]:
    """The lines of a capture or a hex dump. ports: of packet captures, only connections with one of these.

    Raises NotReadable when there is nothing of TSAPI in it, or where it is damaged.
    """
    lines = _of_capture(octets, ports) if is_capture(octets) else _of_text(octets)
    told = False
    for line in lines:
        told = True
        yield line
    if not told:
        raise NotReadable("there is no TSAPI message in it")


# ---- packet captures


@dataclass(slots=True)
class _Direction:
    reader: FrameReader = field(default_factory=FrameReader)
    foreign: bool = False
    any: bool = False


def _of_capture(octets: bytes, ports: frozenset[int]) -> Iterator[str]:
    reassembly = Reassembly()
    directions: dict[tuple[End, End], _Direction] = {}
    for segment in segments(octets):
        if ports and not ports & {segment.source[1], segment.target[1]}:
            continue
        if segment.syn:
            directions.pop((segment.source, segment.target), None)
        for piece in reassembly.take(segment):
            yield from _of_piece(piece, directions)
        if segment.rst:
            yield f"{_moment(segment.at)} {_way(segment.source, segment.target)} reset"
    for piece in reassembly.finish():
        yield from _of_piece(piece, directions)


def _of_piece(piece: Piece, directions: dict[tuple[End, End], _Direction]) -> Iterator[str]:
    direction = directions.setdefault((piece.source, piece.target), _Direction())
    way = _way(piece.source, piece.target)
    if piece.lost:
        if direction.any:
            yield f"{_moment(piece.at)} {way} {piece.lost} octets are not in the capture"
        direction.reader, direction.foreign = FrameReader(), False
    if direction.foreign:
        return
    direction.reader.feed(piece.octets)
    try:
        while (frame := direction.reader.next()) is not None:
            direction.any = True
            yield f"{_moment(piece.at)} {way}"
            yield from (f"  {line}" for line in render(frame).splitlines())
    except DecodeError as error:
        direction.foreign = True
        if direction.any:
            yield f"{_moment(piece.at)} {way} not TSAPI from here on: {error}"


def _way(source: End, target: End) -> str:
    return f"{_end(source)} -> {_end(target)}"


def _end(end: End) -> str:
    return f"[{end[0]}]:{end[1]}" if ":" in end[0] else f"{end[0]}:{end[1]}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f") if at else "at the end     "


# ---- hex dumps


def _of_text(octets: bytes) -> Iterator[str]:
    if len(octets) > TEXT_MOST or b"\0" in octets[:4096]:
        raise NotReadable("it is neither a packet capture (pcap, pcapng) nor a hex dump")
    numbers = count(1)
    for sender, found in pieces(octets.decode("utf-8", "replace")):
        whose = f", from the {sender}" if sender else ""
        reader = FrameReader()
        reader.feed(found)
        try:
            while (frame := reader.next()) is not None:
                yield f"message {next(numbers)}{whose}"
                yield from (f"  {line}" for line in render(frame).splitlines())
        except DecodeError as error:
            yield f"message {next(numbers)}{whose}, not understood: {error}"
        if reader.pending:
            yield f"message {next(numbers)}{whose}: {reader.pending} octets, the rest is missing"
