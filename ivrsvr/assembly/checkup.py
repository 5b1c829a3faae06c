"""What `ivrsvr doctor` looks at: settings, database, ports, and each TLINK step by step, until something is wrong."""

import asyncio
import shutil
import socket
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from ivrsvr.assembly.protection import build_guards, build_tls, build_trust, needed
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.assembly.switch import load_library, login_of
from ivrsvr.assembly.userdata import ipv4, is_elsewhere, remote
from ivrsvr.backends.tsapi.client import StreamLost, ask_names, connect
from ivrsvr.backends.tsapi.library.client import LibraryLinks
from ivrsvr.backends.tsapi.links import Target, Tls
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure
from ivrsvr.interfaces.listeners import ANOTHER, ListenError, bind
from ivrsvr.interfaces.tls import WARN_S
from ivrsvr.interfaces.tokens import keys_of, read
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.faults import StoreError
from ivrsvr.store.lock import is_served
from ivrsvr.store.redis import RedisError, examined, is_url
from ivrsvr.store.tables import Configuration
from ivrsvr.store.userdata import UserDataError

ROOM_LEAST = 200_000_000
"""Octets of a disk below which it is soon full."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. text: one sentence; where it is not well, it says what to do."""

    what: str
    well: bool
    text: str


async def examine(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Look at everything that the settings name, in the order in which a server needs it."""
    state = _database(settings)
    yield state
    database = open_database(settings.db if state.well and "sound" in state.text else MEMORY)
    try:
        for looked in (
            _at_once(_room(settings)),
            _at_once(_certificate(settings, clock)),
            _shared(settings),
            _userdata(settings, clock),
            _provider(settings),
            _at_once(_ports(settings, clock, database)),
            _switch(settings, clock),
        ):
            try:
                async for finding in looked:
                    yield finding
            except ConfigurationError as error:  # what stops a server does not stop the looking
                yield Finding("settings", False, str(error))
    finally:
        database.close()


async def _at_once(findings: Iterator[Finding]) -> AsyncIterator[Finding]:
    for finding in findings:
        yield finding


async def _switch(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Each TLINK, or why there is none."""
    if settings.backend != "tsapi" and not settings.tlinks:
        yield Finding("switch", True, "simulated in process; no TLINK is needed")
    elif not settings.tlinks:
        yield Finding("TLINK", False, "there is none: set ivr_tlink_01 to TLINK@HOST:PORT USER PASSWORD")
    for number, text in enumerate(settings.tlinks, 1):
        yield await check_tlink(settings, number, text, clock)


def _database(settings: Settings) -> Finding:
    if settings.db == MEMORY or not Path(settings.db).exists():
        return Finding("database", True, f"{settings.db} is not there yet; it will be made at the first start")
    try:
        database = open_database(settings.db)
    except StoreError as error:
        return Finding("database", False, str(error))
    try:
        told = str(database.execute("pragma quick_check").fetchone()[0])
    except sqlite3.Error as error:
        told = str(error)
    finally:
        database.close()
    if told != "ok":
        return Finding("database", False, f"{settings.db} is damaged ({told}): restore a backup")
    return Finding("database", True, f"{settings.db} is sound")


def _room(settings: Settings) -> Iterator[Finding]:
    """On the disk of the database; told only where it is short."""
    folder = Path(settings.db).parent
    if settings.db == MEMORY or not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    if free < ROOM_LEAST:
        where = f"the disk of {settings.db} has {free // 1_000_000} MB left"
        yield Finding("disk", False, f"{where}: make room, since events and copies of the database go there as well")


def _certificate(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The server's own, where it has one or needs one."""
    wanted = settings.http_tls or settings.ws_tls or settings.console_tls or settings.uuisvr_tls
    if not settings.tls_certificate and not wanted:
        return
    try:
        files = needed(build_tls(settings, clock)).files
        left_s = files.expires() - clock.wall()
    except (ListenError, OSError, ValueError) as error:
        yield Finding("certificate", False, str(error))
        return
    when = "has expired" if left_s <= 0 else f"expires in {left_s / 86400:.0f} days"
    soon = left_s < WARN_S
    yield Finding("certificate", not soon, f"{files.certificate} {when}{'; renew it' if soon else ''}")


async def _shared(settings: Settings) -> AsyncIterator[Finding]:
    """The Redis that the journal, or idempotency keys, are shared in, where there is one."""
    for name in ("ivr_journal", "ivr_idempotency"):
        place = settings.secret(name)
        if not is_url(place):
            continue
        try:
            yield Finding(name, True, await examined(place))
        except RedisError as error:
            yield Finding(name, False, str(error))


async def _provider(settings: Settings) -> AsyncIterator[Finding]:
    """The keys of the identity provider, where one is named: without them every token is refused."""
    if not settings.jwt_issuer or not settings.jwt_keys:
        return
    try:
        found = keys_of(await read(settings.jwt_keys, settings.jwt_timeout))
    except (OSError, ValueError) as error:
        yield Finding("jwt_keys", False, f"no token can be taken, since {settings.jwt_keys} cannot be read: {error}")
        return
    text = f"{settings.jwt_keys} has keys of {settings.jwt_issuer}: {len(found)}"
    yield Finding("jwt_keys", bool(found), text if found else f"{text} can be used, and no token be taken")


async def _userdata(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """The user-data services that this server asks, where there are any."""
    try:
        trust = build_trust(settings, clock)
        named = [("ivr_uuisvr_peers", ipv4(one, "ivr_uuisvr_peers")) for one in settings.ivr_uuisvr_peers]
        if is_elsewhere(settings):
            named.insert(0, ("ivr_uuisvr", ipv4(settings.secret("ivr_uuisvr"), "ivr_uuisvr")))
    except (ConfigurationError, ListenError) as error:
        yield Finding("user data", False, str(error))
        return
    for name, address in named:
        service = remote(settings, address, trust)
        try:
            status = await service.status()
        except UserDataError as error:
            yield Finding(name, False, str(error))
            continue
        finally:
            await service.close()
        if name == "ivr_uuisvr_peers" and status.get("server") == settings.ivr_serverid:
            number = settings.ivr_serverid
            yield Finding(name, False, f"{address} has this server's id {number}; give each its own ivr_serverid")
        else:
            yield Finding(name, True, f"{address} answers, with the data in {status.get('store')}")


def _ports(settings: Settings, clock: Clock, database: Database) -> Iterator[Finding]:
    protection = build_guards(settings, clock, Configuration(database)).protection
    served = settings.db != MEMORY and is_served(settings.db)
    named = [("http", "ivrsvrrest", settings.http, settings.http_tls)]
    named += [("ws", "ivrsvrws", one, settings.ws_tls) for one in settings.ws]
    named += [("console", "tcpgate", one, settings.console_tls) for one in settings.console]
    if settings.uuisvr_listen and not is_elsewhere(settings):
        named.append(("uuisvr", "uuisvr", settings.uuisvr, settings.uuisvr_tls))
    if settings.aes:
        named.append(("aes", "aes", settings.aes, False))
    for name, kind, address, encrypted in named:
        try:
            protection.check(address, kind, encrypted=encrypted)
            bind(address, f"--{name}").close()
        except ListenError as error:
            taken = ANOTHER in str(error)
            if taken and served:
                yield Finding(f"port {name}", True, f"{address} is in use, as it should be: the server runs")
            else:
                yield Finding(f"port {name}", False, str(error))
        else:
            yield Finding(f"port {name}", True, f"{address} is free")


async def check_tlink(settings: Settings, number: int, text: str, clock: Clock) -> Finding:
    """Open a stream on a TLINK, and close it again; what stands in the way, in one sentence."""
    name = f"ivr_tlink_{number:02}"
    try:
        target, login = login_of(settings, number, text)
    except ConfigurationError as error:
        return Finding(name, False, str(error))
    if settings.tsapi_library:
        return await _by_library(settings, name, target, login, clock)
    try:
        await asyncio.get_running_loop().getaddrinfo(target.host, target.port)
    except (socket.gaierror, UnicodeError):
        return Finding(
            name, False, f"the host {target.host} is not known: check its name in {name}, or the name server"
        )
    try:
        return await _open(settings, name, target, login, clock)
    except StreamLost as lost:
        return Finding(name, False, _advice(name, target, login, lost))


async def _by_library(settings: Settings, name: str, target: Target, login: Login, clock: Clock) -> Finding:
    """The same through the vendor's library, which finds the AES by itself."""
    try:
        links = LibraryLinks([target], lambda _: login, clock, load_library(settings))
        client = await links.open(target, lambda _: None)
    except ConfigurationError as error:
        return Finding(name, False, str(error))
    except StreamLost as lost:
        text = str(lost) if lost.failure is None else _refused(name, target, login, lost.failure)
        return Finding(name, False, text)
    version = client.version
    await client.close()
    text = f"{target.tlink} is open to {login.login}, private data {version or 'off'}, by {settings.tsapi_library}"
    return Finding(name, True, text)


async def _open(settings: Settings, name: str, target: Target, login: Login, clock: Clock) -> Finding:
    advertised = await ask_names(target.host, target.port, clock)
    link = next((one for one in advertised if one.name.upper() == target.tlink.upper()), None)
    if link is None:
        offered = ", ".join(one.name for one in advertised)
        if not offered:
            return Finding(
                name,
                False,
                f"the AES at {target.host} offers no TLINK: see there whether its CTI links are in service",
            )
        return Finding(
            name,
            False,
            f"the AES at {target.host} has no TLINK {target.tlink}: put one of these into {name}: {offered}",
        )
    tls = Tls(
        authorities=Path(settings.tsapi_authorities) if settings.tsapi_authorities else None,
        verify=settings.tsapi_verify,
    )
    try:
        context = tls.context() if target.secure else None
    except (OSError, ssl.SSLError) as error:
        return Finding(name, False, f"tsapi_authorities: {settings.tsapi_authorities} cannot be used: {error}")
    client = await connect(target.host, link.port, login, clock, lambda _: None, note=lambda _: None, tls=context)
    version = client.version
    await client.close()
    if version is None and login.versions is not None:
        text = f"{target.tlink} is open to {login.login}, but without private data there is no UCID, UUI or agent"
        return Finding(name, False, f"{text}; check tsapi_privatedata")
    return Finding(
        name, True, f"{target.tlink} at {target.host} is open to {login.login}, private data {version or 'off'}"
    )


def _advice(name: str, target: Target, login: Login, lost: StreamLost) -> str:
    """What a lost stream means, and what to do."""
    cause = lost.__cause__
    if lost.failure is not None:
        return _refused(name, target, login, lost.failure)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the certificate of the AES {target.host} is not trusted ({cause.verify_message}): put the certificate of "
            "its authority into a file, and name that in tsapi_authorities"
        )
    if isinstance(cause, ssl.SSLError):
        return (
            f"TLS with the AES {target.host} failed ({cause.reason}): check that {target.tlink} is an encrypted TLINK"
        )
    if isinstance(cause, ConnectionRefusedError):
        return (
            f"nothing listens at {target.host}:{target.port}: check the port in {name} (a live AES has 450), that the "
            "TSAPI service runs, and the firewalls between"
        )
    if isinstance(cause, OSError):
        return f"{target.host}:{target.port} cannot be reached ({cause.strerror or cause}): check address and network"
    return f"{lost}: check host and port in {name}, and that they belong to an AES"


_LICENCES = frozenset(
    {
        ACSUniversalFailure.TSERVER_USER_LICENSES_EXCEEDED,
        ACSUniversalFailure.TSERVER_LICENSE_MISMATCH,
        ACSUniversalFailure.TSERVER_BAD_LICENSE_FILE,
    }
)
_USER = frozenset(
    {
        ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN,
        ACSUniversalFailure.TSERVER_NO_USER_RECORD,
        ACSUniversalFailure.TSERVER_NO_LOGON_PERMISSION,
        ACSUniversalFailure.TSERVER_ACCOUNT_DISABLED,
        ACSUniversalFailure.TSERVER_PASSWORD_EXPIRED,
    }
)


def _refused(name: str, target: Target, login: Login, failure: AcsFailure) -> str:
    if failure.error in _USER:
        return (
            f"the AES refuses the user {login.login!r} or its password ({failure.error.name}): check that it is a CTI "
            f"user there, and put its password into {name} anew with `ivrsvr encryptpasswd`"
        )
    if failure.error in _LICENCES:
        return (
            f"the AES {target.host} has no TSAPI user licence left ({failure.error.name}): free one by closing other "
            "applications' streams, or add licences on the AES"
        )
    return f"the AES {target.host} refuses the stream with {failure}: look that up in its log"
