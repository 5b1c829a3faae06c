"""The servers that are compared, each in a process of its own: `python -m bench.peers NAME`.

    ivrsvr     the server with its simulator
    filed      the same with two calls, of which the first makes 10,000 events before the second makes any;
               `remote` keeps them in a Redis, `forgetful` in memory only
    hooked     the server with two calls, webhooks to anywhere, and a clock that runs 100 times as fast
    sharing    two of them on one switch, which share their journal in a Redis
    secured    the same with TLS, keys, rates and the audit log
    fastapi    one bare endpoint that takes the same body and answers the same, on the same server settings
    pair       a busy switch behind two AES (`bench.pair`)
    broadcast  a bare `websockets` server that sends the same octets to everybody

A server prints its ports on the first line. `events N` on its standard input makes it send N events to whoever listens,
and it goes on with the next line when they have left its hands. It ends with its standard input.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.child import redis_process
from bench.pair import pair
from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Clock
from ivrsvr.commands.certificate import self_signed
from ivrsvr.interfaces.keys import digest
from ivrsvr.interfaces.listeners import bind
from ivrsvr.store.tables import Key

EVENT = json.dumps(
    {
        "msgtype": "event",
        "eventtype": "hold",
        "referenceid": 1,
        "holding": "101",
        "time": 1458770400,
        "callid": 1,
        "eventid": 1000,
        "epoch": "0123456789abcdef",
    }
)
"""Replaced by the octets of the server under test as soon as they are known: `bytes TEXT` on the standard input."""

Send = Callable[[int], Awaitable[None]]


async def _nothing(count: int) -> None:
    """A server that sends no events."""


async def obey(send: Send = _nothing, learn: Callable[[str], object] = str) -> None:
    """Carry out the lines of the standard input until its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        word, _, rest = line.decode().rstrip("\n").partition(" ")
        if word == "events":
            await send(int(rest))
        elif word == "bytes":
            learn(rest)


KEY = f"ivk_{'0' * 12}_{'benchmark' * 5}"
"""What the clients of `secured` bring."""


def protected(folder: Path) -> dict[str, Any]:
    """Settings of a server with everything on that protects it: TLS, keys, rates, the audit log of all changes."""
    now = datetime.now(UTC)
    certificate, key = self_signed(("127.0.0.1",), now - timedelta(days=1), now + timedelta(days=1))
    (folder / "bench.crt").write_bytes(certificate + key)
    return {
        "security": "on",
        "http_tls": True,
        "tls_certificate": str(folder / "bench.crt"),
        "rate_key": 1e6,
        "rate_address": 1e6,
        "audit": "all",
        "audit_file": str(folder / "audit.log"),
    }


def give_key(app: App, scopes: str) -> None:
    """Let a server accept `KEY`."""
    salt, secret = "00" * 16, KEY.rpartition("_")[2]
    row = Key("bench", "0" * 12, salt, digest(secret, salt), scopes, "1*", 0.0, 0.0, "bench")
    app.site.configuration.keys.add(row)
    app.site.keys.read()


async def secured() -> None:
    """The server with everything on that protects it."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        settings = Settings(
            http="127.0.0.1:0", console=(), db=str(folder / "bench.db"), log_level="error", **protected(folder)
        )
        async with serving(settings) as app:
            give_key(app, "call")
            print(app.http[1], flush=True)
            await obey()


ONE_CALL = (("101", "105"),)
TWO_CALLS = (("101", "105"), ("102", "104"))

BLOCK = 10_000
"""Events that one call makes before the next one makes any, where a server is to forget those of the first."""


async def filed() -> None:
    """The server with a file for its events."""
    await ivrsvr(calls=TWO_CALLS, block=BLOCK)


async def forgetful() -> None:
    """The server without a file for its events."""
    await ivrsvr("memory", TWO_CALLS, block=BLOCK)


async def remote() -> None:
    """The server with its events in a Redis."""
    with tempfile.TemporaryDirectory() as directory:
        async with redis_process(Path(directory)) as url:
            await ivrsvr(url, TWO_CALLS, block=BLOCK)


async def hooked() -> None:
    """The server with pauses between attempts at a delivery that a benchmark can wait for."""
    await ivrsvr(calls=TWO_CALLS, rate=100.0)


def settings_in(folder: Path, journal: str, name: str = "bench") -> Settings:
    """Those of a server whose events are counted."""
    return Settings(
        http="127.0.0.1:0",
        ws=("127.0.0.1:0",),
        console=(),
        db=str(folder / f"{name}.db"),
        ivr_journal=journal,
        webhook_targets="any",
        uuisvr_listen=False,
        ws_connections=2000,  # of whom some may be going while others come
        log_level="error",
    )


def holding(simulator: Simulator | None, calls: Sequence[tuple[str, str]], block: int = 1) -> Send:
    """Events are calls that are held and retrieved in turn, each so often in a row."""
    assert simulator is not None
    people = simulator.people
    held = dict.fromkeys((caller for caller, _ in calls), False)
    dialled = False

    async def send(count: int) -> None:
        nonlocal dialled
        if not dialled:
            for caller, called in calls:
                people.dial(caller, called)
                people.answer(called)
            dialled = True
        for number in range(count):
            caller, _ = calls[number // block % len(calls)]
            (people.retrieve if held[caller] else people.hold)(caller)
            held[caller] = not held[caller]
            await asyncio.sleep(0)

    return send


async def ivrsvr(
    journal: str = "", calls: Sequence[tuple[str, str]] = ONE_CALL, rate: float = 1.0, block: int = 1
) -> None:
    """The server on a new database."""
    with tempfile.TemporaryDirectory() as directory:
        clock = Clock()
        clock.set_mode("real", rate)
        async with serving(settings_in(Path(directory), journal), clock) as app:
            give_key(app, "admin")
            print(app.http[1], app.websockets[0][1], flush=True)
            await obey(holding(app.simulator, calls, block))


async def sharing() -> None:
    """Two servers on one switch, with one journal in a Redis; their ports come one server after the other."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        async with redis_process(folder) as url, AsyncExitStack() as stack:
            first = await stack.enter_async_context(serving(settings_in(folder, url, "first")))
            apart = replace(settings_in(folder, url, "second"), ivr_serverid=2)
            second = await stack.enter_async_context(serving(apart, first.clock, first.simulator))
            ports = (port for app in (first, second) for port in (app.http[1], app.websockets[0][1]))
            print(*ports, flush=True)
            await obey(holding(first.simulator, ONE_CALL))


class Call(BaseModel):
    """The body of a request to make a call."""

    id: str = ""
    request: str = ""
    extension: str
    destination: str = ""


class Made(BaseModel):
    """The answer."""

    msgtype: str = "response"
    id: str
    result: str = "success"
    callid: str
    ucid: str


async def fastapi() -> None:
    """An endpoint that does nothing but check the body and answer, as a FastAPI user would write it."""
    app = FastAPI()

    @app.post("/api/{request}")
    async def api(request: str, body: Call) -> Made:
        del request
        return Made(id=body.id, callid="1", ucid="00001000011458770400")

    listener = bind("127.0.0.1:0", "--http")  # as the server under test does: without Nagle's delays, for one
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    serving_task = asyncio.create_task(server.serve([listener]))

    await obey()
    server.should_exit = True
    await serving_task


async def broadcaster() -> None:
    """The least that a WebSocket server does to send one text to all."""
    connections: set[ServerConnection] = set()
    text = EVENT

    async def handle(connection: ServerConnection) -> None:
        connections.add(connection)
        await connection.wait_closed()

    async def send(count: int) -> None:
        for _ in range(count):
            broadcast(connections, text)
            await asyncio.sleep(0)

    def learn(new: str) -> None:
        nonlocal text
        text = new

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await obey(send, learn)


PEERS: dict[str, Callable[[], Awaitable[None]]] = {
    "ivrsvr": ivrsvr,
    "filed": filed,
    "remote": remote,
    "hooked": hooked,
    "secured": secured,
    "forgetful": forgetful,
    "sharing": sharing,
    "fastapi": fastapi,
    "broadcast": broadcaster,
    "pair": pair,
}


async def _main(name: str) -> None:
    await PEERS[name]()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
