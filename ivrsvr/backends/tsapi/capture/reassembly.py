"""TCP segments into octets in order: late, repeated and overlapping segments are put right, gaps are told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ivrsvr.backends.tsapi.capture.packets import End, Segment

WAITING_MOST = 1 << 22
"""Octets that may wait behind a gap; when there are more, the gap is taken for lost."""

_HALF = 1 << 31
_WHOLE = 1 << 32


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets of one direction, in order. lost: octets that are missing before them."""

    at: float
    source: End
    target: End
    octets: bytes
    lost: int = 0


@dataclass(slots=True)
class _Direction:
    """One direction of a connection. following: the sequence number of the next octet; None = not known yet."""

    following: int | None = None
    waiting: dict[int, bytes] = field(default_factory=dict)
    held: int = 0


class Reassembly:
    """All connections of a capture."""

    def __init__(self) -> None:
        self._directions: dict[tuple[End, End], _Direction] = {}

    def take(self, segment: Segment) -> Iterator[Piece]:
        """The octets that are in order now."""
        key = (segment.source, segment.target)
        if segment.syn:
            self._directions[key] = _Direction((segment.sequence + 1) % _WHOLE)
            return
        direction = self._directions.setdefault(key, _Direction())
        if not segment.payload:
            return
        if direction.following is None:
            direction.following = segment.sequence
        ahead = _ahead(segment.sequence, direction.following)
        payload = segment.payload
        if ahead < 0:  # all or a part of it was there already
            payload = payload[-ahead:]
            ahead = 0
        if not payload:
            return
        start = (direction.following + ahead) % _WHOLE
        if len(payload) > len(direction.waiting.get(start, b"")):
            direction.held += len(payload) - len(direction.waiting.get(start, b""))
            direction.waiting[start] = payload
        yield from self._in_order(segment, direction, lost=0)
        if direction.held > WAITING_MOST:
            yield from self._skip(segment, direction)

    def finish(self) -> Iterator[Piece]:
        """What still waits behind gaps, at the end of the capture."""
        for (source, target), direction in self._directions.items():
            while direction.waiting:
                yield from self._skip(Segment(0.0, source, target, 0, b"", False, False, False), direction)

    def _skip(self, segment: Segment, direction: _Direction) -> Iterator[Piece]:
        assert direction.following is not None
        following = direction.following
        nearest = min(direction.waiting, key=lambda start: (start - following) % _WHOLE)
        direction.following = nearest
        yield from self._in_order(segment, direction, lost=(nearest - following) % _WHOLE)

    @staticmethod
    def _in_order(segment: Segment, direction: _Direction, *, lost: int) -> Iterator[Piece]:
        octets = bytearray()
        while (found := _fitting(direction)) is not None:
            assert direction.following is not None
            octets += found
            direction.following = (direction.following + len(found)) % _WHOLE
        if octets:
            yield Piece(segment.at, segment.source, segment.target, bytes(octets), lost)


def _fitting(direction: _Direction) -> bytes | None:
    """The waiting octets that come next, without those that were there already."""
    assert direction.following is not None
    for start in list(direction.waiting):
        ahead = _ahead(start, direction.following)
        if ahead > 0:
            continue
        payload = direction.waiting.pop(start)
        direction.held -= len(payload)
        if len(payload) + ahead > 0:
            return payload[-ahead:] if ahead else payload
    return None


def _ahead(sequence: int, following: int) -> int:
    """How far a sequence number is ahead of another; negative = behind it. They go round."""
    return (sequence - following + _HALF) % _WHOLE - _HALF
