"""`add`, `delete`, `change`, `shutdown`: what administrators do. Stored first, in force at once, and written down.

Owner of the handlers: the site.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr

from ivrsvr.interfaces.accounts import scopes_of
from ivrsvr.interfaces.administration.site import Fixed, Site
from ivrsvr.interfaces.audit import INTERRUPTED
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.registry import Caller, Done, Entry, Number, Request, RequestError, Response, Text
from ivrsvr.service.errors import out_of_range
from ivrsvr.service.service import PERMANENT
from ivrsvr.store.faults import StoreError
from ivrsvr.store.parameters import ParameterError, may_be_told
from ivrsvr.store.tables import Blacklisted, Extension, Listener, Seat, TableError, User, same_address

GROUP = "administration"

BULK_MOST = 20_000
"""Extensions of one command."""

DIGITS_MOST = 24

PROGRESS_EVERY = 100


class OneExtension(Request):
    """Keys of `add extension`."""

    extension: Text


class Range(Request):
    """Keys of `bulkadd extension`."""

    first: Text
    last: Text


class NewListener(Request):
    """Keys of `add tcp`."""

    port: Number = Field(description="1 to 65535.")
    local: Text = Field(description="Address of this machine, or * for all.")
    remote: Text = Field(description="Who may connect: an address, a network such as 10.1.0.0/16, or *.")
    kind: Literal["ivrsvrws", "ivrsvrrest", "tcpgate", "tcpgatessh"]
    tls: Literal["yes", "no"] = "no"


class OnePort(Request):
    """Keys of `delete tcp`."""

    port: Number


class NewBlacklisted(Request):
    """Keys of `add blacklist`."""

    ip: Text
    comment: Text = ""


class OneAddress(Request):
    """Keys of deletions by address."""

    ip: Text


class NewSeat(Request):
    """Keys of `add ipextnmap`."""

    ip: Text
    extension: Text


class ParameterValue(Request):
    """Keys of `change parameter`."""

    name: Text
    value: Text = Field(default="", description='"" is an empty one, as for a TLINK that is used no longer.')


class NewUser(Request):
    """Keys of `add user`; the password is asked for."""

    name: Text
    scopes: Text = Field(default="admin,call,monitor,query,sim", description="Separated by commas.")
    password: SecretStr


class OneUser(Request):
    """Keys of `delete user`."""

    name: Text


class Shutdown(Request):
    """Keys of `shutdown`."""

    how: Literal["now", "drain"] = Field(
        default="now", description="drain: no new work, and the end when all is quiet."
    )


class Counted(Response):
    """How much was done."""

    done: int
    trouble: str = ""


class Told(Response):
    """What follows."""

    note: str


async def _add_extension(site: Site, request: OneExtension, _caller: Caller) -> BaseModel:
    row = site.configuration.extensions.add(Extension(request.extension))
    await _begin(site, [row.extension])
    refusal = site.failing.get(row.extension)
    return Done() if refusal is None else Told(note=f"stored, but the switch refuses to have it monitored: {refusal}")


async def monitor(site: Site, extension: str) -> None:
    """Monitor an extension if it is stored; what the switch refuses stays stored, and is shown with its reason.

    Somebody else may have deleted it, and may do so while the switch is asked. Raises nothing of the switch's: it may
    only be away.
    """
    await asyncio.sleep(0)  # among thousands everybody else has his turn, also where the switch answers at once
    if not _is_stored(site, extension):
        return
    try:
        await site.service.keep(extension)
    except RequestError as error:
        if _is_stored(site, extension):
            site.failing[extension] = str(error)
    else:
        site.failing.pop(extension, None)


async def forget(site: Site, extension: str) -> None:
    """Monitor an extension no longer if it is not stored any more; somebody else may have added it again."""
    await asyncio.sleep(0)  # as above
    if not _is_stored(site, extension):
        site.failing.pop(extension, None)
        await site.service.release(extension)


def _is_stored(site: Site, extension: str) -> bool:
    return site.configuration.extensions.get(extension) is not None


async def monitor_all(site: Site) -> None:
    """Monitor every stored extension: the server has just started."""
    for row in list(site.configuration.extensions):
        await monitor(site, row.extension)


async def _delete_extension(site: Site, request: OneExtension, _caller: Caller) -> BaseModel:
    row = site.configuration.extensions.delete(request.extension)
    await _end(site, [row.extension])
    return Done()


async def _begin(site: Site, stored: list[str], caller: Caller | None = None) -> None:
    """Monitor extensions that were stored just now. Of those that are left when somebody gives up, none stays stored.

    caller: is told how far it is.
    """
    for number, extension in enumerate(stored, 1):
        try:
            await monitor(site, extension)
        except asyncio.CancelledError:
            site.configuration.extensions.delete_all(stored[number - 1 :])
            raise
        _tell(caller, number, len(stored))


async def _end(site: Site, deleted: list[str], caller: Caller | None = None) -> None:
    """Monitor extensions no longer that were deleted just now. Those that are left when somebody gives up stay stored.

    caller: is told how far it is.
    """
    table = site.configuration.extensions
    for number, extension in enumerate(deleted, 1):
        try:
            await forget(site, extension)
        except asyncio.CancelledError:
            left = [one for one in deleted[number - 1 :] if _is_monitored(site, one) and table.get(one) is None]
            table.add_all([Extension(one) for one in left])
            raise
        _tell(caller, number, len(deleted))


def _is_monitored(site: Site, extension: str) -> bool:
    """Whether an extension is monitored for good, or would be if the switch did not refuse it."""
    monitor = site.service.monitors.get(extension)
    return extension in site.failing or (monitor is not None and PERMANENT in monitor.owners)


def _tell(caller: Caller | None, number: int, of: int) -> None:
    if caller is not None and caller.progress is not None and (number % PROGRESS_EVERY == 0 or number == of):
        caller.progress(f"{number} of {of}")


def _range(request: Range) -> list[str]:
    """The extensions of a range, as long as its first. Raises RequestError."""
    first, last = request.first, request.last
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise out_of_range("a range goes from digits to digits, such as: bulkadd extension 101 199")
    if max(len(first), len(last)) > DIGITS_MOST:
        raise out_of_range(f"an extension has at most {DIGITS_MOST} digits")
    if len(first) != len(last):
        raise out_of_range(f"{first[:30]} and {last[:30]} have to be of the same length")
    if int(first) > int(last):
        raise out_of_range(f"{first} is behind {last}; write the lower one first")
    if int(last) - int(first) >= BULK_MOST:
        raise out_of_range(f"that would be more than {BULK_MOST} extensions")
    return [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]


async def _bulkadd(site: Site, request: Range, caller: Caller) -> BaseModel:
    """Those that are there already stay as they are."""
    table = site.configuration.extensions
    known = {row.extension for row in table}
    wanted = [extension for extension in _range(request) if extension not in known]
    table.add_all([Extension(extension) for extension in wanted])
    await _begin(site, wanted, caller)
    refused = sum(extension in site.failing for extension in wanted)
    trouble = f"the switch refuses {refused} of them; `disp extension` shows why" if refused else ""
    return Counted(done=len(wanted), trouble=trouble)


async def _bulkdelete(site: Site, request: Range, caller: Caller) -> BaseModel:
    table = site.configuration.extensions
    known = {row.extension for row in table}
    wanted = [extension for extension in _range(request) if extension in known]
    table.delete_all(wanted)
    await _end(site, wanted, caller)
    return Counted(done=len(wanted))


async def _add_tcp(site: Site, request: NewListener, _caller: Caller) -> BaseModel:
    wanted = Listener(request.port, request.local, request.remote, request.kind, request.tls)
    own = next((one for one in site.fixed if _meet(one, wanted)), None)
    if own is not None:
        raise TableError(f"this server itself listens on {own.host}:{own.port} ({own.kind}); name another port")
    row = site.configuration.listeners.add(wanted)
    try:
        await site.doors.open(row)
    except ListenError as error:
        site.configuration.listeners.delete(row.port)
        raise TableError(str(error)) from None
    return Done()


def _meet(own: Fixed, wanted: Listener) -> bool:
    """Whether a listener of a parameter has the address that another one is wanted for, or a part of it."""
    local = "0.0.0.0" if wanted.local == "*" else wanted.local
    every = "::" if ":" in local else "0.0.0.0"
    kin = (":" in own.host) == (":" in local)
    return kin and own.port == wanted.port and (own.host == local or every in (own.host, local))


async def _delete_tcp(site: Site, request: OnePort, _caller: Caller) -> BaseModel:
    if site.configuration.listeners.get(request.port) is None and request.port in {one.port for one in site.fixed}:
        raise TableError(f"port {request.port} is opened by a parameter: change that, such as http, ws or console")
    site.configuration.listeners.delete(request.port)
    await site.doors.shut(request.port)
    return Done()


async def _add_blacklist(site: Site, request: NewBlacklisted, caller: Caller) -> BaseModel:
    row = site.configuration.blacklist.add(Blacklisted(request.ip, request.comment))
    site.gate.read()
    if row.ip == caller.address:
        return Told(note=f"{row.ip} is your own address: this connection lives on, a new one will be refused")
    return Done()


async def _delete_blacklist(site: Site, request: OneAddress, _caller: Caller) -> BaseModel:
    row = site.configuration.blacklist.delete(same_address(request.ip))
    site.gate.read()
    site.gate.hits.pop(row.ip, None)
    return Done()


async def _add_seat(site: Site, request: NewSeat, _caller: Caller) -> BaseModel:
    site.configuration.seats.add(Seat(request.ip, request.extension))
    site.seating.read()
    return Done()


async def _delete_seat(site: Site, request: OneAddress, _caller: Caller) -> BaseModel:
    site.configuration.seats.delete(same_address(request.ip))
    site.seating.read()
    return Done()


async def _change_parameter(site: Site, request: ParameterValue, _caller: Caller) -> BaseModel:
    site.stored.set(request.name, request.value)
    setting = site.settings()[request.name]
    if setting.source != "database":
        return Told(note=f"stored, but the {setting.source} says otherwise and wins")
    assert site.parameters is not None
    try:
        _, waiting = site.parameters()
    except StoreError as error:
        return Told(note=f"stored, but not in force: {error}")
    if request.name in waiting:
        return Told(note="stored; it is in force when the server is started again")
    return Done()


async def _add_user(site: Site, request: NewUser, _caller: Caller) -> BaseModel:
    if site.configuration.users.get(request.name) is not None:
        raise TableError(f"user {request.name[:60]} is there already")
    scopes = ",".join(sorted(scopes_of(request.scopes)))
    await site.accounts.set_password(User(request.name, "", scopes), request.password.get_secret_value())
    return Done()


async def _delete_user(site: Site, request: OneUser, caller: Caller) -> BaseModel:
    if request.name == caller.user:
        raise TableError("you cannot delete yourself; another user can")
    site.configuration.users.delete(request.name)
    return Done()


async def _shutdown(site: Site, request: Shutdown, _caller: Caller) -> BaseModel:
    if request.how == "now":
        site.stopping.set()
        return Told(note="the server stops")
    site.service.drain(site.stopping.set)
    calls = len(site.service.model.calls)
    return Told(note=f"the server takes no new work; it stops when the calls of monitored devices have ended ({calls})")


Handler = Callable[[Site, Any, Caller], Awaitable[BaseModel]]


def _recorded(name: str, handler: Handler) -> Handler:
    """A handler whose doing is written down, with its outcome."""

    async def carry_out(site: Site, request: Any, caller: Caller) -> BaseModel:
        what = " ".join([name, *_words(request)])
        try:
            answer = await handler(site, request, caller)
        except (TableError, ParameterError) as error:
            site.record(caller, what, str(error))
            raise out_of_range(str(error)) from None
        except RequestError as error:
            site.record(caller, what, str(error))
            raise
        except asyncio.CancelledError:
            site.record(caller, what, INTERRUPTED)
            raise
        site.record(caller, what)
        return answer

    return carry_out


def _words(request: BaseModel) -> list[str]:
    """What was asked for, without secrets."""
    secret = isinstance(request, ParameterValue) and not may_be_told(request.name, request.value)
    return [
        "(hidden)" if secret and name == "value" else str(value)[:200]
        for name, value in request
        if not isinstance(value, SecretStr) and value != ""
    ]


def change(name: str, request: type[Request], response: Any, handler: Handler, summary: str, form: str = "") -> Entry:
    return Entry(
        name=name,
        group=GROUP,
        scope="admin",
        request=request,
        response=response,
        handler=_recorded(name, handler),
        summary=summary,
        form=form,
        changes=True,
        routes=(("POST", f"/admin/{name.replace(' ', '/')}"),),
    )


CHANGES: tuple[Entry, ...] = (
    change("add extension", OneExtension, Done | Told, _add_extension, "Monitor an extension for good."),
    change("delete extension", OneExtension, Done, _delete_extension, "Monitor it no longer."),
    change("bulkadd extension", Range, Counted, _bulkadd, "Monitor all extensions from the first to the last."),
    change("bulkdelete extension", Range, Counted, _bulkdelete, "Monitor none of them any longer."),
    change("add tcp", NewListener, Done, _add_tcp, "Listen on a further port.",
           "add tcp <port> <local> <remote> custom <kind> [tls]"),
    change("delete tcp", OnePort, Done, _delete_tcp, "Listen there no longer."),
    change("add blacklist", NewBlacklisted, Done | Told, _add_blacklist, "Close connections from an address at once.",
           "add blacklist <ip> <comment...>"),
    change("delete blacklist", OneAddress, Done, _delete_blacklist, "Let it connect again."),
    change("add ipextnmap", NewSeat, Done, _add_seat, "The extension of a client that names none, by its address."),
    change("delete ipextnmap", OneAddress, Done, _delete_seat, "Forget it."),
    change("change parameter", ParameterValue, Done | Told, _change_parameter, "Store a parameter.",
           "change parameter <name> <value...>"),
    change("add user", NewUser, Done, _add_user, "Let somebody log in; the password is asked for.",
           "add user <name> [scopes]"),
    change("delete user", OneUser, Done, _delete_user, "Let them log in no longer."),
    change("shutdown", Shutdown, Told, _shutdown, "Stop the server, at once or when it is quiet.", "shutdown [how]"),
)  # fmt: skip
