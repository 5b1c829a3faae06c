"""Server-Sent Events and webhooks of servers that share a journal: a reader that hops, a target whose server dies."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from ivrsvr.interfaces.http.sse import PATH, EventStreams
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.interfaces.webhooks.delivery import Webhooks
from ivrsvr.interfaces.webhooks.sending import Sender
from ivrsvr.interfaces.webhooks.signing import new_secret
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.webhooks import Webhook, WebhookStore
from ivrsvr.testing.clients import EventStream
from ivrsvr.testing.receiver import ANSWERS, TAKEN, Receiver
from tests.redis import RedisServer
from tests.service.fake import on_loop, settled
from tests.service.shared import Event, Group, Server, group, talk, toggle, until, without_server

pytestmark = [
    pytest.mark.usefixtures("tidy"),
    pytest.mark.filterwarnings("ignore:unclosed", "ignore:loop is closed"),
]
"""redis-py leaves a connection open whose making is cancelled, as when a server stops in the middle of it."""


# ---- Server-Sent Events


class Reader(EventStream):
    """An EventSource that reads 101 at one of the servers, without a socket between."""

    def __init__(self, it: Group) -> None:
        super().__init__()
        self._doors = {
            id(server): EventStreams(
                server.service, server.service.handle, it.clock, heartbeat_s=15.0, send_s=5.0, keeper=Doorkeeper(9)
            )
            for server in it.servers
        }
        self.sent: list[str] = []

    async def connect(self, server: Server) -> None:
        """Come to a server, with the position that it has."""
        gone = asyncio.Event()
        mark = [(b"last-event-id", self.position.encode())] if self.position else []
        scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"extension=101", "headers": mark}

        async def receive() -> dict[str, object]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            self.status = message.get("status", self.status)
            self.sent += message.get("body", b"").decode().splitlines()

        self._gone = gone
        self._reading = asyncio.create_task(self._doors[id(server)](scope, receive, send))
        await until(lambda: self.sent)
        assert self.status == 200, self.sent

    def read(self, most: int | None = None) -> list[Event]:
        """Every event so far, when so many lines more of what was sent have been read."""
        for line in self.sent[:most]:
            self._take(line)
        del self.sent[:most]
        return [one for one in self.events if one["eventtype"] != "resumed"]

    async def break_off(self, most: int | None = None) -> None:
        """Read so many lines more, and be gone: what else was sent is lost on the way."""
        self.read(most)
        self._gone.set()
        await self.over()
        self.sent.clear()
        self._mark, self._data = self.position, ""


@on_loop
async def test_a_reader_that_comes_to_another_server_with_its_last_event_id_gets_the_rest_once(
    redis: RedisServer,
) -> None:
    async with group(redis.url) as it:
        witness = await it.client(it.servers[0]).connect()
        reader = Reader(it)
        await reader.connect(it.servers[0])
        await talk(it)
        chance = random.Random(11)
        held = [chance.randint(0, 3) for _ in range(24)]
        for turn in range(12):
            toggle(it, held[2 * turn])
            await asyncio.sleep(chance.choice([0, 0.002]))
            await reader.break_off(chance.randint(2, 30))
            toggle(it, held[2 * turn + 1])
            await reader.connect(it.servers[turn % 2])
        expected = await witness.has(2 + 2 * sum(held))
        await until(lambda: len(reader.read()) >= len(expected))
        assert without_server(reader.read()) == without_server(expected)
        assert reader.position == f"{expected[-1]['epoch']}.{expected[-1]['eventid']}"
        await reader.break_off()


# ---- webhooks


@asynccontextmanager
async def target() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.serve()
    try:
        yield receiver
    finally:
        await receiver.close()


class Deliveries:
    """The webhooks of a server: one of 101, written down in a database that outlives the server."""

    def __init__(self, receiver: Receiver) -> None:
        self.store = WebhookStore(open_database(MEMORY))
        self.store.add(Webhook("crm", receiver.url, "101", "", "contract", new_secret()))
        self._life = AsyncExitStack()

    async def start(self, it: Group, server: Server) -> None:
        """Deliver from a server."""
        sender = Sender(httpx.AsyncClient(timeout=None, trust_env=False), "any", 10.0)
        await self._life.enter_async_context(Webhooks(server.service, it.clock, self.store, sender).running())
        await until(lambda: server.service.monitors.get("101"))
        await settled()

    async def end(self) -> None:
        """Deliver no more, whatever is under way."""
        await self._life.aclose()


async def die(server: Server, other: Server) -> None:
    """Be gone as a process that is killed, and have the other server notice."""
    server.kill()
    await server.lapse()
    await other.journal._exchange.beat()
    await until(lambda: other.role() == "lead")


def attempts(receiver: Receiver) -> list[int]:
    """How often each event was sent, by `webhook-id`."""
    return list(Counter(one.name for one in receiver.got).values())


LIFE = ["alert", "connect", "hold", "retrieve", "disconnect", "idle"]


@on_loop
async def test_a_target_of_two_servers_gets_everything_in_order_when_the_one_that_leads_dies(
    redis: RedisServer,
) -> None:
    async with group(redis.url) as it, target() as receiver:
        a, b = it.servers
        ours, theirs = Deliveries(receiver), Deliveries(receiver)
        await ours.start(it, a)
        await until(lambda: a.role() == "lead")
        await theirs.start(it, b)
        await until(lambda: b.role() == "follow")
        await talk(it)
        await until(lambda: attempts(receiver) == [2, 2])
        receiver.think()
        it.simulator.people.hold("101")
        await until(lambda: attempts(receiver) == [2, 2, 2])
        await ours.end()  # without an answer
        a.kill()
        it.simulator.people.retrieve("101")  # seen by both, written by nobody yet
        await settled()
        receiver.go_on()
        await die(a, b)
        it.simulator.people.hangup("101")
        await until(lambda: len(receiver.taken) == len(LIFE), lambda: receiver.taken)
        await settled()
        assert [one["eventtype"] for one in receiver.taken] == LIFE
        assert [one["eventid"] for one in receiver.taken] == list(range(2, 8))
        assert not any("synthetic" in one for one in receiver.taken)
        assert attempts(receiver) == [2, 2, 2, 1, 1, 1], "each server sends each event once"
        await theirs.end()


@on_loop
async def test_a_target_of_one_server_gets_the_rest_from_its_next_life(redis: RedisServer) -> None:
    async with group(redis.url) as it, target() as receiver:
        a, b = it.servers
        deliveries = Deliveries(receiver)
        await deliveries.start(it, a)
        await until(lambda: a.role() == "lead")
        await it.client(b).connect()
        await talk(it)
        await until(lambda: attempts(receiver) == [1, 1])
        receiver.usual = ANSWERS["refuses"]
        it.simulator.people.hold("101")
        await until(lambda: attempts(receiver) == [1, 1, 1])
        await deliveries.end()
        await die(a, b)
        it.simulator.people.retrieve("101")
        it.simulator.people.hangup("101")
        receiver.usual = TAKEN
        await deliveries.start(it, await it.start())
        await until(lambda: len(receiver.taken) == len(LIFE), lambda: receiver.taken)
        await settled()
        assert [one["eventtype"] for one in receiver.taken] == LIFE
        assert attempts(receiver) == [1, 1, 2, 1, 1, 1]
        await deliveries.end()
