"""`add webhook`, `rotate webhook`, `disp deadletter` and so on. Owner of the handlers: the site."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ivrsvr.interfaces.administration.changes import change
from ivrsvr.interfaces.administration.displays import Nothing, Rows, display, moment
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.interfaces.webhooks.delivery import State
from ivrsvr.registry import Caller, Done, Entry, Request, Response, ShownOnce, Text
from ivrsvr.store.webhooks import Webhook


class NewWebhook(Request):
    """Keys of `add webhook`."""

    name: Text
    url: Text = Field(description="Where events are delivered: http:// or https://.")
    extensions: Text = Field(description="Of which devices, with commas between.")
    eventtypes: Text = Field(default="", description="Only these types, with commas between; empty = all.")
    events: Literal["contract", "all"] = Field(default="contract", description="As of startmonitor.")


class OneWebhook(Request):
    """Keys of commands about one webhook."""

    name: Text


class OfWebhook(Request):
    """Keys of `disp deadletter`."""

    name: Text = Field(default="", description="Only of this webhook.")


class Signed(Response):
    """A secret."""

    secret: Annotated[str, ShownOnce()] = Field(description="It signs deliveries, and is shown this once.")
    note: str


class Resent(Response):
    """What became of the dead letters."""

    sent: int
    left: int
    trouble: str = ""


async def _add(site: Site, request: NewWebhook, _caller: Caller) -> BaseModel:
    row = Webhook(request.name, request.url, request.extensions, request.eventtypes, request.events, "")
    return Signed(secret=await site.webhooks.add(row), note="keep it safe: it is shown this once")


async def _delete(site: Site, request: OneWebhook, _caller: Caller) -> BaseModel:
    await site.webhooks.delete(request.name)
    return Done()


async def _rotate(site: Site, request: OneWebhook, _caller: Caller) -> BaseModel:
    secret = await site.webhooks.rotate(request.name)
    return Signed(secret=secret, note="the former one signs as well until the next rotation")


async def _resend(site: Site, request: OneWebhook, _caller: Caller) -> BaseModel:
    sent, left = await site.webhooks.resend(request.name)
    trouble = site.webhooks.states[request.name].trouble if left else ""
    return Resent(sent=sent, left=left, trouble=trouble)


async def _webhooks(site: Site, _request: Nothing, _caller: Caller) -> BaseModel:
    rows = []
    for row in site.webhooks.store.targets():
        state = site.webhooks.states.get(row.name, State())
        rows.append(
            {
                "name": row.name,
                "url": row.url,
                "extensions": row.extensions,
                "eventtypes": row.eventtypes or row.events,
                "delivered": state.delivered,
                "failed": state.failed,
                "waiting": state.waiting,
                "dead": len(site.webhooks.store.dead(row.name)),
                "trouble": state.trouble,
            }
        )
    return Rows(list=rows)


async def _dead(site: Site, request: OfWebhook, _caller: Caller) -> BaseModel:
    return Rows(
        list=[
            {"number": one.number, "webhook": one.webhook, "id": one.messageid, "at": moment(one.at),
             "attempts": one.attempts, "error": one.error, "event": one.text}
            for one in site.webhooks.store.dead(request.name)
        ]
    )  # fmt: skip


WEBHOOKS: tuple[Entry, ...] = (
    display("disp webhook", Nothing, Rows, _webhooks, "Where events are delivered to, and how that goes."),
    display("disp deadletter", OfWebhook, Rows, _dead, "Events that webhooks did not take.", "disp deadletter [name]"),
    change("add webhook", NewWebhook, Signed, _add, "Deliver events to a URL; the secret is shown once.",
           "add webhook <name> <url> <extensions> [eventtypes] [events]"),
    change("delete webhook", OneWebhook, Done, _delete, "Deliver there no longer."),
    change("rotate webhook", OneWebhook, Signed, _rotate, "Give a webhook a new secret."),
    change("resend webhook", OneWebhook, Resent, _resend, "Send the dead letters of a webhook again, in order."),
)  # fmt: skip
