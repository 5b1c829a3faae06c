"""Builds the objects and connects them: the one place that knows every package, and which backend runs."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from ivrsvr.assembly import loopfaults, looplag
from ivrsvr.assembly.applications import Applications
from ivrsvr.assembly.clockwork import drive
from ivrsvr.assembly.copies import Copies
from ivrsvr.assembly.doors import bind_all, build_site, open_doors
from ivrsvr.assembly.journal import open_journal, open_keys
from ivrsvr.assembly.protection import build_guards, check_listeners, check_ways_out, open_audit
from ivrsvr.assembly.reload import Reload
from ivrsvr.assembly.settings import Settings
from ivrsvr.assembly.switch import build_backend, load_world, start_aes
from ivrsvr.assembly.telemetry import open_spans
from ivrsvr.assembly.userdata import bind_userdata, open_userdata, userdata_door, watch_ids
from ivrsvr.backends.base import Backend
from ivrsvr.backends.simulator.controls import entries as simulator_controls
from ivrsvr.backends.simulator.server import AesServer
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.interfaces.administration.changes import monitor_all
from ivrsvr.interfaces.administration.site import Fixed, Site
from ivrsvr.interfaces.listeners import bound_to
from ivrsvr.interfaces.websocket import Hub
from ivrsvr.registry import Registry
from ivrsvr.service.journal import Book
from ivrsvr.service.lookups import Lookups
from ivrsvr.service.service import Options, Service
from ivrsvr.service.spans import Spans
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.lock import alone
from ivrsvr.store.tables import Configuration
from ivrsvr.store.trainings import TrainingReports
from ivrsvr.store.userdata import UserDataStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """A running server.

    http:       host and port that are really bound.
    websockets: likewise, of the further WebSocket ports.
    consoles:   likewise, of the console ports.
    uuisvr:     likewise, of the user-data service; None = another process keeps the data.
    hub:        the WebSocket connections of all ports.
    site:       what administrators work on.
    simulator:  the simulated site; None on another backend.
    aes:        its AES on TCP; None = it is not on TCP.
    """

    settings: Settings
    http: tuple[str, int]
    websockets: list[tuple[str, int]]
    consoles: list[tuple[str, int]]
    uuisvr: tuple[str, int] | None
    service: Service
    hub: Hub
    site: Site
    simulator: Simulator | None
    aes: AesServer | None
    clock: Clock


@asynccontextmanager
async def serving(
    settings: Settings, clock: Clock | None = None, simulator: Simulator | None = None
) -> AsyncIterator[App]:
    """A running server for the length of the body.

    clock:     None = real time. A virtual one stands still until somebody advances it.
    simulator: None = a new one of the settings' world, on the backend simulator. Its clock must be the same.

    Raises ListenError, StoreError, ConfigurationError.
    """
    if clock is None:
        clock = simulator.clock if simulator is not None else Clock(mode="real", seed=settings.seed)
    if simulator is None and settings.backend == "simulator":
        simulator = Simulator(load_world(settings.world), clock)
    backend = build_backend(settings, clock, simulator)
    async with AsyncExitStack() as stack:
        loopfaults.tell_faults(stack)
        stack.enter_context(open_audit(settings.audit_file))
        stack.enter_context(alone(settings.db))
        database = open_database(settings.db, check=True)
        stack.callback(database.close)
        guards = build_guards(settings, clock, Configuration(database))
        check_listeners(settings, guards.protection)
        check_ways_out(settings)
        listeners = bind_all(settings, stack)
        at = bind_userdata(settings, stack)
        uuisvr = bound_to(at) if at is not None else None
        userdata = await open_userdata(settings, clock, database, uuisvr)
        stack.push_async_callback(userdata.close)
        journal = open_journal(settings, clock)
        stack.push_async_callback(journal.close)
        spans = await open_spans(settings, stack)
        service = build_service(settings, clock, backend, database, userdata, journal, spans)
        for entry in simulator_controls(simulator) if simulator is not None else ():
            service.registry.add(entry)
        if simulator is not None:
            simulator.applications = Applications(service)
            simulator.reports = TrainingReports(database)
        await drive(clock, stack)
        await looplag.watch(service.meters, stack)
        aes = None
        if simulator is not None and settings.aes:
            aes = await start_aes(settings, simulator)
            stack.push_async_callback(aes.stop)
        await service.start()
        stack.push_async_callback(service.stop)
        site = build_site(settings, clock, database, service, guards)
        live = await open_doors(settings, site, listeners, stack)
        reload = Reload(settings, live)
        copies = Copies(settings, site)
        site.copies, site.parameters, site.reload = copies, reload.parameters, reload.everything
        if at is not None:
            await stack.enter_async_context(userdata_door(settings, clock, userdata, guards, site.gate, at))
        service.spawn(watch_ids(settings, clock, userdata))
        where = [bound_to(listener) for listener in listeners]
        first_console = 1 + len(settings.ws)
        kinds = [
            ("http", settings.http_tls),
            *(("ivrsvrws", settings.ws_tls),) * len(settings.ws),
            *(("tcpgate", settings.console_tls),) * len(settings.console),
        ]
        site.fixed += [Fixed(kind, *address, tls) for (kind, tls), address in zip(kinds, where, strict=True)]
        site.fixed += [Fixed("uuisvr", *uuisvr, settings.uuisvr_tls)] if uuisvr is not None else []
        service.spawn(monitor_all(site))
        if settings.db != MEMORY:
            service.spawn(copies.keep())
        yield App(
            settings=settings,
            http=where[0],
            websockets=where[1:first_console],
            consoles=where[first_console:],
            uuisvr=uuisvr,
            service=service,
            hub=site.hub,
            site=site,
            simulator=simulator,
            aes=aes,
            clock=clock,
        )
        log.info("stopping")


def build_service(
    settings: Settings,
    clock: Clock,
    backend: Backend,
    database: Database,
    userdata: Lookups,
    journal: Book | None = None,
    spans: Spans | None = None,
) -> Service:
    """The service on a backend, not started yet."""
    return Service(
        backend,
        clock,
        options=Options(
            requesttimeout_s=settings.ivr_requesttimeout,
            custdatamaxsize=settings.ivr_custdatamaxsize,
            custdatainuui=settings.ivr_custdatainuui,
            custdatauuisize=settings.ivr_custdatauuisize,
            queue_most=settings.ws_queuelength,
            linger_s=settings.monitor_linger,
        ),
        userdata=userdata,
        keys=open_keys(settings, clock, database),
        journal=journal,
        spans=spans,
    )


def all_requests() -> Registry:
    """Every request of a server on the simulator; only to be read."""
    clock = Clock(0.0)
    database = open_database(MEMORY)
    try:
        simulator = Simulator(World.default(), clock)
        backend = build_backend(Settings(), clock, simulator)
        service = build_service(
            Settings(), clock, backend, database, Lookups.embedded(UserDataStore(database, clock.now), clock)
        )
        for entry in simulator_controls(simulator):
            service.registry.add(entry)
        return service.registry
    finally:
        database.close()
