"""What takes effect without a restart: parameters by a table, and the tables of the configuration by comparison."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.assembly.switch import build_links
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.interfaces.administration.changes import forget, monitor
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.interfaces.console.shell import Office
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.service.service import PERMANENT
from ivrsvr.store.faults import StoreError
from ivrsvr.store.parameters import ParameterError, is_tlink
from ivrsvr.store.secrets import Secrets, same
from ivrsvr.store.settings import Setting

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """The parts of a running server that parameters can be changed of."""

    site: Site
    office: Office


Apply: TypeAlias = Callable[[Live, Any], None]


def _log_level(_live: Live, value: str) -> None:
    logging.getLogger().setLevel(value.upper())


def _service(name: str) -> Apply:
    def apply(live: Live, value: Any) -> None:
        live.site.service.change(**{name: value})

    return apply


def _hub(name: str) -> Apply:
    def apply(live: Live, value: Any) -> None:
        live.site.hub.limits = replace(live.site.hub.limits, **{name: value})

    return apply


def _keeper(name: str) -> Apply:
    def apply(live: Live, value: int) -> None:
        live.site.keepers[name].most = value

    return apply


def _console_idle(live: Live, value: float) -> None:
    live.office.idle_s = value


def _rate_key(live: Live, value: float) -> None:
    live.site.access.limit(per_key_s=value)


def _rate_address(live: Live, value: float) -> None:
    live.site.access.limit(per_address_s=value)


def _connections_address(live: Live, value: int) -> None:
    live.site.gate.per_address = value


def _audit(live: Live, value: Any) -> None:
    live.site.audit.mode = value


def _read_when_needed(_live: Live, _value: Any) -> None:
    """Whoever uses it asks for its value each time."""


APPLY: Mapping[str, Apply] = {
    "audit": _audit,
    "backup_every": _read_when_needed,
    "backup_keep": _read_when_needed,
    "connections_address": _connections_address,
    "console_connections": _keeper("console_connections"),
    "console_idle": _console_idle,
    "ivr_custdatamaxsize": _service("custdatamaxsize"),
    "ivr_requesttimeout": _service("requesttimeout_s"),
    "log_level": _log_level,
    "monitor_linger": _service("linger_s"),
    "rate_address": _rate_address,
    "rate_key": _rate_key,
    "sse_connections": _keeper("sse_connections"),
    "tsapi_messages": _read_when_needed,
    "ws_closetimeout": _hub("close_s"),
    "ws_connections": _keeper("ws_connections"),
    "ws_inflight": _hub("inflight_most"),
    "ws_maxmessage": _hub("message_most"),
    "ws_opentimeout": _hub("open_s"),
    "ws_ping": _hub("ping_s"),
    "ws_queuelength": _service("queue_most"),
    "ws_sendtimeout": _hub("send_s"),
}
"""How each hot parameter takes effect; those of connections, for connections that come from then on."""


class Reload:
    """Compares what is in force with what is stored, and puts the difference in force.

    settings: those that the server was started with.
    """

    def __init__(self, settings: Settings, live: Live) -> None:
        self._started = settings
        self._live = live
        self._in_force = self._texts()
        self._secrets = Secrets.of(settings.db, settings.keyfile)

    def _texts(self) -> dict[str, str]:
        return {name: setting.text for name, setting in self._live.site.settings().items()}

    def parameters(self) -> tuple[list[str], list[str]]:
        """Put changed parameters in force: the names of those that are now, and of those that wait for a restart.

        Raises StoreError for TLINKs that cannot be used; nothing is changed then.
        """
        found = self._live.site.settings()
        names = sorted(
            name
            for name in {*found, *self._in_force}
            if not same(name, _text(found, name), self._in_force.get(name, ""), self._secrets)
        )
        hot = [name for name in names if name in APPLY]
        links = [name for name in names if is_tlink(name)]
        backend = self._live.site.service.backend
        if links and isinstance(backend, TsapiBackend):
            settings = replace(Settings.of(found), given=self._started.given)
            try:
                backend.change(build_links(settings, self._live.site.clock))
            except ConfigurationError as error:
                raise StoreError(str(error)) from None
            hot += links
        for name in hot:
            if name in APPLY:
                APPLY[name](self._live, found[name].value)
            self._in_force[name] = _text(found, name)
        return hot, [name for name in names if name not in hot]

    async def everything(self) -> tuple[list[str], list[str], list[str]]:
        """Parameters and tables, as after a change by another program: what was changed, what waits for a restart, and
        what could not be put in force.
        """
        trouble: list[str] = []
        try:
            changed, waits = self.parameters()
        except (StoreError, ParameterError) as error:
            changed, waits = [], []
            trouble.append(f"the parameters stay as they are: {error}")
        site = self._live.site
        site.gate.read()
        site.seating.read()
        site.hub.look_through()
        changed += await self._listeners(site, trouble)
        changed += await self._extensions(site, trouble)
        changed += await site.webhooks.reload()
        log.info("reloaded: %s changed", ", ".join(changed) or "nothing")
        for one in trouble:
            log.error("%s", one)
        return changed, waits, trouble

    async def _listeners(self, site: Site, trouble: list[str]) -> list[str]:
        wanted = {row.port: row for row in site.configuration.listeners}
        changed = []
        for door in site.doors:
            if wanted.get(door.row.port) != door.row:
                await site.doors.shut(door.row.port)
                changed.append(f"tcp {door.row.port} closed")
        opened = {door.row.port for door in site.doors}
        for port, row in wanted.items():
            if port not in opened:
                try:
                    await site.doors.open(row)
                    changed.append(f"tcp {port} open")
                except ListenError as error:
                    trouble.append(f"tcp {port} is not open: {error}")
        return changed

    async def _extensions(self, site: Site, trouble: list[str]) -> list[str]:
        wanted = {row.extension for row in site.configuration.extensions}
        running = {one.device for one in site.service.monitors if PERMANENT in one.owners} | set(site.failing)
        changed = []
        for extension in sorted(wanted - running):
            await monitor(site, extension)
            if extension in site.failing:
                trouble.append(f"extension {extension} is not monitored: {site.failing[extension]}")
            else:
                changed.append(f"extension {extension} monitored")
        for extension in sorted(running - wanted):
            await forget(site, extension)
            changed.append(f"extension {extension} not monitored")
        return changed


def _text(settings: Mapping[str, Setting], name: str) -> str:
    return settings[name].text if name in settings else ""
