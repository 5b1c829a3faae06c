"""Who may connect at all: the same for every listener, before a single octet is read or sent."""

import asyncio
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from ivrsvr.store.tables import Blacklisted, Seat, Table

Factory = Callable[[], asyncio.Protocol]


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


def same_address(text: str) -> str:
    """An address in its usual writing; one of IPv4 in IPv6's clothes as IPv4."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


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

    hits: refused connections by address, since the start.
    """

    def __init__(self, blacklist: Table[Blacklisted]) -> None:
        self.hits: dict[str, int] = {}
        self._blacklist = blacklist
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

    def guard(self, factory: Factory, remote: str = "*") -> Factory:
        """Protocols of a listener that serve only those who may connect. remote: a pattern of their addresses."""
        return lambda: _Guard(self, factory, remote)


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

    def __init__(self, gate: Gate, factory: Factory, remote: str) -> None:
        self._gate = gate
        self._factory = factory
        self._remote = remote

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._gate.admits(address) or not fits(address, self._remote):
            transport.abort()
            return
        protocol = self._factory()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
