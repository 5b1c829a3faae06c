"""The codec's compiler: a shape -> the source of its writer and its reader.

A writer and a reader are straight lines, one step per component, with the common short form inline and everything else
left to `ber`; nothing is looked up by name when a message passes. They are made once per type, on first use.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from ivrsvr.backends.tsapi.wire import ber
from ivrsvr.backends.tsapi.wire.shape import Bits, Enumerated, Scalar, SequenceOf, Shape, Structure
from ivrsvr.csta.enumeration import OpenEnum
from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID

Writer: TypeAlias = Callable[[Any], bytes]
"""Value -> whole element."""

Reader: TypeAlias = Callable[[bytes, int], tuple[Any, int]]
"""Octets, position of the element -> value, position behind it."""


class _Members(dict[int, OpenEnum]):
    """Content octet -> member of an enumeration, filled as they are met."""

    def __init__(self, enumeration: type[OpenEnum]) -> None:
        super().__init__()
        self.enumeration = enumeration

    def __missing__(self, octet: int) -> OpenEnum:
        member = self[octet] = self.enumeration(_SIGNED[octet])
        return member


_SIGNED = tuple(range(0x80)) + tuple(range(-0x80, 0))
_WHOLE = int.from_bytes
_FLAGS: Callable[[Any, int], bytes] = ber.bits


@cache
def _members(enumeration: type[OpenEnum]) -> _Members:
    return _Members(enumeration)


def surplus(position: int, end: int, where: str) -> ber.DecodeError:
    """The error for components that do not fill their SEQUENCE exactly."""
    what = f"{end - position} surplus octets" if position < end else "a component reaches over the end"
    return ber.DecodeError(what, where, position)


class _Source:
    """Lines of one function and the names that they use."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._variables = 0

    def add(self, *lines: str) -> None:
        self.lines.extend(lines)

    def variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def name(self, prefix: str, value: Any) -> str:
        for known, held in self.names.items():
            if held is value:
                return known
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, title: str) -> Any:
        code = compile("\n".join(self.lines), f"<{title}>", "exec")
        space = dict(self.names)
        exec(code, space)
        return space["function"]


@cache
def absent_of(shape: Structure) -> tuple[Any, bytes] | None:
    """The value that stands for an absent structure, and its octets; None for a structure that is never absent.

    Most structures of most messages are absent: they are recognised whole and share one value.
    """
    try:
        value = shape.type()
    except TypeError:
        return None
    return value, writer(shape)(value)


# ---- writers


def _written(source: _Source, shape: Shape, value: str) -> str:
    """The expression of a value's element."""
    match shape:
        case Scalar.BOOLEAN:
            return f"({source.name('TRUE', ber.TRUE)} if {value} else {source.name('FALSE', ber.FALSE)})"
        case Scalar.INTEGER:
            return f"{source.name('integers', ber.INTEGERS)}[{value}]"
        case Scalar.REAL:
            return f"{source.name('real', ber.real)}({value})"
        case Scalar.OCTETS:
            return f"{source.name('octets', ber.octets)}({value})"
        case Scalar.TEXT:
            return f"{source.name('text', ber.text)}({value})"
        case Enumerated():
            return f"{source.name('enumerateds', ber.ENUMERATEDS)}[{value}]"
        case Bits(type=flags):
            return f"{source.name('bits', _FLAGS)}({value}, {flags.bit_count()})"
        case SequenceOf(item=item):
            inner = _written(source, item, "item")
            return f'{source.name("sequence", ber.sequence)}(b"".join([{inner} for item in {value}]))'
        case Structure(type=cls):
            return f"{source.name('write_' + cls.__name__, writer(shape))}({value})"


@cache
def writer(shape: Structure) -> Writer:
    """The writer of a structure."""
    source = _Source()
    parts = [_written(source, part, f"value.{name}") for name, part in shape.components]
    content = f'b"".join(({", ".join(parts)},))' if len(parts) > 3 else " + ".join(parts) or 'b""'
    source.add(
        "def function(value):",
        f"    content = {content}",
        "    length = len(content)",
        f"    if length < 128: return {source.name('headers', _SEQUENCE_HEADERS)}[length] + content",
        f"    return {source.name('header', ber.header)}(48, length) + content",
    )
    function: Writer = source.function(f"write {shape.type.__name__}")
    return function


_SEQUENCE_HEADERS = ber.short_headers(ber.SEQUENCE)


# ---- readers


def _read(source: _Source, shape: Shape, target: str, where: str, indent: str) -> None:
    """The lines that read one element at `p` into a variable and move `p` behind it."""
    place = repr(where)
    match shape:
        case Scalar.BOOLEAN:
            slow = source.name("read_boolean", ber.read_boolean)
            lines = _either(
                "d[p] == 1 and d[p + 1] == 1",
                f"{target} = d[p + 2] != 0; p += 3",
                f"{target}, p = {slow}(d, p, {place})",
            )
        case Scalar.INTEGER:
            slow, signed = source.name("read_number", ber.read_number), source.name("signed", _SIGNED)
            whole = source.name("whole", _WHOLE)
            lines = [
                f"if d[p] == 2 and d[p + 1] == 1: {target} = {signed}[d[p + 2]]; p += 3",
                # Octets that end early are noticed at the end of the body.
                "elif d[p] == 2 and 2 <= (n := d[p + 1]) <= 4:",
                f'    s = p + 2; p = s + n; {target} = {whole}(d[s:p], "big", signed=True)',
                f"else: {target}, p = {slow}(d, p, 2, {place})",
            ]
        case Enumerated(type=enumeration):
            slow = source.name("read_number", ber.read_number)
            members = source.name(enumeration.__name__, _members(enumeration))
            make = source.name("make_" + enumeration.__name__, enumeration)
            lines = _either(
                "d[p] == 10 and d[p + 1] == 1",
                f"{target} = {members}[d[p + 2]]; p += 3",
                f"{target}, p = {slow}(d, p, 10, {place}); {target} = {make}({target})",
            )
        case Scalar.TEXT:
            slow = source.name("read_content", ber.read_content)
            lines = _either(
                "d[p] == 22 and (n := d[p + 1]) < 128",
                f's = p + 2; p = s + n; {target} = d[s:p].decode("latin-1")',
                f'{target}, p = {slow}(d, p, 22, {place}); {target} = {target}.decode("latin-1")',
            )
        case Scalar.OCTETS:
            slow = source.name("read_content", ber.read_content)
            lines = _either(
                "d[p] == 4 and (n := d[p + 1]) < 128",
                f"s = p + 2; p = s + n; {target} = d[s:p]",
                f"{target}, p = {slow}(d, p, 4, {place})",
            )
        case Scalar.REAL:
            lines = [f"{target}, p = {source.name('read_real', ber.read_real)}(d, p, {place})"]
        case Bits(type=flags):
            make = source.name("make_" + flags.__name__, flags)
            slow = source.name("read_bits", ber.read_bits)
            lines = [f"{target}, p = {slow}(d, p, {place}); {target} = {make}({target})"]
        case Structure(type=cls):
            lines = [f"{target}, p = {source.name('read_' + cls.__name__, reader(shape))}(d, p)"]
            absent = absent_of(shape)
            if absent is not None:
                default, constant = source.name("absent", absent[0]), source.name("octets_of_absent", absent[1])
                there = f"d[p + 1] == {absent[1][1]} and d.startswith({constant}, p)"
                lines = _either(there, f"{target} = {default}; p += {len(absent[1])}", lines[0])
        case SequenceOf(item=item):
            head, error = source.name("read_header", ber.read_header), source.name("surplus", surplus)
            end, element = source.variable(), source.variable()
            source.add(
                f"{indent}if d[p] == 48 and (n := d[p + 1]) < 128: p += 2; {end} = p + n",
                f"{indent}else: p, {end} = {head}(d, p, 48, {place})",
                f"{indent}{target} = []",
                f"{indent}while p < {end}:",
            )
            _read(source, item, element, where + "[]", indent + "    ")
            many = source.name("too_many", _too_many)
            source.add(
                f"{indent}    {target}.append({element})",
                f"{indent}if p != {end}: raise {error}(p, {end}, {place})",
                f"{indent}if len({target}) > {ber.MAX_ELEMENTS}: raise {many}({target}, {place})",
            )
            lines = [f"{target} = tuple({target})"]
    source.add(*(indent + line for line in lines))


def _either(condition: str, common: str, other: str) -> list[str]:
    return [f"if {condition}: {common}", f"else: {other}"]


MOST_SEEN = 4096
"""Elements that are kept of one type."""


class Seen(dict[bytes, Any]):
    """Element -> its value."""

    def keep(self, element: bytes, value: Any) -> None:
        if len(self) >= MOST_SEEN:
            self.clear()
        self[element] = value


REPEATING = (ConnectionID, ExtendedDeviceID)
"""Structures whose values are remembered: every event of a call names the same few parties, once for each monitor."""


def _too_many(elements: list[Any], where: str) -> ber.DecodeError:
    return ber.DecodeError(f"{len(elements)} elements; at most {ber.MAX_ELEMENTS} are allowed", where)


@cache
def reader(shape: Structure) -> Reader:
    """The reader of a structure."""
    source, cls = _Source(), shape.type
    title, repeats = cls.__name__, cls in REPEATING
    source.add("def function(d, p):")
    if repeats:
        seen = source.name("seen", Seen())
        source.add(
            "    k = d[p : p + d[p + 1] + 2]; b = p",
            f"    if (o := {seen}.get(k)) is not None: return o, p + len(k)",
        )
    source.add(
        "    if d[p] == 48 and (n := d[p + 1]) < 128: p += 2; end = p + n",
        f"    else: p, end = {source.name('read_header', ber.read_header)}(d, p, 48, {title!r})",
    )
    variables: list[str] = []
    for name, part in shape.components:
        variable = source.variable()
        variables.append(variable)
        _read(source, part, variable, f"{title}.{name}", "    ")
    source.add(
        f"    if p != end: raise {source.name('surplus', surplus)}(p, end, {title!r})",
        # Slots are set through their descriptors: a frozen dataclass's own __init__ does the same, only slower.
        f"    o = {source.name('new', object.__new__)}({source.name('cls', cls)})",
    )
    for (name, _), variable in zip(shape.components, variables, strict=True):
        source.add(f"    {source.name('set_' + name, getattr(cls, name).__set__)}(o, {variable})")
    if repeats:
        # Only a whole element is kept, so that what is cut off is never taken for it.
        source.add(f"    if p - b == len(k): {seen}.keep(k, o)")
    source.add("    return o, p")
    function: Reader = source.function(f"read {title}")
    return function
