"""Where user data are kept and looked up, and the door by which others reach them."""

import logging
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sqlite_utils import Database

from ivrsvr.assembly.loopfaults import tell_faults
from ivrsvr.assembly.plugin import open_plugin
from ivrsvr.assembly.protection import Guards, build_guards, build_tls, build_trust, check_ways_out, needed
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.gate import Gate
from ivrsvr.interfaces.http.server import HttpLimits, http_listener
from ivrsvr.interfaces.listeners import ListenError, bind, bound_to
from ivrsvr.interfaces.tls import Renewed
from ivrsvr.interfaces.uuisvr import UserDataDoor
from ivrsvr.service.lookups import Embedded, Lookups
from ivrsvr.store.database import open_database
from ivrsvr.store.parameters import BY_NAME, split_address
from ivrsvr.store.redis import RedisError, is_url, shown
from ivrsvr.store.tables import Configuration
from ivrsvr.store.userdata import Keys, Store, UserDataError, UserDataStore
from ivrsvr.store.userdata_plugin import PluginUserData
from ivrsvr.store.userdata_redis import RedisUserData
from ivrsvr.store.userdata_remote import RemoteUserData

log = logging.getLogger(__name__)

FIRST_WATCH_S = 1.0
WATCH_S = 30.0
"""Between looks whether another server has the same id."""


@dataclass(frozen=True, slots=True)
class UserDataService:
    """The service of one process, alone (`ivrsvr uuisvr`). address: that is really bound."""

    address: tuple[str, int]
    where: str


def ipv4(text: str, name: str) -> str:
    """`HOST:PORT` with an address of IPv4. Raises ConfigurationError."""
    try:
        host, port = split_address(text)
        address = IPv4Address(host)
    except (AddressValueError, ValueError):
        raise ConfigurationError(
            f"{name}: {text} must be an IPv4 address and a port, since every key of user data holds them"
        ) from None
    if address.is_unspecified:
        raise ConfigurationError(f"{name}: {text} must be the one address that other servers reach, not all of them")
    return f"{address}:{port}"


def is_elsewhere(settings: Settings) -> bool:
    """Whether another process keeps the user data of this server."""
    place = settings.secret("ivr_uuisvr")
    return bool(place) and not is_url(place) and ipv4(place, "ivr_uuisvr") != ipv4(settings.uuisvr, "uuisvr")


def bind_userdata(settings: Settings, stack: AsyncExitStack) -> socket.socket | None:
    """The listener of the user-data service; None = it is not open to others, or another process keeps the data.

    Where the default port is taken, most likely by another server on this machine, any free one will do: the keys say
    which it is. A port that somebody has chosen is what other servers were told, so that one must be free.

    Raises ListenError, ConfigurationError.
    """
    if is_elsewhere(settings) or not settings.uuisvr_listen:
        return None
    address = ipv4(settings.uuisvr, "uuisvr")
    try:
        listener = bind(address, "--uuisvr")
    except ListenError as error:
        if address != BY_NAME["uuisvr"].default:
            raise
        listener = bind(f"{split_address(address)[0]}:0", "--uuisvr")
        log.warning(
            "%s; the user-data service of this server is at %s:%d until it stops. Give each server on this machine a "
            "port of its own, or name one service for all with ivr_uuisvr",
            error,
            *bound_to(listener),
        )
    stack.callback(listener.close)
    return listener


async def open_userdata(
    settings: Settings, clock: Clock, database: Database, at: tuple[str, int] | None = None
) -> Lookups:
    """Where a server looks user data up. at: where its own service listens; None = nowhere.

    Raises ConfigurationError, ListenError where the files of TLS cannot be used.
    """
    address = "{}:{}".format(*at) if at is not None else ipv4(settings.uuisvr, "uuisvr")
    trust = build_trust(settings, clock)
    own = await _own(settings, clock, database, address, trust)
    names = {ipv4(one, "ivr_uuisvr_peers") for one in settings.ivr_uuisvr_peers} - {address}
    return Lookups(
        own,
        clock,
        peers={name: remote(settings, name, trust) for name in sorted(names)},
        me=ipv4(settings.secret("ivr_uuisvr"), "ivr_uuisvr") if isinstance(own, RemoteUserData) else address,
        server=settings.ivr_serverid if isinstance(own, Embedded) else 0,
        limit_s=settings.ivr_uuisvr_timeout,
        any_key=isinstance(own, PluginUserData),
        fragile=isinstance(own, RedisUserData | RemoteUserData),
    )


async def _own(settings: Settings, clock: Clock, database: Database, address: str, trust: Renewed | None) -> Store:
    if settings.ivr_custdatadll:
        return await open_plugin(settings, clock)
    place = settings.secret("ivr_uuisvr")
    if is_elsewhere(settings):
        return remote(settings, ipv4(place, "ivr_uuisvr"), trust)
    host, port = split_address(address)
    first = secrets.randbelow(2**32) if clock.mode == "real" else 1
    keys = Keys(clock.wall, address=host, port=port, server=settings.ivr_serverid, first=first)
    if not is_url(place):
        return Embedded(UserDataStore(database, clock.wall, keys=keys, ttl_s=settings.ivr_uuisvr_age))
    try:
        return RedisUserData(place, keys, ttl_s=settings.ivr_uuisvr_age)
    except RedisError as error:
        raise ConfigurationError(f"ivr_uuisvr: {error}") from None


def remote(settings: Settings, address: str, trust: Renewed | None) -> RemoteUserData:
    """The service at an address, to be asked as the settings say."""
    return RemoteUserData(
        address,
        credential=settings.secret("ivr_uuisvr_key"),
        data_most=settings.ivr_custdatamaxsize,
        timeout_s=settings.ivr_uuisvr_timeout,
        tls=trust.context if trust is not None else None,
    )


def kept_where(settings: Settings) -> str:
    """Where the user data are, for people."""
    if settings.ivr_custdatadll:
        return f"plug-in {settings.ivr_custdatadll}"
    place = settings.secret("ivr_uuisvr")
    if is_url(place):
        return shown(place)
    return f"service {place}" if is_elsewhere(settings) else settings.db


@asynccontextmanager
async def userdata_door(
    settings: Settings, clock: Clock, lookups: Lookups, guards: Guards, gate: Gate, listener: socket.socket
) -> AsyncIterator[UserDataDoor]:
    """Serve user data on a listener for the length of the body."""
    host, port = bound_to(listener)
    protected = guards.protection.asks(f"{host}:{port}")
    tls = needed(build_tls(settings, clock)) if settings.uuisvr_tls else None

    def status() -> dict[str, Any]:
        return {"server": settings.ivr_serverid, "address": f"{host}:{port}", "store": kept_where(settings)}

    door = UserDataDoor(
        lookups.own, guards.access, clock, status, data_most=settings.ivr_custdatamaxsize, protected=protected
    )
    limits = HttpLimits(
        head_most=settings.http_maxhead,
        keepalive_s=settings.http_keepalive,
        patience_s=settings.http_bodytimeout,
        connections_most=settings.http_connections,
    )
    async with http_listener(
        listener, door, guard=lambda factory: gate.guard(factory, "*", limited=protected, tls=tls), limits=limits
    ):
        yield door


async def watch_ids(settings: Settings, clock: Clock, lookups: Lookups) -> None:
    """Look now and then whether another server has this server's id, and say so once."""
    wait_s = FIRST_WATCH_S
    while lookups.peers or isinstance(lookups.own, RedisUserData):
        await clock.sleep(wait_s)
        found = await _namesake(settings, lookups)
        if found and found != lookups.namesake:
            log.warning("%s has this server's id %d; give each its own ivr_serverid", found, settings.ivr_serverid)
        lookups.namesake = found
        wait_s = WATCH_S


async def _namesake(settings: Settings, lookups: Lookups) -> str:
    """Who else has this server's id; "" = nobody that can be asked."""
    if isinstance(lookups.own, RedisUserData):
        try:
            found = await lookups.own.namesake(settings.ivr_serverid, f"{socket.gethostname()} {lookups.me}")
        except UserDataError:
            found = ""
        if found:
            return found
    for name, peer in lookups.peers.items():
        try:
            status = await peer.status() if isinstance(peer, RemoteUserData) else {}
        except UserDataError:
            continue
        if status.get("server") == settings.ivr_serverid:
            return name
    return ""


@asynccontextmanager
async def keeping(settings: Settings, clock: Clock) -> AsyncIterator[UserDataService]:
    """The user-data service alone, for the length of the body.

    Raises ListenError, StoreError, ConfigurationError.
    """
    named = settings.secret("ivr_uuisvr")
    if named and not is_url(named):
        # What this very process serves: the parameter of the servers may stand in its database, too.
        settings = replace(settings, uuisvr=named)
    async with AsyncExitStack() as stack:
        tell_faults(stack)
        database = open_database(settings.db)
        stack.callback(database.close)
        guards = build_guards(settings, clock, Configuration(database))
        guards.protection.check(settings.uuisvr, "uuisvr", encrypted=settings.uuisvr_tls)
        check_ways_out(settings)
        listener = bind(ipv4(settings.uuisvr, "uuisvr"), "--uuisvr")
        stack.callback(listener.close)
        host, port = bound_to(listener)
        lookups = await open_userdata(settings, clock, database, (host, port))
        stack.push_async_callback(lookups.close)
        gate = Gate(guards.configuration.blacklist, settings.connections_address)
        await stack.enter_async_context(userdata_door(settings, clock, lookups, guards, gate, listener))
        yield UserDataService((host, port), kept_where(settings))
