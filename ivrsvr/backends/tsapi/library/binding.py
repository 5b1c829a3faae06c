"""The calls themselves: the library loaded, its functions declared, its answers as values. Source: the ABI, 2 to 7."""

import ctypes
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivrsvr.backends.tsapi.library.functions import FUNCTIONS
from ivrsvr.backends.tsapi.library.layout import Choice, Flag, Mask, Model, Number, Part, layout_of, size_and_align
from ivrsvr.backends.tsapi.library.memory import Memory, read, text, write
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.backends.tsapi.wire import codec
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.backends.tsapi.wire.private import G3_VENDORS, PrivateBlock, decode_block, encode_block, encode_offer
from ivrsvr.csta.pdu import EventClass, Family

MODEL = Model(ctypes.sizeof(ctypes.c_long), ctypes.sizeof(ctypes.c_void_p))

EVENT_MOST = 0xFFFF
"""The largest event buffer there can be. A smaller one loses events in one real client (ABI section 4)."""

PRIVATE_MOST = 1024
_PRIVATE_HEAD = 34

BAD_PARAMETER, NO_SERVER, BUFFER_SMALL, NO_MESSAGE, UNKNOWN, BAD_HANDLE, STREAM_FAILED = -2, -5, -7, -8, -9, -10, -11

CODES: dict[int, str] = {
    -1: "ACSERR_APIVERDENIED: the library does not know the API version",
    BAD_PARAMETER: "ACSERR_BADPARAMETER: a value is wrong",
    -3: "ACSERR_DUPSTREAM: the stream exists already",
    -4: "ACSERR_NODRIVER: no connection driver was found",
    NO_SERVER: "ACSERR_NOSERVER: the library finds no such TLINK; check its name, and the hosts in the library's own "
    "server list (TSLIBRC, ~/.tslibrc, /usr/lib/tslibrc or TSLIB.INI)",
    -6: "ACSERR_NORESOURCE: the library is out of a resource",
    BUFFER_SMALL: "ACSERR_UBUFSMALL: a buffer is too small",
    NO_MESSAGE: "ACSERR_NOMESSAGE: nothing has come",
    UNKNOWN: "ACSERR_UNKNOWN: the library does not say why",
    BAD_HANDLE: "ACSERR_BADHDL: there is no such stream",
    STREAM_FAILED: "ACSERR_STREAM_FAILED: the stream is broken",
    -12: "ACSERR_NOBUFFERS: the library is out of buffers",
    -13: "ACSERR_QUEUE_FULL: too much waits to be sent",
    -14: "ACSERR_SSL_INIT_FAILED: TLS cannot be set up",
    -15: "ACSERR_SSL_CONNECT_FAILED: TLS with the AES failed; check the library's certificates",
    -16: "ACSERR_SSL_FQDN_MISMATCH: the AES's certificate is made out for another host",
}
"""What negative return codes mean."""

APP_GEN_ID = 0
CSTA_STREAM = 1
LEVEL_1 = 1
API = "TS2"

REQUIRED = (
    "acsOpenStream",
    "acsCloseStream",
    "acsAbortStream",
    "acsGetEventBlock",
    "acsGetEventPoll",
    *sorted({function.name for function in FUNCTIONS.values()}),
)


class LibraryError(Exception):
    """The library can't be used at all; the text says why, and what to do."""


class Refused(Exception):  # noqa: N818 - the library's no, not an error of ours
    """A call was refused at once; nothing was sent. code: the return code."""

    def __init__(self, code: int) -> None:
        super().__init__(CODES.get(code, f"the library returned {code}"))
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """What the library delivers. pdu: None = `problem` says why it can't be read. block: its private data."""

    event_class: int
    number: int
    invokeID: int
    crossRef: int
    pdu: Any
    block: PrivateBlock | None
    problem: str = ""


class Library:
    """A loaded client library."""

    def __init__(self, path: Path | str) -> None:
        """Raises LibraryError."""
        self.path = str(path)
        try:
            loaded: Any = (ctypes.WinDLL if os.name == "nt" else ctypes.CDLL)(str(path))  # type: ignore[attr-defined,unused-ignore]
        except OSError as error:
            bits = 8 * MODEL.pointer
            raise LibraryError(
                f"{path} cannot be loaded: {error}; it must be the client library for {bits}-bit programs, with all "
                "that it needs itself"
            ) from None
        missing = [name for name in REQUIRED if not hasattr(loaded, name)]
        if missing:
            raise LibraryError(f"{path} is no TSAPI client library: it has no {', '.join(missing[:3])}")
        self._result = ctypes.c_int if os.name == "nt" else ctypes.c_long
        self._functions = {name: self._declared(loaded, name) for name in REQUIRED}
        self._file = self._declared(loaded, "acsGetFile") if hasattr(loaded, "acsGetFile") else None

    def _declared(self, loaded: Any, name: str) -> Callable[..., int]:
        function: Any = getattr(loaded, name)
        function.restype = self._result
        found: Callable[..., int] = function
        return found

    # ---- a stream's life

    def open(self, login: Login, invoke: int) -> int:
        """Begin to open a stream, and give its handle. Blocks for the connection. Raises Refused, EncodeError."""
        handle = ctypes.c_ulong(0)
        block = None
        if login.versions is not None:
            block = encode_offer(G3_VENDORS, login.versions)
        texts = [
            text(value, size, name)
            for name, value, size in (
                ("serverID", login.tlink, 49),
                ("loginID", login.login, 49),
                ("passwd", login.password, 49),
                ("applicationName", login.application, 21),
                ("apiVer", API, 21),
            )
        ]
        server, user, password, application, api = (ctypes.create_string_buffer(one, len(one)) for one in texts)
        zero = ctypes.c_ushort(0)
        code = self._functions["acsOpenStream"](
            ctypes.byref(handle),
            ctypes.c_int(APP_GEN_ID),
            ctypes.c_ulong(invoke),
            ctypes.c_int(CSTA_STREAM),
            server,
            user,
            password,
            application,
            ctypes.c_int(LEVEL_1),
            api,
            zero,
            zero,
            zero,
            zero,
            _private(block),
        )
        _check(code)
        return handle.value

    def close(self, handle: int, invoke: int) -> None:
        """Begin to close; events may be still fetched. Raises Refused."""
        _check(self._functions["acsCloseStream"](ctypes.c_ulong(handle), ctypes.c_ulong(invoke), None))

    def abort(self, handle: int) -> None:
        """End at once; one that is dead already stays so."""
        self._functions["acsAbortStream"](ctypes.c_ulong(handle), None)

    def descriptor(self, handle: int) -> int | None:
        """The socket of a stream, to be told when something has come; None where the library has none to give."""
        number = self._file(ctypes.c_ulong(handle)) if self._file is not None else -1
        return number if number >= 0 else None

    # ---- requests

    def ask(self, handle: int, invoke: int, pdu: Any, block: PrivateBlock | None) -> None:
        """Send a request. Raises Refused, EncodeError for what does not fit or has no function."""
        function = FUNCTIONS.get(type(pdu))
        if function is None:
            raise EncodeError("the library has no function for it", type(pdu).__name__)
        kept: list[Any] = []

        def keep(octets: bytes) -> int:
            kept.append(ctypes.create_string_buffer(octets, len(octets)))
            return ctypes.addressof(kept[-1])

        arguments = [ctypes.c_ulong(handle)]
        arguments += [ctypes.c_ulong(invoke)] if function.invoke else []
        arguments += [_argument(part, value, keep, name) for name, part, value in _members(pdu, function.flat)]
        arguments += [_private(block)] if function.private else []
        _check(self._functions[function.name](*arguments))

    # ---- events

    def poll(self, handle: int) -> Event | None:
        """The next event, if there is one. Raises Refused when the stream is gone."""
        return self._fetch("acsGetEventPoll", handle)

    def wait(self, handle: int) -> Event | None:
        """The next event, whenever it comes; blocks. Raises Refused when the stream is gone."""
        return self._fetch("acsGetEventBlock", handle)

    def _fetch(self, name: str, handle: int, room: int = PRIVATE_MOST) -> Event | None:
        buffer = ctypes.create_string_buffer(EVENT_MOST)
        size = ctypes.c_ushort(EVENT_MOST)
        private = ctypes.create_string_buffer(_PRIVATE_HEAD + room)
        ctypes.c_ushort.from_buffer(private, 32).value = room
        code = self._functions[name](ctypes.c_ulong(handle), buffer, ctypes.byref(size), private, None)
        if code == NO_MESSAGE:
            return None
        length = ctypes.c_ushort.from_buffer(private, 32).value
        if code == BUFFER_SMALL and length > room:
            return self._fetch(name, handle, length)  # the event is still there, and that is what its data need
        _check(code)
        length = min(length, room)
        block = decode_block(private.raw[: _PRIVATE_HEAD + length]) if length else None
        return event_of(Memory(buffer.raw, ctypes.addressof(buffer)), block)


def event_of(memory: Memory, block: PrivateBlock | None, model: Model = MODEL) -> Event:
    """The event of a buffer. Raises DecodeError when there is not even a head."""
    event_class = memory.number(model.long, 2)
    number = memory.number(model.long + 2, 2)
    at = 2 * model.long if model.long > 4 else 8
    invoke = cross = 0
    if event_class in (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION, EventClass.CSTAREQUEST):
        invoke = memory.number(at, model.long)
        at += model.long
    elif event_class == EventClass.CSTAUNSOLICITED:
        cross = memory.number(at, model.long, signed=True)
        at += model.long
    acs = event_class in (EventClass.ACSUNSOLICITED, EventClass.ACSCONFIRMATION)
    try:
        cls = codec.type_of(Family.ACS if acs else Family.CSTA, number)
        pdu = read(layout_of(cls, model), memory, at)
    except (DecodeError, TypeError) as error:
        return Event(event_class, number, invoke, cross, None, block, str(error))
    return Event(event_class, number, invoke, cross, pdu, block)


def _members(pdu: Any, flat: str) -> Iterator[tuple[str, Part, Any]]:
    cls: type = type(pdu)
    for name, _, part in layout_of(cls, MODEL).members:
        if name == flat:
            yield from _members(getattr(pdu, name), "")
        else:
            yield name, part, getattr(pdu, name)


def _argument(part: Part, value: Any, keep: Callable[[bytes], int], name: str) -> Any:
    """A parameter: numbers by value, everything else by pointer."""
    octets = write(part, value, keep, name)
    if isinstance(part, Number | Choice | Flag | Mask):
        kind = _BY_VALUE[size_and_align(part)[0]]
        return kind.from_buffer_copy(octets)
    return ctypes.c_void_p(keep(octets))


_BY_VALUE: dict[int, Any] = {1: ctypes.c_ubyte, 2: ctypes.c_short, 4: ctypes.c_int, 8: ctypes.c_longlong}


def _private(block: PrivateBlock | None) -> Any:
    if block is None:
        return None
    octets = encode_block(block)
    return ctypes.create_string_buffer(octets, max(len(octets), _PRIVATE_HEAD + PRIVATE_MOST))


def _check(code: int) -> None:
    if code < 0:
        raise Refused(code)
