"""The simulated AES's listeners: the name service, the TLINKs in clear and the encrypted ones. Source: wire.md."""

import asyncio
import importlib
import logging
import ssl
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ivrsvr.backends.simulator.server.certificate import ensure_certificate, server_context
from ivrsvr.backends.simulator.server.session import AesMessage, AesStream, Session, Tracer
from ivrsvr.backends.tsapi.stream.credentials import KEY_SIZE, ChallengeForm
from ivrsvr.backends.tsapi.stream.events import OpenAsked
from ivrsvr.backends.tsapi.stream.server_end import Ways
from ivrsvr.backends.tsapi.wire.codec import compile_all
from ivrsvr.backends.tsapi.wire.names import IPAddress, encode_address, is_encrypted
from ivrsvr.clock import Clock
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 4096
"""Connections at a time, where the system allows so many. One more costs the oldest one without a stream its place."""

HANDSHAKE_S = 10.0
"""Time for the handshake of TLS, in real time."""

_RESERVED_FILES = 256
"""Open files that are left to the rest of the process."""

_NO_PASSWORD = "\0"
"""What nobody's password is: a client whose password can't be recovered and is not the right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the AES listens; 0 = any free port.

    csta:   the TLINKs in clear; None = they share the name service's port.
    csta_s: the encrypted TLINKs; None = they are neither served nor advertised.
    """

    host: str = "127.0.0.1"
    names: int = 4450
    csta: int | None = 1050
    csta_s: int | None = 1066


class AesLike(Protocol):
    """The part of the simulated AES that is needed here."""

    def tlinks(self) -> list[str]: ...
    def open(
        self,
        *,
        serverID: str,  # noqa: N803 - TSAPI's names
        loginID: str,  # noqa: N803
        passwd: str,
        applicationName: str = "",  # noqa: N803
        privateData: str = "",  # noqa: N803
        api: int = 2,
        send: Callable[[Any], None],
    ) -> AesStream: ...


class SimulatorLike(Protocol):
    """The part of `Simulator` that is needed here; looked at anew whenever it is needed, since a reset replaces it."""

    @property
    def clock(self) -> Clock: ...
    @property
    def world(self) -> Any: ...
    @property
    def aes(self) -> AesLike: ...


class AesServer:
    """The simulated AES on TCP.

    further:     more switches behind the same AES, each a simulator on the same clock with TLINKs of its own.
    connections: at a time, at most; None = as many as the system lets it have.
    directory:   where the certificate is kept or made; None = made anew for this server.
    form:        the answer to key requests.
    old_clients: take TLS 1.0 too.
    tracer:      asked for a trace at each connection.
    """

    def __init__(
        self,
        simulator: SimulatorLike,
        ports: Ports | None = None,
        *,
        further: Sequence[SimulatorLike] = (),
        connections: int | None = None,
        directory: Path | None = None,
        form: ChallengeForm = ChallengeForm.AUTH_REPLY_TWO,
        old_clients: bool = False,
        tracer: Tracer | None = None,
    ) -> None:
        self.simulator = simulator
        self.clock = simulator.clock
        self.host = (ports or Ports()).host
        self.sessions: dict[Session, None] = {}
        self.form = form
        self._further = tuple(further)
        self._most = most_connections() if connections is None else connections
        self._ports = ports or Ports()
        self._directory = directory
        self._old_clients = old_clients
        self._tracer = tracer
        self._servers: list[asyncio.Server] = []
        self.name_port = 0
        self.csta_port = 0
        self.csta_s_port = 0
        self.certificate: Path | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    # ---- life

    async def start(self) -> None:
        """Listen.

        Raises OSError when a port can't be had, and nothing listens then; ValueError when two switches have a TLINK of
        the same name.
        """
        self._check_names()
        compile_all()
        ports = self._ports
        try:
            self.name_port = self.csta_port = await self._listen(ports.names)
            if ports.csta is not None:
                self.csta_port = await self._listen(ports.csta)
            if ports.csta_s is not None and self._has_encrypted():
                self.csta_s_port = await self._listen(ports.csta_s, self._context())
        except OSError:
            await self.stop()
            raise
        log.info(
            "simulated AES: name service on %s:%d, TLINKs on %d, encrypted ones on %s",
            ports.host,
            self.name_port,
            self.csta_port,
            self.csta_s_port or "no port",
        )

    async def stop(self) -> None:
        """End every session, each with a universal failure and a reset, and listen no more."""
        for server in self._servers:
            server.close()
        for session in list(self.sessions):
            session.finish(ACSUniversalFailure.TSERVER_STREAM_FAILED, "the AES stops")
            session.cut()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    async def _listen(self, port: int, context: ssl.SSLContext | None = None) -> int:
        loop = asyncio.get_running_loop()

        def session() -> Session:
            return Session(self, secure=context is not None, tracer=self._tracer)

        handshake_s = HANDSHAKE_S if context is not None else None
        server = await loop.create_server(
            session, self._ports.host, port, ssl=context, backlog=512, ssl_handshake_timeout=handshake_s
        )
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    def _context(self) -> ssl.SSLContext:
        directory = self._directory
        if directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="ivrsvr-aes-")
            directory = Path(self._temporary.name)
        self.certificate, key = ensure_certificate(directory)
        return server_context(self.certificate, key, old_clients=self._old_clients)

    def _simulators(self) -> tuple[SimulatorLike, ...]:
        return self.simulator, *self._further

    def _check_names(self) -> None:
        names = [name.upper() for one in self._simulators() for name in one.world.aes.tlinks]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ValueError(f"two switches have the TLINK {twice}; give each world TLINKs of its own")

    def _has_encrypted(self) -> bool:
        return any(is_encrypted(name) for one in self._simulators() for name in one.world.aes.tlinks)

    # ---- the sessions' door

    def ways(self) -> Ways:
        """A fresh challenge for each connection, from the clock's randomness."""
        luck = self.clock.noise
        return Ways(
            key=luck.randbytes(KEY_SIZE),
            object_id=luck.randrange(1, 0x7FFF_FFFF),
            form=self.form,
            nonce=luck.randbytes(16).hex(),
        )

    def names(self, host: IPAddress) -> Iterable[tuple[str, bytes]]:
        """Every TLINK with the port of its kind."""
        for simulator in self._simulators():
            for name in simulator.aes.tlinks():
                port = self.csta_s_port if is_encrypted(name) else self.csta_port
                if port:
                    yield name, encode_address(host, port)

    def open(self, asked: OpenAsked, *, secure: bool, send: Callable[[AesMessage], None]) -> AesStream:
        """Open a stream of the AES for a client, to the switch of its TLINK. Raises AcsFailure."""
        simulator = self._behind(asked.serverID)
        if is_encrypted(asked.serverID) != secure:
            kind = "not encrypted" if secure else "encrypted"
            text = f"{asked.serverID} is {kind}, its connection is{'' if secure else ' not'}"
            raise AcsFailure(ACSUniversalFailure.TSERVER_BAD_SERVERID, text)
        return simulator.aes.open(
            serverID=asked.serverID,
            loginID=asked.credentials.loginID,
            passwd=_password(asked, simulator),
            applicationName=asked.applicationName,
            privateData=asked.offer,
            api=asked.api,
            send=send,
        )

    def _behind(self, name: str) -> SimulatorLike:
        """The switch behind a TLINK; for an unknown one, the first switch refuses it."""
        wanted = name.upper()
        for simulator in self._simulators():
            if any(known.upper() == wanted for known in simulator.world.aes.tlinks):
                return simulator
        return self.simulator

    def joined(self, session: Session) -> bool:
        """Count a connection. Where there are too many, the oldest one without a stream is reset to make room."""
        if len(self.sessions) >= self._most:
            idle = next((one for one in self.sessions if one.stream is None), None)
            log.warning("%d connections; one from %s is reset", len(self.sessions), (idle or session).peer)
            if idle is None:
                return False
            idle.cut()
            # Its end is told later; its place is free now.
            self.left(idle)
        self.sessions[session] = None
        return True

    def left(self, session: Session) -> None:
        """Forget a connection."""
        self.sessions.pop(session, None)


def _password(asked: OpenAsked, simulator: SimulatorLike) -> str:
    """The password that was proved; a one-way proof is compared with the user's own."""
    user = simulator.world.aes.users.get(asked.credentials.loginID)
    if user is not None and asked.credentials.matches(user.password):
        password: str = user.password
        return password
    return asked.credentials.password or _NO_PASSWORD


def most_connections() -> int:
    """`MAX_CONNECTIONS`, or fewer where the process may not have so many files open."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if soft < 0 else max(1, min(MAX_CONNECTIONS, soft - _RESERVED_FILES))
