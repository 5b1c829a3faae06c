"""Builds the objects and connects them: the one place that knows every package, and which backend runs."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from importlib import import_module
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Protocol, Self

from sqlite_utils import Database

from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.control import entries as simulator_controls
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Doorkeeper
from ivrsvr.interfaces.accounts import Accounts
from ivrsvr.interfaces.administration.changes import CHANGES, monitor_all
from ivrsvr.interfaces.administration.displays import DISPLAYS
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.interfaces.console.shell import Office
from ivrsvr.interfaces.console.telnet import Telnet
from ivrsvr.interfaces.doors import Doors
from ivrsvr.interfaces.gate import Gate, Seating
from ivrsvr.interfaces.http.app import HttpDoor, build_pages
from ivrsvr.interfaces.http.rest import Rest
from ivrsvr.interfaces.listeners import (
    ListenError,
    bind,
    bound_to,
    check_addresses,
    http_listener,
    protocol_listener,
)
from ivrsvr.interfaces.websocket import Hub, Limits
from ivrsvr.registry import Registry
from ivrsvr.service.journal import MemoryJournal
from ivrsvr.service.service import Options, Service
from ivrsvr.service.userdata import Store
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.idempotency import IdempotencyStore
from ivrsvr.store.parameters import BY_NAME, split_address
from ivrsvr.store.settings import Setting, Stored, resolve
from ivrsvr.store.tables import Configuration
from ivrsvr.store.userdata import UserDataStore

log = logging.getLogger(__name__)


class ConfigurationError(Exception):
    """The server cannot run with these settings; the text says why, and what to do."""


def _default(name: str) -> Any:
    parameter = BY_NAME[name]
    return parameter.parse(parameter.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parameters of `ivrsvr.store.parameters` as typed values; see there what they mean.

    given: the texts of those that are options of the command line; they win over what is stored later.
    """

    backend: str = _default("backend")
    http: str = _default("http")
    ws: tuple[str, ...] = _default("ws")
    console: tuple[str, ...] = _default("console")
    db: str = _default("db")
    world: str = _default("world")
    seed: int = _default("seed")
    insecure: bool = _default("insecure")
    log_format: str = _default("log_format")
    log_level: str = _default("log_level")
    ivr_requesttimeout: float = _default("ivr_requesttimeout")
    ivr_uuisvr: str = _default("ivr_uuisvr")
    ivr_custdatamaxsize: int = _default("ivr_custdatamaxsize")
    ivr_custdatadll: str = _default("ivr_custdatadll")
    ivr_custdataconfigstring: str = _default("ivr_custdataconfigstring")
    journal_events: int = _default("journal_events")
    journal_age: float = _default("journal_age")
    http_maxbody: int = _default("http_maxbody")
    http_bodytimeout: float = _default("http_bodytimeout")
    http_keepalive: float = _default("http_keepalive")
    http_connections: int = _default("http_connections")
    ws_maxmessage: int = _default("ws_maxmessage")
    ws_connections: int = _default("ws_connections")
    ws_inflight: int = _default("ws_inflight")
    ws_queuelength: int = _default("ws_queuelength")
    ws_ping: float = _default("ws_ping")
    ws_opentimeout: float = _default("ws_opentimeout")
    ws_sendtimeout: float = _default("ws_sendtimeout")
    ws_closetimeout: float = _default("ws_closetimeout")
    console_connections: int = _default("console_connections")
    console_idle: float = _default("console_idle")
    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Setting]) -> Self:
        """The typed values of parameters in force; TLINKs are no part of them."""
        names = {one.name for one in fields(cls)}
        values: dict[str, Any] = {name: setting.value for name, setting in settings.items() if name in names}
        given = {name: setting.text for name, setting in settings.items() if setting.source == "option"}
        return cls(**values, given=given)


@dataclass(frozen=True, slots=True)
class App:
    """A running server.

    http:       host and port that are really bound.
    websockets: likewise, of the further WebSocket ports.
    consoles:   likewise, of the console ports.
    hub:        the WebSocket connections of all ports.
    site:       what administrators work on.
    simulator:  the simulated site; None on another backend.
    """

    settings: Settings
    http: tuple[str, int]
    websockets: list[tuple[str, int]]
    consoles: list[tuple[str, int]]
    service: Service
    hub: Hub
    site: Site
    simulator: Simulator | None
    clock: Clock


@asynccontextmanager
async def serving(
    settings: Settings, clock: Clock | None = None, simulator: Simulator | None = None
) -> AsyncIterator[App]:
    """A running server for the length of the body.

    clock:     None = real time. A virtual one stands still until somebody advances it.
    simulator: None = a new one of the settings' world. Its clock must be the same.

    Raises ListenError, StoreError, ConfigurationError.
    """
    check_addresses([settings.http, *settings.ws, *settings.console], settings.insecure)
    if clock is None:
        clock = simulator.clock if simulator is not None else Clock(mode="real", seed=settings.seed)
    if simulator is None:
        simulator = Simulator(load_world(settings.world), clock)
    async with AsyncExitStack() as stack:
        database = open_database(settings.db)
        stack.callback(database.close)
        listeners = _bind(settings, stack)
        userdata = _userdata(settings, clock, database)
        stack.callback(userdata.close)
        service = build_service(settings, clock, simulator, database, userdata)
        await _drive(clock, stack)
        await service.start()
        stack.push_async_callback(service.stop)
        site = build_site(settings, clock, database, service)
        await _open_doors(settings, site, listeners, stack)
        where = [bound_to(listener) for listener in listeners]
        first_console = 1 + len(settings.ws)
        site.fixed += zip(
            ["http", *("ivrsvrws",) * len(settings.ws), *("tcpgate",) * len(settings.console)], where, strict=True
        )
        service.spawn(monitor_all(site))
        yield App(
            settings, where[0], where[1:first_console], where[first_console:], service, site.hub, site, simulator, clock
        )
        log.info("stopping")


def build_site(settings: Settings, clock: Clock, database: Database, service: Service) -> Site:
    """What administrators work on, with their commands in the service's registry."""
    configuration = Configuration(database)
    stored = Stored(database)
    gate, seating = Gate(configuration.blacklist), Seating(configuration.seats)
    site = Site(
        service=service,
        clock=clock,
        configuration=configuration,
        stored=stored,
        settings=lambda: resolve(settings.given, os.environ, dict(stored)),
        accounts=Accounts(configuration, clock),
        gate=gate,
        seating=seating,
        doors=Doors(lambda address: check_addresses([address], settings.insecure)),
        hub=Hub(service, _limits(settings), Doorkeeper(settings.ws_connections), seating),
        started=clock.now(),
        tlinks=lambda: _tlinks(service),
    )
    for entry in (*DISPLAYS, *CHANGES):
        service.registry.add(entry.bind(site))
    return site


def _tlinks(service: Service) -> list[dict[str, Any]]:
    """How the links to the switch are, a row each."""
    backend = service.backend
    if not isinstance(backend, TsapiBackend):
        return [{"tlink": "simulated switch in process", "at": "", "state": backend.link.value}]
    return [
        {
            "tlink": target.tlink,
            "at": f"{target.host}:{target.port}",
            "state": (backend.link.value if target == backend.target else "standby"),
        }
        for target in backend.links.targets
    ]


async def _open_doors(settings: Settings, site: Site, listeners: list[socket.socket], stack: AsyncExitStack) -> None:
    """Serve the listeners of the parameters, then those of the database."""
    service, gate, hub = site.service, site.gate, site.hub
    rest = Rest(
        service.registry,
        service.handle,
        body_most=settings.http_maxbody,
        body_s=settings.http_bodytimeout,
        trace=service.trace,
        seating=site.seating,
    )
    door = HttpDoor(rest, build_pages(service))
    telnet = Telnet(
        Office(service, site.accounts, idle_s=settings.console_idle), Doorkeeper(settings.console_connections)
    )

    def http(listener: socket.socket, remote: str) -> AbstractAsyncContextManager[None]:
        return http_listener(
            listener,
            door,
            hub,
            guard=lambda factory: gate.guard(factory, remote),
            keepalive_s=settings.http_keepalive,
            first_request_s=settings.http_bodytimeout,
            connections_most=settings.http_connections,
        )

    def plain(listener: socket.socket, remote: str) -> AbstractAsyncContextManager[None]:
        return protocol_listener(listener, gate.guard(hub.plain, remote))

    def console(listener: socket.socket, remote: str) -> AbstractAsyncContextManager[None]:
        return protocol_listener(listener, gate.guard(telnet.plain, remote))

    site.doors.serve |= {"ivrsvrrest": http, "ivrsvrws": plain, "tcpgate": console}
    serves = [http, *(plain,) * len(settings.ws), *(console,) * len(settings.console)]
    await stack.enter_async_context(serves[0](listeners[0], "*"))
    stack.push_async_callback(hub.close)
    stack.push_async_callback(telnet.close)
    for serve, listener in zip(serves[1:], listeners[1:], strict=True):
        await stack.enter_async_context(serve(listener, "*"))
    stack.push_async_callback(site.doors.close)
    for row in site.configuration.listeners:
        try:
            await site.doors.open(row)
        except ListenError as error:
            # One port that cannot be had must not keep the server from everybody else.
            log.error("%s", error)


def load_world(path: str) -> World:
    """The world of a file; "" = the default world.

    Raises ConfigurationError.
    """
    try:
        return World.load(path) if path else World.default()
    except WorldError as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"the world file {path} cannot be read: {error.strerror}") from None


class ClosingStore(Store, Protocol):
    """User data that want to be closed."""

    def close(self) -> None: ...


def build_service(
    settings: Settings, clock: Clock, simulator: Simulator, database: Database, userdata: Store
) -> Service:
    """The service on the simulator, with the simulator's controls in its registry."""
    service = Service(
        SimulatorBackend(simulator),
        clock,
        options=Options(
            requesttimeout_s=settings.ivr_requesttimeout,
            custdatamaxsize=settings.ivr_custdatamaxsize,
            queue_most=settings.ws_queuelength,
        ),
        userdata=userdata,
        keys=IdempotencyStore(database, clock.now),
        journal=MemoryJournal(clock, most=settings.journal_events, age_s=settings.journal_age),
    )
    for entry in simulator_controls(simulator):
        service.registry.add(entry)
    return service


def all_requests() -> Registry:
    """Every request of a server on the simulator; only to be read."""
    clock = Clock(0.0)
    database = open_database(MEMORY)
    try:
        simulator = Simulator(World.default(), clock)
        userdata = UserDataStore(database, clock.now)
        return build_service(Settings(), clock, simulator, database, userdata).registry
    finally:
        database.close()


def _userdata(settings: Settings, clock: Clock, database: Database) -> ClosingStore:
    if settings.ivr_custdatadll:
        return _custom_store(settings.ivr_custdatadll, settings.ivr_custdataconfigstring)
    host, port = split_address(settings.ivr_uuisvr)
    try:
        IPv4Address(host)
    except AddressValueError:
        raise ConfigurationError(
            f"ivr_uuisvr: {host} must be an IPv4 address, since every key of user data holds it in four octets"
        ) from None
    return UserDataStore(database, clock.now, address=host, port=port)


def _custom_store(name: str, configstring: str) -> ClosingStore:
    """A site's own class, opened with its configuration."""
    module, colon, attribute = name.partition(":")
    try:
        if not colon:
            raise ImportError("it must be package.module:Class")
        kind = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"ivr_custdatadll: {name} cannot be loaded: {error}") from None
    store = kind()
    missing = [
        method for method in ("open", "get", "set", "update", "close") if not callable(getattr(store, method, 0))
    ]
    if missing:
        raise ConfigurationError(f"ivr_custdatadll: {name} has no method {', '.join(missing)}")
    store.open(configstring)
    found: ClosingStore = store
    return found


def _bind(settings: Settings, stack: AsyncExitStack) -> list[socket.socket]:
    """The HTTP listener, those for WebSocket, then those of the console. All are bound before anything starts."""
    listeners: list[socket.socket] = []
    wanted = [
        (settings.http, "--http"),
        *((one, "--ws") for one in settings.ws),
        *((one, "--console") for one in settings.console),
    ]
    for address, option in wanted:
        listener = bind(address, option)
        stack.callback(listener.close)
        listeners.append(listener)
    return listeners


async def _drive(clock: Clock, stack: AsyncExitStack) -> None:
    """Let the clock run for as long as the server does."""
    driver = asyncio.create_task(_run(clock), name="clock")

    async def end() -> None:
        driver.cancel()
        await asyncio.wait([driver])

    stack.push_async_callback(end)


async def _run(clock: Clock) -> None:
    while True:
        try:
            await clock.run()
        except Exception:
            # One timer that fails must not stop time for everybody else; it has run, and is gone.
            log.exception("a timer failed")


def _limits(settings: Settings) -> Limits:
    return Limits(
        message_most=settings.ws_maxmessage,
        inflight_most=settings.ws_inflight,
        open_s=settings.ws_opentimeout,
        send_s=settings.ws_sendtimeout,
        close_s=settings.ws_closetimeout,
        ping_s=settings.ws_ping,
    )
