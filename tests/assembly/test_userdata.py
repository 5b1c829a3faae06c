"""The user-data service as servers have it: doors, Redis, several servers, and services that lie."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.assembly.userdata import WATCH_S, bind_userdata, keeping, open_userdata, watch_ids
from ivrsvr.clock import Clock
from ivrsvr.interfaces.listeners import ListenError, bind, bound_to
from ivrsvr.interfaces.tls import LOOK_EVERY_S, Renewed, Trust
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.parameters import BY_NAME
from ivrsvr.store.userdata import Key, Keys, UserDataError, is_key
from ivrsvr.store.userdata_redis import PREFIX, RedisUserData
from ivrsvr.store.userdata_remote import CONNECTIONS_MOST, RemoteUserData
from tests.interfaces import certificates
from tests.redis import FAR, RedisServer, redis_server, way_to
from tests.service.fake import on_loop

QUIET: dict[str, Any] = {"http": "127.0.0.1:0", "console": (), "uuisvr": "127.0.0.1:0", "db": ":memory:"}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@asynccontextmanager
async def server(**settings: Any) -> AsyncIterator[App]:
    async with serving(Settings(**{**QUIET, **settings}), Clock(mode="real")) as app:
        yield app


def place(app: App) -> str:
    assert app.uuisvr is not None
    return "{}:{}".format(*app.uuisvr)


async def ask(app: App, type_: str, **keys: str) -> dict[str, Any]:
    return await app.service.handle({"request": "userdata", "extension": "101", "type": type_} | keys)


@on_loop
async def test_the_door_keeps_texts_and_says_what_is_wrong() -> None:
    async with server(ivr_custdatamaxsize=100) as app, httpx.AsyncClient(base_url=f"http://{place(app)}") as client:
        kept = await client.post("/userdata", json={"data": "Grüße 电话"})
        key = kept.json()["key"]
        found = Key.parse(key)
        assert getattr(found, "place", "") == place(app)
        assert (await client.get(f"/userdata/{key}")).json() == {"key": key, "data": "Grüße 电话"}
        assert (await ask(app, "get", uui=key))["data"] == "Grüße 电话"
        assert (await client.put(f"/userdata/{key}", json={"data": "new"})).json() == {"key": key}
        assert (await ask(app, "get", uui=key))["data"] == "new"
        other = key[:-8] + "0000FFFF"
        for method, path, options, status, said in (
            ("GET", f"/userdata/{other}", {}, 404, "USERDATA_NOT_FOUND"),
            ("PUT", f"/userdata/{other}", {"json": {"data": "x"}}, 404, "USERDATA_NOT_FOUND"),
            ("GET", f"/userdata/{key[:-1]}", {}, 400, "44"),
            ("GET", f"/userdata/{key.lower()}", {}, 400, "44"),
            ("GET", "/userdata/../../etc/passwd", {}, 404, "nothing here"),
            ("DELETE", f"/userdata/{key}", {}, 404, "nothing here"),
            ("POST", "/userdata", {"json": {"data": "x" * 101}}, 400, "DATA_TOO_LONG"),
            ("POST", "/userdata", {"json": {"data": "x" * 10000}}, 413, "MESSAGE_TOO_LARGE"),
            ("POST", "/userdata", {"json": {"data": 7}}, 400, '"data"'),
            ("POST", "/userdata", {"json": {}}, 400, '"data"'),
            ("POST", "/userdata", {"content": b"\xff\x00\x01"}, 400, "MALFORMED_JSON"),
            ("POST", "/userdata", {"content": b'{"data": "\\ud800"}'}, 400, "MALFORMED_JSON"),
            ("GET", "/status", {"headers": {"authorization": "Bearer wrong"}}, 401, "NOT_AUTHENTICATED"),
            ("GET", "/status", {"headers": {"origin": "https://evil.example"}}, 403, "NOT_AUTHORIZED"),
        ):
            answer = await client.request(method, path, **options)
            assert (answer.status_code, said in answer.json()["error"]) == (status, True), (path, answer.text)
        status_ = (await client.get("/status")).json()
        assert (status_["service"], status_["address"], status_["set"]) == ("uuisvr", place(app), 7)


@on_loop
async def test_a_door_that_other_machines_can_reach_asks_for_a_key() -> None:
    async with server(security="on") as app:
        key = app.site.keys.create("neighbour", "call", "*", "", "test")
        address = place(app)
        stranger = RemoteUserData(address, credential="", data_most=100, timeout_s=5)
        friend = RemoteUserData(address, credential=key, data_most=100, timeout_s=5)
        with pytest.raises(UserDataError, match="401"):
            await stranger.set("x")
        kept = await friend.set("theirs")
        assert await friend.get(kept) == "theirs"
        await stranger.close()
        await friend.close()


@on_loop
async def test_servers_find_each_others_data_and_say_so_when_one_is_gone() -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(server(ivr_serverid=1))
        second = await stack.enter_async_context(server(ivr_serverid=2, ivr_uuisvr_peers=(place(first),)))
        third = await stack.enter_async_context(server(ivr_serverid=3))
        key = (await ask(first, "set", data="of the first"))["uui"]
        assert (await ask(second, "get", uui=key))["data"] == "of the first"
        refused = await ask(third, "get", uui=key)
        assert refused["error"].startswith("USERDATA_NOT_FOUND")
        assert "ivr_uuisvr_peers" in refused["error"]
        assert (await ask(second, "update", uui=key, data="changed"))["result"] == "success"
        assert (await ask(first, "get", uui=key))["data"] == "changed"
    async with server(ivr_uuisvr_peers=(place(first),)) as later:
        gone = await ask(later, "get", uui=key)
        assert gone["error"].startswith("USERDATA_SERVICE_FAILED")
        assert "cannot be reached" in gone["error"]


@on_loop
async def test_one_service_for_several_servers() -> None:
    async with keeping(Settings(**QUIET), Clock(mode="real")) as uuisvr:
        at = "{}:{}".format(*uuisvr.address)
        async with server(ivr_uuisvr=at) as first, server(ivr_uuisvr=at) as second:
            assert first.uuisvr is None
            key = (await ask(first, "set", data="shared"))["uui"]
            assert at == getattr(Key.parse(key), "place", "")
            assert (await ask(second, "get", uui=key))["data"] == "shared"
    async with server(ivr_uuisvr=at) as alone:
        lost = await ask(alone, "set", data="x")
        assert lost["error"].startswith("USERDATA_SERVICE_FAILED")
        assert "may be repeated" in lost["error"]


@on_loop
async def test_many_look_ups_at_once_share_a_few_connections() -> None:
    """Each connection more makes every look-up dearer, and the service has one processor."""
    connections: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
                body = json.dumps({"key": path.removeprefix("/userdata/"), "data": "text"}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()
        await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.create_task(answer(reader, writer)))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        at = "{}:{}".format(*listening.sockets[0].getsockname())
        remote = RemoteUserData(at, credential="", data_most=9, timeout_s=9)
        keys = [f"FCCCCCCC{number:036X}" for number in range(64)]
        assert await asyncio.gather(*map(remote.get, keys)) == ["text"] * 64
        await remote.close()
        await asyncio.gather(*connections)
    assert 1 <= len(connections) <= CONNECTIONS_MOST < 8


# ---- TLS


@asynccontextmanager
async def encrypted(
    folder: Path, *names: str, old: bool = False, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[str]:
    """A service of its own behind TLS, with a certificate of these names."""
    certificate, key = certificates.make(folder, *names, old=old)
    tls = {"uuisvr_tls": True, "tls_certificate": certificate, "tls_key": key}
    async with keeping(Settings(**{**QUIET, **tls, **settings}), clock or Clock(0.0)) as service:
        yield "{}:{}".format(*service.address)


async def attempt(address: str, trust: Trust | None) -> str:
    """What comes of keeping a text there: the text, or why it cannot be."""
    tls = Renewed(trust, Clock(0.0)).context if trust is not None else None
    remote = RemoteUserData(address, credential="", data_most=100, timeout_s=5, tls=tls)
    try:
        return str(await remote.get(await remote.set("kept")))
    except UserDataError as error:
        return str(error)
    finally:
        await remote.close()


@on_loop
async def test_servers_ask_over_tls_and_believe_the_right_certificate_alone(tmp_path: Path) -> None:
    good, other = str(tmp_path / "good" / "a.crt"), certificates.make(tmp_path / "other")[0]
    async with encrypted(tmp_path / "good") as at:
        asking = {"ivr_uuisvr": at, "ivr_uuisvr_tls": True}
        async with server(ivr_uuisvr_authorities=good, **asking) as app:
            key = (await ask(app, "set", data="over TLS"))["uui"]
            assert (await ask(app, "get", uui=key))["data"] == "over TLS"
        async with server(ivr_uuisvr_authorities=other, **asking) as app:
            refused = await ask(app, "set", data="x")
            assert refused["error"].startswith("USERDATA_SERVICE_FAILED")
            assert "shows a certificate that is not believed (self-signed certificate)" in refused["error"]
        assert "if it speaks TLS, set ivr_uuisvr_tls" in await attempt(at, None)
    async with encrypted(tmp_path / "old", old=True) as at:
        assert "certificate has expired" in await attempt(at, Trust(str(tmp_path / "old" / "a.crt")))
    async with encrypted(tmp_path / "elsewhere", "data.example") as at:
        assert "IP address mismatch" in await attempt(at, Trust(str(tmp_path / "elsewhere" / "a.crt")))
    async with keeping(Settings(**QUIET), Clock(0.0)) as plain:
        assert "does not agree on TLS" in await attempt("{}:{}".format(*plain.address), Trust(good))


@on_loop
async def test_the_door_may_want_to_see_the_certificates_of_servers(tmp_path: Path) -> None:
    certificate, key = certificates.make(tmp_path / "asker", "asker.example")
    stranger = certificates.make(tmp_path / "stranger", "stranger.example")
    async with encrypted(tmp_path / "door", tls_clients=certificate, tls_clientnames=("asker.example",)) as at:
        authorities = str(tmp_path / "door" / "a.crt")
        assert await attempt(at, Trust(authorities, certificate, key)) == "kept"
        for wrong in (Trust(authorities), Trust(authorities, *stranger)):
            assert "may want another certificate of this server" in await attempt(at, wrong)


@on_loop
async def test_a_certificate_is_renewed_at_both_ends_without_a_restart(tmp_path: Path) -> None:
    clock = Clock(0.0)
    async with encrypted(tmp_path / "door", clock=clock) as at:
        authorities = tmp_path / "door" / "a.crt"
        trust = Renewed(Trust(str(authorities)), clock)
        remote = RemoteUserData(at, credential="", data_most=100, timeout_s=5, tls=trust.context)
        key = await remote.set("before")
        certificates.make(tmp_path / "door")
        clock.advance(LOOK_EVERY_S)
        assert await remote.get(key) == "before"
        assert await attempt(at, Trust(str(authorities))) == "kept"
        authorities.write_text("no certificate")
        clock.advance(LOOK_EVERY_S)
        assert await remote.get(key) == "before"
        await remote.close()


def test_files_that_cannot_be_used_keep_a_server_from_starting(tmp_path: Path) -> None:
    @on_loop
    async def start(**settings: Any) -> None:
        async with server(**settings):
            pass

    with pytest.raises(ListenError, match=r"TLS cannot be used: .*nowhere\.pem"):
        start(ivr_uuisvr_tls=True, ivr_uuisvr_authorities=str(tmp_path / "nowhere.pem"))
    with pytest.raises(ListenError, match="TLS needs a certificate"):
        start(uuisvr_tls=True)


def test_a_port_that_a_neighbour_has() -> None:
    """The default one gives way; one that was chosen must be free, for others were told of it."""
    with AsyncExitStackSync() as stack:
        default = BY_NAME["uuisvr"].default
        try:
            neighbour = bind(default, "")
            stack.callback(neighbour.close)
        except ListenError:
            pass  # another program has it already, which is as good
        listener = bind_userdata(Settings(**{**QUIET, "uuisvr": default}), stack)
        assert listener is not None
        assert bound_to(listener)[1] != 5100
        taken = "{}:{}".format(*bound_to(listener))
        with pytest.raises(ListenError, match="another program listens there already; name another one with --uuisvr"):
            bind_userdata(Settings(**{**QUIET, "uuisvr": taken}), stack)
        for wrong in ("0.0.0.0:5100", "localhost:5100", "[::1]:5100"):
            with pytest.raises(ConfigurationError, match="uuisvr"):
                bind_userdata(Settings(**{**QUIET, "uuisvr": wrong}), stack)


class AsyncExitStackSync(AsyncExitStack):
    """One that is left without a loop: all that is on it is plain."""

    def __enter__(self) -> "AsyncExitStackSync":
        return self

    def __exit__(self, *details: object) -> None:
        asyncio.run(self.aclose())


KEY = "FCCCCCCC0000000156A853617F00000113EC00000005"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"garbage\r\n\r\n", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n\xff\x00{", "no JSON object"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "no JSON object"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 3000, "more than"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"key": "%s", "data": "x"}' % (b"F" * 44), "another key"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"key": "%s", "data": 7}' % KEY.encode(), "no text"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"key": "%s", "data": "%s"}' % (KEY.encode(), b"x" * 101), "longer than"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\n{}", "302"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", "404"),
        (b"", "does not answer in time"),
    ],
)
@on_loop
async def test_a_service_that_lies_or_hangs(answer: bytes, said: str) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
            writer.write(answer)
            await writer.drain()
            if not answer:
                await reader.read()
        finally:
            writer.close()

    liar = await asyncio.start_server(lie, "127.0.0.1", 0)
    host, port = liar.sockets[0].getsockname()
    remote = RemoteUserData(f"{host}:{port}", credential="", data_most=100, timeout_s=10.0 if answer else 0.3)
    with pytest.raises(UserDataError, match=said):
        await remote.get(KEY)
    await remote.close()
    liar.close()


# ---- Redis


@on_loop
async def test_data_in_redis_outlive_the_server_that_set_them(redis: RedisServer) -> None:
    async with server(ivr_uuisvr=redis.url, ivr_serverid=11) as first:
        key = (await ask(first, "set", data="Grüße " * 40))["uui"]
    async with server(ivr_uuisvr=redis.url, ivr_serverid=12) as second:
        assert (await ask(second, "get", uui=key))["data"] == "Grüße " * 40
        assert (await ask(second, "update", uui=key, data="new"))["result"] == "success"
        assert (await ask(second, "update", uui=key[:-8] + "0000FFFF", data="x"))["errorcode"] == 2105
        redis.stop()
        lost = await ask(second, "set", data="x")
        assert lost["error"].startswith("USERDATA_SERVICE_FAILED")
        redis.start()
        assert (await ask(second, "get", uui=key))["data"] == "new"
        assert (await ask(second, "set", data="x"))["result"] == "success"


@on_loop
async def test_redis_that_hangs_fails_what_needs_it_in_time_and_is_left_alone_for_a_while(redis: RedisServer) -> None:
    at = redis.url.replace("127.0.0.1", FAR)
    async with way_to(redis) as way, server(ivr_uuisvr=at, ivr_uuisvr_timeout=10) as app:
        lookups = app.service.parts.userdata.lookups
        assert lookups is not None
        key = (await ask(app, "set", data="kept"))["uui"]
        way.obey("stall")
        lookups.limit_s = 0.5
        several = [asyncio.create_task(ask(app, "set", data="x", extension=f"{number}")) for number in range(5)]
        await asyncio.sleep(0)
        made = await app.service.handle({"request": "makecall", "extension": "102", "destination": "103"})
        assert made["result"] == "success"
        assert not any(task.done() for task in several)
        for answer in (*await asyncio.gather(*several), await ask(app, "get", uui=key)):
            assert answer["error"].startswith("USERDATA_SERVICE_FAILED"), answer
        again = await ask(app, "get", uui=key[:-1] + "0")
        assert "did not answer in time a moment ago" in again["error"]
        way.obey("pass")
        lookups.limit_s = 10.0
        assert (await ask(app, "set", data="x"))["result"] == "success"


def test_two_servers_that_nobody_told_apart_do_not_take_the_keys_of_the_other_for_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivrsvr.clock.time.time", lambda: 1_700_000_000.0)  # all in the same second

    @on_loop
    async def run() -> None:
        same = {"uuisvr_listen": False, "uuisvr": "127.0.0.1:5100"}
        async with server(**same) as first, server(**same) as second:
            theirs = [(await ask(first, "set", data=f"of the first {n}"))["uui"] for n in range(20)]
            for n in range(20):
                await ask(second, "set", data=f"of the second {n}")
            for key in theirs:
                answer = await ask(second, "get", uui=key)
                assert answer["error"].startswith("USERDATA_NOT_FOUND"), answer

    run()


@on_loop
async def test_redis_is_restarted_in_the_middle_of_a_call(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(server(ivr_uuisvr=redis.url))
        socket = await stack.enter_async_context(connect("ws://{}:{}/ws".format(*app.http)))
        keys = [(await ask(app, "set", data=f"Grüße {number}"))["uui"] for number in range(3)]

        async def told(eventtype: str) -> dict[str, Any]:
            async with asyncio.timeout(10):
                while (message := json.loads(await socket.recv())).get("eventtype") != eventtype:
                    pass
            return dict(message)

        async def offered(key: str) -> str:
            assert app.simulator is not None
            app.simulator.people.call_in("60123456", "102", uui=key)
            offer = await told("offer")
            return str(offer["custdata"] or offer["custdatafault"])

        async def demand(request: str, **values: str) -> dict[str, Any]:
            return await app.service.handle({"request": request, "extension": "102", **values})

        await socket.send('{"request": "startmonitor", "extension": "102"}')
        assert json.loads(await socket.recv())["result"] == "success"
        assert await offered(keys[0]) == "Grüße 0"
        redis.stop()
        assert (await demand("answer"))["result"] == "success"
        assert (await told("connect"))["uui"] == keys[0]
        assert "does not answer" in await offered(keys[1])
        assert (await demand("hangup", data="Grüße"))["error"].startswith("USERDATA_SERVICE_FAILED")
        assert (await demand("hangup", data="in ASCII"))["result"] == "success"
        assert (await told("disconnect"))["custdata"] == "in ASCII"
        redis.start()
        assert await offered(keys[2]) == "Grüße 2"


@on_loop
async def test_two_servers_with_one_id_that_are_peers_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock(0.0)
    async with keeping(Settings(**QUIET, ivr_serverid=7), clock) as neighbour:
        at = "{}:{}".format(*neighbour.address)
        settings = Settings(**QUIET, ivr_serverid=7, ivr_uuisvr_peers=(at,))
        lookups = await open_userdata(settings, clock, open_database(MEMORY), ("127.0.0.1", 9))
        watching = asyncio.create_task(watch_ids(settings, clock, lookups))
        async with asyncio.timeout(10):
            while not lookups.namesake:
                await asyncio.sleep(0)
                clock.advance(WATCH_S)
        watching.cancel()
        await lookups.close()
    assert lookups.namesake == at
    assert f"{at} has this server's id 7; give each its own ivr_serverid" in caplog.text


@on_loop
async def test_two_servers_with_one_id_are_noticed_and_share_no_key(redis: RedisServer) -> None:
    stores = [RedisUserData(redis.url, Keys(lambda: 1.0, server=77), ttl_s=60) for _ in range(2)]
    keys = [await stores[n % 2].set(str(n)) for n in range(20)]
    assert len(set(keys)) == 20
    assert [await stores[0].get(key) for key in keys] == [str(n) for n in range(20)]
    assert await stores[0].namesake(77, "a") == ""
    assert await stores[1].namesake(77, "b") == "a"
    assert await stores[0].namesake(77, "a") == ""
    raw = stores[0]._redis
    await raw.set(PREFIX + KEY, b"\xff\xfe")
    with pytest.raises(UserDataError, match="no text"):
        await stores[0].get(KEY)
    await raw.delete(PREFIX + KEY)
    await raw.rpush(PREFIX + KEY, "a list")
    with pytest.raises(UserDataError, match="does not answer"):
        await stores[0].get(KEY)
    for store in stores:
        await store.close()


# ---- a site's own class


@on_loop
async def test_the_example_keeps_texts_in_files(tmp_path: Path) -> None:
    given = {"ivr_custdatadll": "examples.custdata.files:Files", "ivr_custdataconfigstring": str(tmp_path / "texts")}
    async with server(**given) as app:
        key = (await ask(app, "set", data="Grüße"))["uui"]
        assert not is_key(key)
        assert (await ask(app, "get", uui=key))["data"] == "Grüße"
        assert (await ask(app, "update", uui=key, data="new"))["result"] == "success"
        (tmp_path / "secret").write_text("nobody's business")
        for forged in ("../secret", "FILE/../../secret", "FILE" + "0" * 32):
            assert (await ask(app, "get", uui=forged))["errorcode"] == 2105
    async with server(**given) as again:
        assert json.dumps((await ask(again, "get", uui=key))["data"]) == '"new"'


INSTALLED = """
class Crm:
    async def open(self, configstring): self.texts = {"CRM0": configstring}
    async def get(self, key): return self.texts.get(key)
    async def set(self, data): self.texts[key := f"CRM{len(self.texts)}"] = data; return key
    async def update(self, key, data): return bool(key in self.texts and (self.texts.update({key: data}) or True))
    def close(self): pass
"""


def test_a_class_of_an_installed_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution as pip leaves it: its module, and the folder that describes it."""
    (tmp_path / "crmplugin.py").write_text(INSTALLED)
    about = tmp_path / "crmplugin-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: crmplugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ivrsvr.custdata]\ncrm = crmplugin:Crm\nlost = crmplugin:Gone\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    @on_loop
    async def use() -> None:
        async with server(ivr_custdatadll="crm", ivr_custdataconfigstring="from the settings") as app:
            assert (await ask(app, "get", uui="CRM0"))["data"] == "from the settings"
            key = (await ask(app, "set", data="Grüße"))["uui"]
            assert (await ask(app, "update", uui=key, data="new"))["result"] == "success"
            assert (await ask(app, "get", uui=key))["data"] == "new"
            assert (await ask(app, "get", uui="CRM9"))["errorcode"] == 2105

    use()

    @on_loop
    async def start(name: str) -> None:
        async with server(ivr_custdatadll=name):
            pass

    for wrong, said in (("crn", r"entry point of ivrsvr\.custdata \(crm, lost\)"), ("lost", "no attribute 'Gone'")):
        with pytest.raises(ConfigurationError, match=said):
            start(wrong)


def test_a_class_that_cannot_be_opened_keeps_the_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    @on_loop
    async def start() -> None:
        async with server(
            ivr_custdatadll="examples.custdata.files:Files", ivr_custdataconfigstring=str(tmp_path / "file" / "x")
        ):
            pass

    with pytest.raises(ConfigurationError, match="open: NotADirectoryError"):
        start()
