"""`backup`, `disp backup`, `reload`: copies of the database, and what other programs changed in it. Owner: the site."""

from pydantic import BaseModel, Field

from ivrsvr.interfaces.administration.changes import change
from ivrsvr.interfaces.administration.displays import Nothing, Rows, display
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.registry import Caller, Entry, Response


class Copied(Response):
    """A copy of the database."""

    file: str


class Reloaded(Response):
    """What was put in force."""

    changes: list[str] = Field(description="What is otherwise than before.")
    restarts: list[str] = Field(description="Parameters whose new value waits for the next start.")
    trouble: list[str] = Field(default=[], description="What could not be put in force, and why.")


async def _backup(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    assert site.copies is not None
    return Copied(file=str(await site.copies.make()))


async def _backups(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    assert site.copies is not None
    return Rows(list=[{"file": name} for name in site.copies.names()])


async def _reload(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    assert site.reload is not None
    changed, restarts, trouble = await site.reload()
    return Reloaded(changes=changed, restarts=restarts, trouble=trouble)


UPKEEP: tuple[Entry, ...] = (
    display("disp backup", Nothing, Rows, _backups, "The copies of the database, the newest first."),
    change("backup", Nothing, Copied, _backup, "Copy the database now."),
    change("reload", Nothing, Reloaded, _reload, "Put in force what other programs stored, and renewed files."),
)
