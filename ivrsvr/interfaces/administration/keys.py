"""`add key`, `delete key`, `disp key`: who may use REST and WebSocket. Owner of the handlers: the site."""

from typing import Annotated

from pydantic import BaseModel, Field

from ivrsvr.interfaces.administration.changes import change
from ivrsvr.interfaces.administration.displays import Nothing, Rows, display, moment
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.registry import Caller, Done, Entry, Request, Response, ShownOnce, Text
from ivrsvr.store.tables import Key


class NewKey(Request):
    """Keys of `add key`."""

    name: Text
    scopes: Text = Field(description="call, monitor, query, admin, sim; separated by commas.")
    extensions: Text = Field(default="*", description="Devices it may name, such as 1??,20*; * = all.")
    expires: Text = Field(default="", description="A day such as 2027-01-31, or a time in UTC; empty = never.")


class OneKey(Request):
    """Keys of `delete key`."""

    name: Text


class Issued(Response):
    """A new key."""

    key: Annotated[str, ShownOnce()] = Field(description="The key. It is shown this once.")
    note: str = "keep it safe: it is shown this once, and stored nowhere"


async def _add_key(site: Site, request: NewKey, caller: Caller) -> BaseModel:
    creator = caller.user or caller.door
    return Issued(key=site.keys.create(request.name, request.scopes, request.extensions, request.expires, creator))


async def _delete_key(site: Site, request: OneKey, _caller: Caller) -> BaseModel:
    site.keys.delete(request.name)
    site.hub.look_through()
    return Done()


async def _keys(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    return Rows(list=[shown(row, site.clock.wall()) for row in site.configuration.keys])


def shown(row: Key, now: float) -> dict[str, str]:
    """A key as people may see it."""
    expires = f"{moment(row.expires)} UTC" if row.expires else "never"
    return {
        "name": row.name,
        "scopes": row.scopes,
        "extensions": row.extensions,
        "expires": f"{expires} (expired)" if row.expires and row.expires <= now else expires,
        "created": moment(row.created),
        "by": row.creator,
    }


KEYS: tuple[Entry, ...] = (
    display("disp key", Nothing, Rows, _keys, "Who may use REST and WebSocket, and for what."),
    change("add key", NewKey, Issued, _add_key, "Make an API key; it is shown once.",
           "add key <name> <scopes> [extensions] [expires]"),
    change("delete key", OneKey, Done, _delete_key, "Take an API key out of force, and close its connections."),
)  # fmt: skip
