"""The simulated AES as `ivrsvr sim` runs it: its certificate, old clients, several switches."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.assembly.simulation import simulating
from ivrsvr.backends.simulator.server import AesServer
from ivrsvr.backends.tsapi.client import ask_names, connect
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta.query import QueryDeviceInfo
from tests.service.fake import on_loop

SETTINGS = Settings(aes="127.0.0.1:0", http="127.0.0.1:0", aes_csta=0, aes_csta_s=0, db=":memory:")
OLD_CIPHERS = "AES128-SHA:DES-CBC3-SHA:@SECLEVEL=0"
"""What old clients offer (RSA key exchange), by OpenSSL's names."""


def world(folder: Path, name: str, station: str, tlink: str) -> str:
    data: dict[str, Any] = {
        "stations": {station: {}},
        "aes": {
            "tlinks": {tlink: {"link": 1}},
            "users": {"anna": {"password": "secret", "unrestricted": True}},
            "stream": {"serverID": tlink, "loginID": "anna", "passwd": "secret"},
        },
    }
    path = folder / name
    path.write_text(yaml.safe_dump(data))
    return str(path)


async def handshake(aes: AesServer, context: ssl.SSLContext) -> str:
    """The TLS version of a connection to an encrypted TLINK."""
    reader, writer = await asyncio.open_connection("127.0.0.1", aes.csta_s_port, ssl=context)
    version = writer.get_extra_info("ssl_object").version()
    writer.transport.abort()
    assert await reader.read() == b""
    return str(version)


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def old() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.options &= ~ssl.OP_NO_TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers(OLD_CIPHERS)
    return context


@on_loop
async def test_the_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = replace(SETTINGS, aes_certificates=str(tmp_path / "aes"))
    kept = []
    for _ in range(2):
        async with simulating(settings) as running:
            assert running.aes.certificate == tmp_path / "aes" / "aes.crt"
            kept.append(running.aes.certificate.read_bytes())
            assert await handshake(running.aes, trusting(running.aes.certificate)) == "TLSv1.3"
    assert kept[0] == kept[1]
    assert (tmp_path / "aes" / "aes.key").stat().st_mode & 0o77 == 0


@on_loop
async def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="name another folder with aes_certificates"):
        async with simulating(replace(SETTINGS, aes_certificates=str(tmp_path / "file" / "aes"))):
            pass


@on_loop
async def test_old_clients_are_taken_where_that_is_wanted() -> None:
    context = old()
    async with simulating(replace(SETTINGS, aes_oldtls=True)) as running:
        assert await handshake(running.aes, context) == "TLSv1"
        assert running.aes.certificate is not None
        assert await handshake(running.aes, trusting(running.aes.certificate)) == "TLSv1.3"
    async with simulating(SETTINGS) as running:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await handshake(running.aes, context)


@on_loop
async def test_several_switches(tmp_path: Path) -> None:
    first = world(tmp_path, "first.yaml", "101", "AVAYA#CM1#CSTA#AES1")
    second = world(tmp_path, "second.yaml", "202", "AVAYA#CM2#CSTA#AES1")
    clock = Clock(mode="real")
    async with simulating(replace(SETTINGS, world=first), clock, further_worlds=[second]) as running:
        names = await ask_names("127.0.0.1", running.aes.name_port, clock)
        assert [one.name for one in names] == ["AVAYA#CM1#CSTA#AES1", "AVAYA#CM2#CSTA#AES1"]
        for one, station in zip(names, ("101", "202"), strict=True):
            login = Login(tlink=one.name, login="anna", password="secret")
            client = await connect("127.0.0.1", one.port, login, clock, lambda _: None, note=lambda _: None)
            assert (await client.request(QueryDeviceInfo(device=station))).pdu.device == station
            await client.close()


@on_loop
async def test_two_switches_with_the_same_tlink(tmp_path: Path) -> None:
    paths = [world(tmp_path, f"{name}.yaml", "101", "AVAYA#CM1#CSTA#AES1") for name in ("one", "two")]
    with pytest.raises(ConfigurationError, match="give each world TLINKs of its own"):
        async with simulating(replace(SETTINGS, world=paths[0]), further_worlds=paths[1:]):
            pass
