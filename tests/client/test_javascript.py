"""The JavaScript client in Node, from its npm package, against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from ivrsvr import __version__
from tests.client.test_page import LIMIT_S, converse, programs
from tests.pages.rig import PageServer

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients/javascript"
HOSTILE = Path(__file__).with_name("hostile.mjs")


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing = f"no {name} on this machine: apt-get install nodejs npm"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, as `npm install` of its tarball leaves it."""
    folder = tmp_path_factory.mktemp("node")
    packed = subprocess.run(
        [tool("npm"), "pack", "--silent", "--pack-destination", str(folder)],
        cwd=PACKAGE, check=True, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
        archive.extractall(folder / "node_modules", filter="data")
    (folder / "node_modules/package").rename(folder / "node_modules/ivrsvr")
    said = json.loads((PACKAGE / "package.json").read_text())
    assert names == {*said["files"], "package.json", "README.md"}
    assert said["version"] == __version__
    return folder


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def node(folder: Path, program: str, *arguments: str) -> str:
    (folder / "program.mjs").write_text(program)
    done = subprocess.run(
        [tool("node"), "program.mjs", *arguments], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def address(server: PageServer) -> str:
    return server.url.replace("http", "ws") + "/ws"


def test_the_softphone_in_javascript(installed: Path, server: PageServer) -> None:
    (installed / "softphone.mjs").write_text(programs("js")[0])
    converse([tool("node"), str(installed / "softphone.mjs"), address(server), "101"], server)


def test_a_connection_that_breaks_loses_nothing_and_dials_once(installed: Path, server: PageServer) -> None:
    """A relay cuts each of the first connections after some octets; the listener has every event once, in order."""
    program = """
import net from "node:net";
import { Client } from "ivrsvr";
const target = new URL(process.argv[2]);
const cuts = [300, 500, 700, 900, 1100, 1300, 1500, 1700];
const relay = net.createServer((one) => {
  let left = cuts.shift() ?? Infinity;
  const other = net.connect(Number(target.port), target.hostname);
  const end = () => { one.destroy(); other.destroy(); };
  one.on("data", (data) => other.write(data)).on("close", end).on("error", end);
  other.on("data", (data) => { one.write(data.subarray(0, left)); if ((left -= data.length) <= 0) end(); });
  other.on("close", end).on("error", end);
}).listen(0, "127.0.0.1");
await new Promise((ready) => relay.on("listening", ready));
const wait = (ms, call) => { const id = setTimeout(call, ms > 10_000 ? ms : 1); return () => clearTimeout(id); };
const server = new Client(`ws://127.0.0.1:${relay.address().port}/ws`, { wait });
const events = [];
await server.monitor("101", (event) => events.push(event));
for (let round = 0; round < 4; round++) {
  await server.makecall({ extension: "101", destination: "102" });
  await server.clearcall({ extension: "101" });
}
const told = (one) => one.filter((event) => event.eventtype !== "resumed").map((event) => event.eventid);
const all = (await server.history("101")).map((event) => event.eventid);
while (told(events).length < all.length) await new Promise((later) => setTimeout(later, 5));
const calls = new Set(events.map((event) => event.callid).filter(Boolean));
console.log(JSON.stringify({ same: String(told(events)) === String(all), calls: calls.size, cut: 8 - cuts.length }));
server.close();
relay.close();
"""
    assert json.loads(node(installed, program, address(server))) == {"same": True, "calls": 4, "cut": 8}


def test_hostile_servers(installed: Path) -> None:
    """The cases of `hostile.mjs`, by Node's own runner of tests."""
    cases = HOSTILE.read_text(encoding="utf-8")
    (installed / HOSTILE.name).write_text(cases, encoding="utf-8")
    done = subprocess.run(
        [tool("node"), "--test", "--test-reporter=tap", HOSTILE.name],
        cwd=installed, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    passed = re.findall(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed == [str(len(re.findall(r"^test\(", cases, re.MULTILINE)))], done.stdout


def test_a_wrong_key_fails_what_waits(installed: Path) -> None:
    program = """
import { Client } from "ivrsvr";
const server = new Client(process.argv[2], { key: "ivk_no_such" });
const said = await Promise.allSettled([server.snapshot({ extension: "101" }), server.monitor("101", () => {})]);
console.log(said.map((one) => one.reason.reason).join(" "));
server.close();
"""
    with PageServer(security="on") as server:
        assert node(installed, program, address(server)).split() == ["NOT_AUTHENTICATED"] * 2


def test_every_method_has_its_type() -> None:
    types = (PACKAGE / "requests.d.ts").read_text()
    listed = re.findall(r'^  "(\w+)",$', (PACKAGE / "../../ivrsvr/interfaces/http/pages/static/requests.js").read_text()
                        .partition("];")[0], re.MULTILINE)  # fmt: skip
    assert listed == re.findall(r"^  (\w+)\(keys", types, re.MULTILINE)


def test_the_wheel_brings_the_python_client(tmp_path: Path, server: PageServer) -> None:
    """Built, and unpacked where nothing else of the project is: the client needs `websockets` alone."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("ivrsvr-*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    (site,) = (tmp_path / "venv").glob("lib/*/site-packages")
    shutil.unpack_archive(wheel, site, "zip")
    (site / "websockets").symlink_to(Path(websockets.__path__[0]))
    program = (
        "import sys\nfrom ivrsvr.client import BlockingClient\n"
        "with BlockingClient(sys.argv[1]) as server: print(server.querydevicename('101')['name'])"
    )
    done = subprocess.run([python, "-c", program, server.url], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("Peter Berg\n", "")
