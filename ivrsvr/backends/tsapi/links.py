"""Which TLINK is tried when: the order of the list, the way to each, back-off with jitter."""

import logging
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ivrsvr.backends.tsapi.client import Client, Listener, StreamLost, ask_names, connect
from ivrsvr.backends.tsapi.stream.channel import Trace
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.names import parse_tlink
from ivrsvr.clock import Clock

log = logging.getLogger(__name__)

NAME_PORT = 450
"""The name service's port, unless told otherwise."""

BACK_OFF_FIRST_S = 1.0
BACK_OFF_MOST_S = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A TLINK and the name service that knows its port."""

    tlink: str
    host: str
    port: int = NAME_PORT

    @property
    def secure(self) -> bool:
        """Whether it is reached by TLS."""
        return parse_tlink(self.tlink).secure

    def __str__(self) -> str:
        return f"{self.tlink} at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How encrypted TLINKs are trusted.

    authorities: a file of certificates to trust; None = those of the system.
    verify:      check the AES's certificate and name; to turn it off is to trust whoever answers.
    """

    authorities: Path | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Raises OSError and ssl.SSLError for a file that can't be used."""
        context = ssl.create_default_context(cafile=str(self.authorities) if self.authorities else None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


_TARGET = re.compile(r"(?P<tlink>[^@]+?)\s*(?:@\s*(?P<host>\[[^\]]+\]|[^:@\s]+)(?::(?P<port>\d{1,5}))?)?\s*")


def parse_target(text: str, *, host: str = "", port: int = NAME_PORT) -> Target:
    """A TLINK such as ``AVAYA#CM1#CSTA#AES1``, ``AVAYA#CM1#CSTA#AES1@10.0.0.5`` or ``…@aes.example:4450``.

    host, port: of the name service, where the text gives none; without a host it is the name's last part, as the
    AES's own name usually is.

    Raises ValueError with what is wrong.
    """
    found = _TARGET.fullmatch(text)
    try:
        tlink = parse_tlink(found["tlink"] if found is not None else text)
    except DecodeError as error:
        raise ValueError(error.what) from None
    if found is None:
        raise ValueError(f"{text!r} is not TLINK@HOST:PORT")
    given = int(found["port"] or port)
    if not 0 < given <= 0xFFFF:
        raise ValueError(f"{given} is no port")
    return Target(str(tlink), (found["host"] or host or tlink.server).strip("[]"), given)


def back_off(clock: Clock) -> Iterator[float]:
    """Seconds to wait after each round of attempts that all failed: doubled each time, capped, half of it by chance.

    Chance spreads the clients of an AES that comes back: they don't come all at once.
    """
    whole = BACK_OFF_FIRST_S
    while True:
        yield whole * (0.5 + clock.noise.random() / 2)
        whole = min(whole * 2, BACK_OFF_MOST_S)


class Links:
    """The TLINKs in their order, and the way to open a stream on one of them.

    login: what the streams of a target are opened with; its tlink is replaced by the name that the AES advertises.
    """

    def __init__(
        self, targets: Sequence[Target], login: Callable[[Target], Login], clock: Clock, *, tls: Tls | None = None
    ) -> None:
        if not targets:
            raise ValueError("there is no TLINK; set ivr_tlink_01")
        self.targets = tuple(targets)
        self.trace: Trace | None = None
        self._login = login
        self._clock = clock
        self._tls = tls or Tls()

    async def open(self, target: Target, listener: Listener) -> Client:
        """Ask the target's name service for the port, and open a stream there. Raises StreamLost."""
        advertised = await ask_names(target.host, target.port, self._clock, trace=self.trace)
        wanted = target.tlink.upper()
        link = next((one for one in advertised if one.name.upper() == wanted), None)
        if link is None:
            known = ", ".join(one.name for one in advertised) or "none"
            raise StreamLost(f"{target.host} does not advertise {target.tlink}; it advertises {known}")
        try:
            context = self._tls.context() if target.secure else None
        except (OSError, ssl.SSLError) as error:
            raise StreamLost(f"the file of trusted certificates can't be used: {error}") from error

        def note(what: str) -> None:
            log.info("%s: ignored: %s", target, what)

        # The advertised address is what the AES thinks of itself; the host that answered is the one that is reached.
        return await connect(
            target.host,
            link.port,
            replace(self._login(target), tlink=link.name),
            self._clock,
            listener,
            note=note,
            tls=context,
            trace=self.trace,
        )
