"""`disp ...`: what there is and how it is. Owner of the handlers: the site."""

import platform
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from ivrsvr import __version__
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.registry import Caller, Entry, Number, Request, Response, Text
from ivrsvr.service.service import PERMANENT

GROUP = "displays"
CALLS_MOST = 200

UNUSED = ("standby", "failed")
"""States of a TLINK that is not the one in use."""


class Nothing(Request):
    """No keys."""


class Filtered(Request):
    """Keys of a list that may be narrowed."""

    extension: Text = Field(default="", description="Only what concerns this one.")


class Version(Response):
    """What runs here."""

    version: str
    python: str
    system: str
    started: str


class Status(Response):
    """How the server is."""

    link: str
    ready: str
    uptime: str
    backend: str
    requests: int
    failed: int
    messages: str
    lag: str
    monitors: int
    extensions: int
    calls: int
    clients: int
    streams: int
    consoles: int
    waiting: int
    events: int
    journal: str
    watchers: str


class Rows(Response):
    """A list."""

    list: list[dict[str, Any]]


def moment(at: float) -> str:
    """A time as people read it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """A length of time as people read it."""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{days} d {hours:02}:{minutes:02}:{rest:02}"


async def _version(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Version(
        version=__version__,
        python=platform.python_version(),
        system=platform.platform(terse=True),
        started=f"{moment(site.started)} UTC",
    )


async def _status(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    service = site.service
    return Status(
        link=service.link.value,
        ready=service.unready or "yes",
        uptime=duration(site.clock.now() - site.started),
        backend=type(service.backend).__name__.removesuffix("Backend").lower(),
        requests=service.meters.requests.total(),
        failed=service.meters.failures(),
        messages=f"{service.meters.messages.per_second():.1f} a second, of {site.settings()['tsapi_messages'].value}",
        lag=f"{service.meters.lag_s * 1000:.0f} ms, at most {service.meters.lag_most_s * 1000:.0f} ms in a minute",
        monitors=len(service.monitors),
        extensions=len(site.configuration.extensions),
        calls=len(service.model.calls),
        clients=len(site.hub.connections),
        streams=site.keepers["sse_connections"].open,
        consoles=site.keepers["console_connections"].open,
        waiting=service.messages_waiting,
        events=service.journal.last,
        journal=service.journal.about,
        watchers=", ".join(sorted(service.trace.topics)) or "nobody",
    )


async def _tlink(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    monitors = site.service.monitors
    # The one in use also shows how far its monitors are: after a loss of the link they are started again.
    return Rows(
        list=[
            {**row, "monitors": "" if row["state"] in UNUSED else f"{monitors.running} of {len(monitors)}"}
            for row in site.tlinks()
        ]
    )


async def _userdata(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    meters, lookups = site.service.meters, site.service.parts.userdata.lookups
    rows: list[dict[str, Any]] = [
        {"what": f"look-ups {where}: {outcome}", "value": str(count)}
        for (where, outcome), count in sorted(meters.lookups.items())
    ]
    rows.append({"what": "events that waited", "value": str(sum(meters.held.counts))})
    if lookups is not None:
        rows += [
            {"what": "service of this server", "value": lookups.me or "none"},
            {"what": "services that may be asked", "value": ", ".join(lookups.peers) or "none"},
            {"what": "services that do not answer", "value": ", ".join(lookups.away()) or "none"},
            {"what": "look-ups under way", "value": str(lookups.under_way)},
            {"what": "other server with this id", "value": lookups.namesake or "none"},
        ]
    return Rows(list=rows)


async def _extension(site: Site, request: Filtered, _caller: Caller) -> BaseModel:
    rows = []
    for row in site.configuration.extensions:
        if request.extension in ("", row.extension):
            monitor = site.service.monitors.get(row.extension)
            monitored = "yes" if monitor is not None and monitor.crossRef is not None else "no"
            rows.append(
                {
                    "extension": row.extension,
                    "monitored": monitored,
                    "calls": len(site.service.model.calls_of(row.extension)),
                    "trouble": site.failing.get(row.extension, ""),
                }
            )
    return Rows(list=rows)


async def _monitor(site: Site, request: Filtered, _caller: Caller) -> BaseModel:
    rows = [
        {
            "referenceid": monitor.reference,
            "extension": monitor.device,
            "crossref": "" if monitor.crossRef is None else monitor.crossRef,
            "kind": "calls" if monitor.via else "device",
            "clients": sum(1 for one in monitor.owners.values() if one.subscriber is not None),
            "permanent": PERMANENT in monitor.owners,
        }
        for monitor in site.service.monitors
        if request.extension in ("", monitor.device)
    ]
    return Rows(list=sorted(rows, key=lambda row: row["referenceid"]))


async def _call(site: Site, request: Filtered, _caller: Caller) -> BaseModel:
    model = site.service.model
    calls = model.calls_of(request.extension) if request.extension else list(model)
    rows = [
        {
            "callid": call.callID,
            "ucid": call.ucid,
            "calling": call.callingDevice.deviceID,
            "called": call.calledDevice.deviceID,
            "parties": [
                f"{party.label or '?'} {party.state.name.removeprefix('CS_').lower()}" for party in call.parties
            ],
        }
        for call in calls[:CALLS_MOST]
    ]
    return Rows(list=rows)


async def _client(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Rows(list=[connection.told for connection in site.hub.connections])


async def _console(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Rows(
        list=[{"user": one.user, "address": one.address, "since": f"{moment(one.since)} UTC"} for one in site.sittings]
    )


async def _tcp(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    rows = [
        {
            "port": one.port,
            "local": one.host,
            "remote": "*",
            "kind": one.kind,
            "tls": "yes" if one.tls else "no",
            "set by": "parameter",
            "state": "open",
        }
        for one in site.fixed
    ]
    opened = {door.row.port: door for door in site.doors}
    rows += [
        {
            "port": row.port,
            "local": row.local,
            "remote": row.remote,
            "kind": row.kind,
            "tls": row.tls,
            "set by": "add tcp",
            "state": "open" if row.port in opened else "closed",
        }
        for row in site.configuration.listeners
    ]
    return Rows(list=rows)


async def _blacklist(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    rows = site.configuration.blacklist
    return Rows(list=[{"ip": row.ip, "hits": site.gate.hits.get(row.ip, 0), "comment": row.comment} for row in rows])


async def _ipextnmap(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Rows(list=[{"ip": row.ip, "extension": row.extension} for row in site.configuration.seats])


class ParameterFilter(Request):
    """Keys of `disp parameter`."""

    name: Text = Field(default="", description="One, or what the names of several begin with.")


async def _parameter(site: Site, request: ParameterFilter, _caller: Caller) -> BaseModel:
    """A parameter that is named in full stands alone, so that it is shown whole: `http` is a beginning as well."""
    settings = site.settings()
    names = [request.name] if request.name in settings else [one for one in settings if one.startswith(request.name)]
    return Rows(
        list=[
            {"name": name, "value": one.shown, "source": one.source, "meaning": one.parameter.help}
            for name, one in ((name, settings[name]) for name in names)
        ]
    )


async def _user(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Rows(
        list=[
            {"name": user.name, "scopes": user.scopes, "password": "to be changed" if user.initial == "yes" else "set"}
            for user in site.configuration.users
        ]
    )


class Last(Request):
    """Keys of `disp change`."""

    count: Number = Field(default=50, description="How many, the latest first.")


async def _change(site: Site, request: Last, _caller: Caller) -> BaseModel:
    return Rows(
        list=[
            {"at": moment(one.at), "user": one.user, "from": f"{one.door} {one.address}".strip(), "what": one.what,
             "outcome": one.outcome}
            for one in site.configuration.changes(min(request.count, 1000))
        ]
    )  # fmt: skip


def display(name: str, request: type[Request], response: Any, handler: Any, summary: str, form: str = "") -> Entry:
    path = f"/admin/{name.split()[1]}"
    return Entry(
        name=name,
        group=GROUP,
        scope="admin",
        request=request,
        response=response,
        handler=handler,
        summary=summary,
        form=form,
        routes=(("GET", path),),
    )


DISPLAYS: tuple[Entry, ...] = (
    display("disp version", Nothing, Version, _version, "What runs here."),
    display("disp status", Nothing, Status, _status, "How the server is."),
    display("disp tlink", Nothing, Rows, _tlink, "The links to the switch."),
    display("disp extension", Filtered, Rows, _extension, "Permanently monitored extensions.",
           "disp extension [extension]"),
    display("disp monitor", Filtered, Rows, _monitor, "What is monitored now, and for whom.",
           "disp monitor [extension]"),
    display("disp call", Filtered, Rows, _call, "The calls that are known now.", "disp call [extension]"),
    display("disp client", Nothing, Rows, _client, "The connections of clients."),
    display("disp console", Nothing, Rows, _console, "Who is at the consoles."),
    display("disp tcp", Nothing, Rows, _tcp, "The listeners."),
    display("disp userdata", Nothing, Rows, _userdata, "Look-ups of user data, and the services that are asked."),
    display("disp blacklist", Nothing, Rows, _blacklist, "Addresses that may not connect, with their attempts."),
    display("disp ipextnmap", Nothing, Rows, _ipextnmap, "The extensions of clients by address."),
    display("disp parameter", ParameterFilter, Rows, _parameter, "The parameters in force.", "disp parameter [name]"),
    display("disp user", Nothing, Rows, _user, "Who may log in."),
    display("disp change", Last, Rows, _change, "Who changed what, the latest first.", "disp change [count]"),
)  # fmt: skip
