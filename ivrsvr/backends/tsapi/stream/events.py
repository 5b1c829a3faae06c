"""What the ends of a stream tell their rims."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from ivrsvr.backends.tsapi.stream.credentials import Credentials
from ivrsvr.csta.enums import StreamType
from ivrsvr.csta.errors import AcsFailure, CstaFailure


@dataclass(frozen=True, slots=True)
class Ended:
    """The conversation is over; nothing more comes, and nothing more may be sent than what is queued.

    reset: end the connection with a reset: a native client spins on an ordinary close (wire.md section 8).
    failure: what the other end gave as its reason, None = no reason.
    silent: nothing came from the other end any more.
    """

    reason: str
    reset: bool = False
    silent: bool = False
    failure: AcsFailure | None = None


# ---- the client end's


@dataclass(frozen=True, slots=True)
class Opened:
    """The stream is open.

    version: the private-data version granted; None = the stream has no private data.
    versions: the server end's version strings: API, library, server, driver.
    """

    version: int | None
    versions: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The outcome of a request."""

    invokeID: int
    pdu: Any
    private: Any | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A request was refused, broken or not answered in time."""

    invokeID: int
    failure: CstaFailure | AcsFailure


@dataclass(frozen=True, slots=True)
class Reported:
    """An event of a monitor (crossRef) or of the stream (crossRef 0), or a question of the routing dialogue."""

    crossRef: int
    pdu: Any
    private: Any | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something was received that means nothing; it did no harm."""

    what: str


ClientEvent: TypeAlias = Opened | Confirmed | Failed | Reported | Ignored | Ended


# ---- the server end's


@dataclass(frozen=True, slots=True)
class NamesAsked:
    """A client asks the name service; answer with `ServerEnd.name`."""

    invokeID: int


@dataclass(frozen=True, slots=True)
class OpenAsked:
    """A client asks for a stream; answer with `ServerEnd.accept` or `ServerEnd.refuse`.

    offer: the private-data versions that it would take, such as ``ECS#2-7``; "" = it wants none.
    api:   the API version that both ends know.
    """

    invokeID: int
    serverID: str  # noqa: N815
    credentials: Credentials
    applicationName: str  # noqa: N815
    stream_type: StreamType
    offer: str
    libVer: str = ""  # noqa: N815
    api: int = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A CSTA request, or a wish for heartbeats; answer with `ServerEnd.send`, whenever it is done."""

    invokeID: int
    pdu: Any
    private: Any | None = None


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """A client closes in order: forget its monitors, then `ServerEnd.confirm_close`."""

    invokeID: int


ServerEvent: TypeAlias = NamesAsked | OpenAsked | Asked | CloseAsked | Ignored | Ended
