"""What `ivrsvr doctor` says of TLINKs, each against a real AES (simulated, on TCP): one sentence with what to do."""

import asyncio
import json
import shutil
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from ivrsvr.assembly.checkup import Finding, check_tlink, examine
from ivrsvr.assembly.clockwork import drive
from ivrsvr.assembly.settings import Settings
from ivrsvr.assembly.userdata import keeping
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.backends.simulator.world_file import parse
from ivrsvr.clock import Clock
from ivrsvr.store.database import open_database
from ivrsvr.store.lock import alone
from ivrsvr.store.redis import connect
from tests.redis import redis_server
from tests.service.fake import on_loop

CLEAR = "AVAYA#CM1#CSTA#AES1"
SECURE = "AVAYA#CM1#CSTA-S#AES1"
SETTINGS = Settings(http="127.0.0.1:0", console=(), db=":memory:", backend="tsapi")


def finding(text: Callable[[AesServer], str], *, patch: Mapping[str, Any] | None = None, **settings: Any) -> Finding:
    """What is found of one TLINK, its text made of the AES that runs."""

    async def look() -> Finding:
        data = merge_patch(parse(DEFAULT_WORLD.read_text()), patch or {})
        async with AsyncExitStack() as stack:
            clock = Clock(mode="real")
            await drive(clock, stack)
            server = AesServer(Simulator(World.from_data(data), clock), Ports(names=0, csta=0, csta_s=0))
            await server.start()
            stack.push_async_callback(server.stop)
            given = {key: value(server) if callable(value) else value for key, value in settings.items()}
            async with asyncio.timeout(20):
                return await check_tlink(replace(SETTINGS, **given), 1, text(server), clock)

    return asyncio.run(look())


def at(tlink: str, login: str = "ivrsvr ivrsvr") -> Callable[[AesServer], str]:
    return lambda server: f"{tlink}@127.0.0.1:{server.name_port} {login}"


@on_loop
async def test_the_user_data_services_that_are_asked() -> None:
    quiet = Settings(uuisvr="127.0.0.1:0", db=":memory:", console=(), http="127.0.0.1:0", ivr_serverid=7)
    clock = Clock(0.0)
    async with keeping(quiet, clock) as service:
        at = "{}:{}".format(*service.address)

        async def told(**settings: object) -> dict[str, Finding]:
            given: Any = settings
            return {one.what: one async for one in examine(replace(quiet, **{"ivr_serverid": 8, **given}), clock)}

        assert (await told(ivr_uuisvr=at))["ivr_uuisvr"] == Finding(
            "ivr_uuisvr", True, f"{at} answers, with the data in :memory:"
        )
        wrong: list[tuple[dict[str, object], str, str]] = [
            ({"ivr_uuisvr": at, "ivr_uuisvr_tls": True}, "ivr_uuisvr", "does not agree on TLS"),
            ({"ivr_uuisvr_peers": (at,), "ivr_serverid": 7}, "ivr_uuisvr_peers", "has this server's id 7"),
            ({"ivr_uuisvr_peers": ("localhost:1",)}, "user data", "must be an IPv4 address"),
            ({"ivr_uuisvr_tls": True, "ivr_uuisvr_authorities": "lost.pem"}, "user data", "lost.pem cannot be read"),
        ]
        for settings, what, said in wrong:
            found = (await told(**settings))[what]
            assert not found.well
            assert said in found.text
    assert "cannot be reached" in (await told(ivr_uuisvr=at))["ivr_uuisvr"].text


def test_a_good_one() -> None:
    assert finding(at(CLEAR)) == Finding(
        "ivr_tlink_01", True, f"{CLEAR} at 127.0.0.1 is open to ivrsvr, private data 8"
    )


def test_an_encrypted_one_whose_certificate_is_trusted() -> None:
    assert finding(at(SECURE), tsapi_authorities=lambda server: str(server.certificate)).well


@pytest.mark.parametrize(
    ("text", "patch", "settings", "said"),
    [
        (at(CLEAR, "ivrsvr wrong"), {}, {}, "refuses the user 'ivrsvr' or its password"),
        (at(CLEAR, "nobody x"), {}, {}, "refuses the user 'nobody' or its password"),
        (at("AVAYA#CM2#CSTA#AES1"), {}, {}, f"put one of these into ivr_tlink_01: {CLEAR}"),
        (at(SECURE), {}, {}, "is not trusted"),
        (at(SECURE), {}, {"tsapi_authorities": "nowhere.pem"}, "nowhere.pem cannot be used"),
        (at(CLEAR), {"aes": {"userLicences": 0}}, {}, "has no TSAPI user licence left"),
        (at(CLEAR), {}, {"tsapi_privatedata": "11-12"}, "versions from 2 to 10"),
        (lambda _: f"{CLEAR}@no-such-host.invalid:450 ivrsvr ivrsvr", {}, {}, "is not known"),
        (lambda _: f"{CLEAR}@127.0.0.1:1 ivrsvr ivrsvr", {}, {}, "nothing listens at 127.0.0.1:1"),
        (lambda _: "nonsense", {}, {}, "ivr_tlink_01"),
        (lambda server: f"{CLEAR}@127.0.0.1:{server.csta_s_port} ivrsvr ivrsvr", {}, {}, "ivr_tlink_01"),
    ],
    ids=[
        "wrong password", "unknown user", "wrong tlink", "untrusted certificate", "no authorities", "no licences",
        "versions", "unknown host", "closed port", "nonsense", "no name service",
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_in_one_sentence(
    text: Callable[[AesServer], str], patch: Mapping[str, Any], settings: Mapping[str, Any], said: str
) -> None:
    found = finding(text, patch=patch, **settings)
    assert not found.well
    assert said in found.text
    assert "\n" not in found.text
    assert "Traceback" not in found.text


@on_loop
async def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(SETTINGS, db=str(tmp_path / "a.db"))
    usage = type(shutil.disk_usage(tmp_path))
    for free, told in ((3_500_000, ["the disk of a.db has 3 MB left"]), (10**10, [])):
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder, free=free: usage(10**10, 0, free))
        found = [one.text async for one in examine(settings, Clock(mode="real")) if one.what == "disk"]
        assert [text.replace(f"{tmp_path}/", "").split(":")[0] for text in found] == told


def test_the_keys_of_an_identity_provider(tmp_path: Path) -> None:
    """A server starts without them, and then refuses everybody."""

    def told(keys: str, **more: object) -> list[Finding]:
        async def look() -> list[Finding]:
            given: Any = {"jwt_issuer": "https://id.example", "jwt_keys": str(tmp_path / "keys"), **more}
            settings = replace(SETTINGS, db=":memory:", http="127.0.0.1:0", uuisvr="127.0.0.1:0", console=(), **given)
            found = [one async for one in examine(settings, Clock(mode="real"))]
            return [one for one in found if one.what in ("jwt_keys", "settings")]

        (tmp_path / "keys").write_text(keys)
        return asyncio.run(look())

    public = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))
    good = json.dumps({"keys": [{**public, "kid": "1"}]})
    assert told(good) == [Finding("jwt_keys", True, f"{tmp_path / 'keys'} has keys of https://id.example: 1")]
    for keys in ("", "[]", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "AA"}]}', "[" * 100_000):
        (found,) = told(keys)
        assert not found.well
        assert "no token " in found.text or "no token be taken" in found.text
    (hidden, _, wrong) = told(good, jwt_algorithms=("none",), ivr_journal="enc:gAAAAA")
    assert hidden.text.startswith("ivr_journal: the key file")
    assert not wrong.well
    assert "jwt_algorithms may be" in wrong.text


def test_settings_ports_and_database(tmp_path: Path) -> None:
    async def look() -> dict[str, Finding]:
        (tmp_path / "a.db").write_bytes(b"rubbish" * 1000)
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        here = f"127.0.0.1:{port}"
        settings = replace(SETTINGS, db=str(tmp_path / "a.db"), http=here, uuisvr=here, console=("0.0.0.0:0",))
        found = {one.what: one async for one in examine(settings, Clock(mode="real"))}
        taken.close()
        return found

    found = asyncio.run(look())
    assert "ivrsvr restore FILE" in found["database"].text
    assert "another program" in found["port http"].text
    assert "another program" in found["port uuisvr"].text
    assert "reached from other machines" in found["port console"].text
    assert "ivr_tlink_01" in found["TLINK"].text
    assert not [one for one in found.values() if one.well]


def test_beside_the_server_that_runs_its_ports_are_in_use_as_they_should_be(tmp_path: Path) -> None:
    async def look() -> dict[str, Finding]:
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        here = f"127.0.0.1:{taken.sockets[0].getsockname()[1]}"
        settings = replace(SETTINGS, db=str(tmp_path / "a.db"), http=here, uuisvr=here)
        found = {one.what: one async for one in examine(settings, Clock(mode="real"))}
        taken.close()
        return found

    open_database(tmp_path / "a.db").close()
    with alone(str(tmp_path / "a.db")):
        found = asyncio.run(look())
    for name in ("port http", "port uuisvr"):
        assert found[name].well
        assert "is in use, as it should be: the server runs" in found[name].text
    assert not asyncio.run(look())["port http"].well


def test_trust_without_question_has_to_be_asked_for() -> None:
    assert finding(at(SECURE), tsapi_verify=False).well
    assert ssl.create_default_context().check_hostname


async def of_journal(url: str) -> tuple[bool, str]:
    """What is found of a shared journal."""
    settings = replace(SETTINGS, backend="simulator", ivr_journal=url)
    found = [one async for one in examine(settings, Clock(0.0)) if one.what == "ivr_journal"]
    return found[0].well, found[0].text


def test_the_redis_of_a_shared_journal(tmp_path: Path) -> None:
    async def change(url: str, name: str, value: str) -> None:
        client = connect(url)
        await client.config_set(name, value)
        await client.aclose()

    with redis_server(tmp_path) as redis:
        url = redis.url
        assert asyncio.run(of_journal(url)) == (True, f"{url} answers, and writes everything down")
        asyncio.run(change(url, "appendfsync", "everysec"))
        well, text = asyncio.run(of_journal(url))
        assert (well, "a new epoch begins" in text) == (True, True)
        asyncio.run(change(url, "maxmemory-policy", "allkeys-lru"))
        well, text = asyncio.run(of_journal(url))
        assert (well, "set maxmemory-policy noeviction" in text) == (False, True)
    well, text = asyncio.run(of_journal(url))
    assert (well, "does not answer" in text) == (False, True)
