"""`ivrsvr doctor` as an operator uses it: a process of its own, against a simulated AES in another."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from ivrsvr.assembly.checkup import examine
from ivrsvr.assembly.settings import Settings
from ivrsvr.clock import Clock
from tests.commands import run
from tests.forked import forked
from tests.interfaces import certificates

CLEAR = "AVAYA#CM1#CSTA#AES1"
SECURE = "AVAYA#CM1#CSTA-S#AES1"
PORTS = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0"}
QUIET = {"IVRSVR_HTTP": "127.0.0.1:0", "IVRSVR_CONSOLE": "", "IVRSVR_UUISVR": "127.0.0.1:0"}
LICENSED = ("--aes", "127.0.0.1:0", "--control", "127.0.0.1:0")


@pytest.fixture(scope="module")
def aes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a simulated AES's name service."""
    with forked("sim", *LICENSED, folder=tmp_path_factory.mktemp("aes"), **PORTS) as (_, printed):
        yield address_of(printed)


def address_of(printed: str) -> str:
    (found,) = re.findall(r"name service (\S+),", printed)
    return str(found)


def line_on(tlink: str, folder: Path, **settings: str) -> tuple[int, str]:
    """The exit code, and the one line that the doctor says of a TLINK."""
    own = {**QUIET, "IVRSVR_BACKEND": "tsapi", "IVRSVR_IVR_TLINK_01": tlink}
    told = run("doctor", folder=folder, **own, **settings)
    assert told.stderr == ""
    (line,) = [one for one in told.stdout.splitlines() if "ivr_tlink_01" in one]
    return told.returncode, line


def test_a_good_one(aes: str, tmp_path: Path) -> None:
    code, line = line_on(f"{CLEAR}@{aes} ivrsvr ivrsvr", tmp_path)
    assert code == 0
    assert f"{CLEAR} at 127.0.0.1 is open to ivrsvr" in line


@pytest.mark.parametrize(
    ("tlink", "settings", "wrong", "mend"),
    [
        (f"{CLEAR}@AES ivrsvr wrong", {}, "refuses the user 'ivrsvr' or its password", "ivrsvr encryptpasswd"),
        ("AVAYA#CM2#CSTA#AES1@AES ivrsvr ivrsvr", {}, "has no TLINK AVAYA#CM2#CSTA#AES1", "put one of these into"),
        (f"{CLEAR}@127.0.0.1:1 ivrsvr ivrsvr", {}, "nothing listens at 127.0.0.1:1", "check the port in ivr_tlink_01"),
        (f"{SECURE}@AES ivrsvr ivrsvr", {}, "is not trusted", "name that in tsapi_authorities"),
        (f"{CLEAR}@AES ivrsvr enc:rubbish", {}, "key file", "encrypt the passwords anew"),
    ],
    ids=["wrong password", "wrong tlink", "closed port", "untrusted certificate", "no key"],
)  # fmt: skip
def test_what_is_wrong_and_what_to_do(
    aes: str, tmp_path: Path, tlink: str, settings: dict[str, str], wrong: str, mend: str
) -> None:
    code, line = line_on(tlink.replace("@AES", f"@{aes}"), tmp_path, **settings)
    assert code == 1
    assert wrong in line
    assert mend in line
    assert "Traceback" not in line


def test_the_certificate_is_looked_at(tmp_path: Path) -> None:
    """What the server would not start with, and what will end soon."""

    def told(**settings: Any) -> dict[str, tuple[bool, str]]:
        given = Settings(http="127.0.0.1:0", console=(), uuisvr="127.0.0.1:0", db=":memory:", **settings)

        async def look() -> dict[str, tuple[bool, str]]:
            return {one.what: (one.well, one.text) async for one in examine(given, Clock(mode="real"))}

        return asyncio.run(look())

    assert "certificate" not in told()
    assert told()["port uuisvr"][0]
    assert told(http_tls=True)["certificate"] == (False, ANY)
    good, key = certificates.make(tmp_path / "good")
    assert told(tls_certificate=good, tls_key=key)["certificate"][0]
    well, text = told(tls_certificate=good, tls_key=str(tmp_path / "none.pem"))["certificate"]
    assert (well, "cannot be read" in text) == (False, True)
    for name, old, said in (("soon", False, "expires in"), ("late", True, "has expired; renew it")):
        certificate, key = certificates.make(tmp_path / name, days=10, old=old)
        well, text = told(tls_certificate=certificate, tls_key=key)["certificate"]
        assert (well, said in text) == (False, True), text


def test_an_aes_without_licences(tmp_path: Path) -> None:
    world = tmp_path / "none.json"
    world.write_text(
        json.dumps(
            {
                "stations": {"101": {}},
                "aes": {
                    "userLicences": 0,
                    "tlinks": {CLEAR: {"link": 1}},
                    "users": {"ivrsvr": {"password": "ivrsvr", "unrestricted": True}},
                },
            }
        )
    )
    with forked("sim", *LICENSED, "--world", str(world), folder=tmp_path, **PORTS) as (_, printed):
        code, line = line_on(f"{CLEAR}@{address_of(printed)} ivrsvr ivrsvr", tmp_path)
    assert code == 1
    assert "has no TSAPI user licence left" in line
    assert "free one by closing other applications' streams, or add licences on the AES" in line
