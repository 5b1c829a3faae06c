"""What people and programs come in by: listeners, the console, and what administrators work on."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlite_utils import Database

from ivrsvr.assembly.protection import Guards, build_tls, needed
from ivrsvr.assembly.reload import Live
from ivrsvr.assembly.settings import Settings
from ivrsvr.assembly.switch import tlinks
from ivrsvr.assembly.webhooks import build_webhooks
from ivrsvr.clock import Clock
from ivrsvr.interfaces.administration.changes import CHANGES
from ivrsvr.interfaces.administration.displays import DISPLAYS
from ivrsvr.interfaces.administration.keys import KEYS
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.interfaces.administration.upkeep import UPKEEP
from ivrsvr.interfaces.administration.webhooks import WEBHOOKS
from ivrsvr.interfaces.audit import Audit, Mode
from ivrsvr.interfaces.console.reception import Reception
from ivrsvr.interfaces.console.shell import Office
from ivrsvr.interfaces.console.telnet import Telnet
from ivrsvr.interfaces.doors import Doors
from ivrsvr.interfaces.gate import Factory, Gate, Seating
from ivrsvr.interfaces.http.app import HttpDoor, build_pages
from ivrsvr.interfaces.http.metrics import Metrics
from ivrsvr.interfaces.http.rest import Rest
from ivrsvr.interfaces.http.server import HttpLimits, http_listener
from ivrsvr.interfaces.http.sse import EventStreams
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.interfaces.listeners import ListenError, bind, bound_to, protocol_listener
from ivrsvr.interfaces.websocket import Hub, Limits
from ivrsvr.service.service import Service
from ivrsvr.store.database import MEMORY
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import Stored, resolve

if TYPE_CHECKING:
    from ivrsvr.interfaces.console.ssh import Ssh

log = logging.getLogger(__name__)


def bind_all(settings: Settings, stack: AsyncExitStack) -> list[socket.socket]:
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


def build_site(settings: Settings, clock: Clock, database: Database, service: Service, guards: Guards) -> Site:
    """What administrators work on, with their commands in the service's registry."""
    configuration = guards.configuration
    kept = settings.db != MEMORY
    stored = Stored(database, Secrets.of(settings.db, settings.keyfile) if kept else None)
    gate, seating = Gate(configuration.blacklist, settings.connections_address), Seating(configuration.seats)
    audit = Audit(service.registry, service.handle, cast(Mode, settings.audit), clock)
    site = Site(
        service=service,
        clock=clock,
        configuration=configuration,
        stored=stored,
        settings=lambda: resolve(settings.given, os.environ, dict(stored)),
        accounts=guards.accounts,
        keys=guards.keys,
        access=guards.access,
        protection=guards.protection,
        gate=gate,
        seating=seating,
        doors=Doors(guards.protection.check),
        audit=audit,
        hub=Hub(
            service,
            audit.handle,
            _limits(settings),
            Doorkeeper(settings.ws_connections),
            seating,
            guards.access,
            frozenset(settings.http_origins),
        ),
        started=clock.now(),
        tlinks=lambda: tlinks(service.backend),
        webhooks=build_webhooks(settings, clock, database, service),
    )
    for entry in (*DISPLAYS, *CHANGES, *KEYS, *WEBHOOKS, *UPKEEP):
        service.registry.add(entry.bind(site))
    return site


def tls_of_listeners(settings: Settings) -> list[bool]:
    """Whether each listener of the parameters is encrypted, in the order of `bind_all`."""
    ws, console = len(settings.ws), len(settings.console)
    return [settings.http_tls, *(settings.ws_tls,) * ws, *(settings.console_tls,) * console]


async def open_doors(settings: Settings, site: Site, listeners: list[socket.socket], stack: AsyncExitStack) -> Live:
    """Serve the listeners of the parameters, then those of the database. Raises ListenError."""
    service, gate, hub = site.service, site.gate, site.hub
    rest = Rest(
        service.registry,
        site.audit.handle,
        body_most=settings.http_maxbody,
        body_s=settings.http_bodytimeout,
        trace=service.trace,
        seating=site.seating,
    )
    pages = build_pages(service.registry, lambda: service.unready, Metrics(site).text)
    streams, consoles = Doorkeeper(settings.sse_connections), Reception(Doorkeeper(settings.console_connections))
    events = EventStreams(
        service,
        site.audit.handle,
        site.clock,
        heartbeat_s=settings.sse_heartbeat,
        send_s=settings.ws_sendtimeout,
        keeper=streams,
        seating=site.seating,
        current=site.access.current,
    )
    origins = frozenset(settings.http_origins)
    tls = build_tls(settings, site.clock)
    if any(tls_of_listeners(settings)):
        needed(tls)
    office = Office(service, site.accounts, site.audit, idle_s=settings.console_idle, sittings=site.sittings)
    telnet = Telnet(office, consoles)

    def asks(listener: socket.socket) -> bool:
        host, port = bound_to(listener)
        return site.protection.asks(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    def guarded(factory: Factory, remote: str, *, limited: bool, encrypted: bool) -> Factory:
        return gate.guard(factory, remote, limited=limited, tls=needed(tls) if encrypted else None)

    def http(listener: socket.socket, remote: str, encrypted: bool) -> AbstractAsyncContextManager[None]:
        protected = asks(listener)
        return http_listener(
            listener,
            HttpDoor(
                rest,
                pages,
                site.access,
                events=events,
                protected=protected,
                origins=origins,
                frames=settings.http_frames,
            ),
            upgrade=hub.upgrade(protected),
            guard=lambda factory: guarded(factory, remote, limited=protected, encrypted=encrypted),
            limits=HttpLimits(
                head_most=settings.http_maxhead,
                keepalive_s=settings.http_keepalive,
                patience_s=settings.http_bodytimeout,
                connections_most=settings.http_connections,
            ),
        )

    def plain(listener: socket.socket, remote: str, encrypted: bool) -> AbstractAsyncContextManager[None]:
        protected = asks(listener)
        factory = guarded(hub.plain(protected), remote, limited=protected, encrypted=encrypted)
        return protocol_listener(listener, factory)

    def console(listener: socket.socket, remote: str, encrypted: bool) -> AbstractAsyncContextManager[None]:
        factory = guarded(telnet.plain, remote, limited=asks(listener), encrypted=encrypted)
        return protocol_listener(listener, factory)

    ssh = _ssh(settings, office, gate, consoles, stack)

    def by_ssh(listener: socket.socket, remote: str, _encrypted: bool) -> AbstractAsyncContextManager[None]:
        return ssh().listening(listener, remote)

    site.doors.serve |= {"ivrsvrrest": http, "ivrsvrws": plain, "tcpgate": console, "tcpgatessh": by_ssh}
    serves = [http, *(plain,) * len(settings.ws), *(console,) * len(settings.console)]
    encrypted = tls_of_listeners(settings)
    await stack.enter_async_context(serves[0](listeners[0], "*", encrypted[0]))
    stack.push_async_callback(hub.close)
    stack.callback(events.close)
    await stack.enter_async_context(site.webhooks.running())
    stack.push_async_callback(telnet.close)
    for serve, listener, secure in zip(serves[1:], listeners[1:], encrypted[1:], strict=True):
        await stack.enter_async_context(serve(listener, "*", secure))
    stack.push_async_callback(site.doors.close)
    for row in site.configuration.listeners:
        try:
            await site.doors.open(row)
        except ListenError as error:
            # One port that cannot be had must not keep the server from everybody else.
            log.error("%s", error)
    site.keepers |= {"ws_connections": hub.keeper, "sse_connections": streams, "console_connections": consoles.keeper}
    return Live(site, office)


def _ssh(
    settings: Settings, office: Office, gate: Gate, reception: Reception, stack: AsyncExitStack
) -> "Callable[[], Ssh]":
    """What gives the SSH consoles, made when the first one is wanted. It raises ListenError where it cannot be."""
    made: list[Ssh] = []

    def give() -> "Ssh":
        if not made:
            try:
                from ivrsvr.interfaces.console.ssh import Ssh
            except ImportError:
                raise ListenError("the console by SSH needs asyncssh: pip install 'ivrsvr[ssh]'") from None
            kept = settings.db != MEMORY
            host = Path(settings.ssh_hostkey or Path(settings.db).with_suffix(".ssh")) if kept else None
            keys = Path(settings.ssh_keys) if settings.ssh_keys else None
            made.append(Ssh(office, gate, reception, host=host, keys=keys))
        return made[0]

    async def close() -> None:
        for one in made:
            await one.close()

    stack.push_async_callback(close)
    return give


def _limits(settings: Settings) -> Limits:
    return Limits(
        message_most=settings.ws_maxmessage,
        inflight_most=settings.ws_inflight,
        open_s=settings.ws_opentimeout,
        send_s=settings.ws_sendtimeout,
        close_s=settings.ws_closetimeout,
        ping_s=settings.ws_ping,
    )
