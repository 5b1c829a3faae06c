"""Who may connect at all: the same for every listener, before a single octet is read or sent."""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Protocol, cast
from weakref import WeakSet

from ivrsvr.store.tables import Blacklisted, Seat, Table, same_address

Factory = Callable[[], asyncio.Protocol]

ADDRESSES_MOST = 10_000
"""Addresses that are remembered without an open connection."""


class Encryption(Protocol):
    """What the gate needs to know of TLS (`ivrsvr.interfaces.tls.Tls`)."""

    handshake_s: float

    def context(self) -> ssl.SSLContext: ...

    def admits(self, certificate: Mapping[str, Any] | None) -> bool: ...


def is_address(text: str) -> bool:
    """Whether it is an IP address, and no name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def fits(address: str, pattern: str) -> bool:
    """Whether an address is meant by a pattern: an address, a network, or `*`."""
    if pattern == "*":
        return True
    try:
        return ip_address(same_address(address)) in ip_network(pattern)
    except ValueError:
        return False


class Gate:
    """Closes connections from blacklisted addresses at once and without an answer, so that a load balancer's probe
    fails and takes this server out of its pool. Connections that are open live on.

    hits:        refused connections by address, since the start.
    per_address: connections that may be open from one address where that is limited; 0 = any number.
    """

    def __init__(self, blacklist: Table[Blacklisted], per_address: int = 0) -> None:
        self.hits: dict[str, int] = {}
        self._blacklist = blacklist
        self.per_address = per_address
        self._open: dict[str, WeakSet[asyncio.Transport]] = {}
        self._refused: frozenset[str] = frozenset()
        self.read()

    def read(self) -> None:
        """The blacklist was changed."""
        self._refused = frozenset(row.ip for row in self._blacklist)

    def admits(self, address: str) -> bool:
        """Whether an address may connect; counts those that may not."""
        address = same_address(address)
        if address not in self._refused:
            return True
        self.hits[address] = self.hits.get(address, 0) + 1
        return False

    def has_room(self, address: str, transport: asyncio.Transport) -> bool:
        """Whether an address may have one more connection; counts it for as long as it is open."""
        if not self.per_address:
            return True
        mine = self._open.setdefault(address, WeakSet())
        if len(mine) >= self.per_address:
            for one in [one for one in mine if one.is_closing()]:
                mine.discard(one)
        if len(mine) >= self.per_address:
            return False
        mine.add(transport)
        if len(self._open) > ADDRESSES_MOST:
            self._open = {one: set_ for one, set_ in self._open.items() if set_}
        return True

    def guard(
        self, factory: Factory, remote: str = "*", *, limited: bool = False, tls: Encryption | None = None
    ) -> Factory:
        """Protocols of a listener that serve only those who may connect.

        remote:  a pattern of their addresses.
        limited: whether one address may have so many connections only.
        tls:     None = in clear.
        """
        return lambda: _Guard(self, factory, remote, limited, tls)


class Seating:
    """The extension of a client that names none, by its address (`ipextnmap`, free seating)."""

    def __init__(self, seats: Table[Seat]) -> None:
        self._seats = seats
        self._by_address: dict[str, str] = {}
        self.read()

    def read(self) -> None:
        """The map was changed."""
        self._by_address = {row.ip: row.extension for row in self._seats}

    def extension(self, address: str) -> str:
        """The extension at an address; "" = none."""
        return self._by_address.get(same_address(address), "") if self._by_address else ""


class _Guard(asyncio.Protocol):
    """Stands at the door until the peer is known, then leaves the connection to the listener's own protocol."""

    def __init__(self, gate: Gate, factory: Factory, remote: str, limited: bool, tls: Encryption | None) -> None:
        self._gate = gate
        self._factory = factory
        self._remote = remote
        self._limited = limited
        self._tls = tls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._gate.admits(address) or not fits(address, self._remote):
            transport.abort()
            return
        if self._limited and not self._gate.has_room(same_address(address), transport):
            transport.abort()
            return
        if self._tls is None:
            _hand_over(transport, self._factory())
        else:
            _hand_over(transport, self._encrypted(self._tls))

    def _encrypted(self, tls: Encryption) -> asyncio.Protocol:
        """What `loop.create_server(ssl=...)` puts before a protocol; here, after the gate has looked at the peer."""
        found = SSLProtocol(
            asyncio.get_running_loop(),
            _Shown(self._factory, tls),
            tls.context(),
            waiter=None,  # type: ignore[arg-type]  # nobody waits for the handshake
            server_side=True,
            ssl_handshake_timeout=tls.handshake_s,  # type: ignore[arg-type]  # any number will do
        )
        return cast(asyncio.Protocol, found)


class _Shown(asyncio.Protocol):
    """Stands behind the encryption until the peer has shown its certificate."""

    def __init__(self, factory: Factory, tls: Encryption) -> None:
        self._factory = factory
        self._tls = tls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._tls.admits(transport.get_extra_info("peercert")):
            _hand_over(transport, self._factory())
        else:
            transport.abort()


def _hand_over(transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
