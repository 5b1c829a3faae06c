"""The JavaScript client in Node, from its npm package, against a real server."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrsvr import __version__
from ivrsvr.app import all_requests
from ivrsvr.interfaces.bindings.wanted import methods
from tests.client.test_page import LIMIT_S, converse, programs
from tests.pages.rig import PageServer

PACKAGE = Path(__file__).parents[2] / "clients/javascript"
HOSTILE = Path(__file__).with_name("hostile.mjs")


def tool(name: str, remedy: str = "apt-get install nodejs npm") -> str:
    found = shutil.which(name)
    if found is None:
        missing = f"no {name} on this machine: {remedy}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder in which `npm install` has put the package that `npm pack` makes, without a network."""
    folder = tmp_path_factory.mktemp("node")
    packed = npm(PACKAGE, "pack", "--json", "--pack-destination", str(folder))
    (made,) = json.loads(packed)
    said = json.loads((PACKAGE / "package.json").read_text())
    assert {one["path"] for one in made["files"]} == {*said["files"], "package.json", "README.md"}
    assert made["version"] == __version__
    npm(folder, "install", "--offline", "--no-audit", "--no-fund", "--no-save", str(folder / made["filename"]))
    assert [one.name for one in (folder / "node_modules").iterdir() if not one.name.startswith(".")] == ["ivrsvr"]
    return folder


def npm(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [tool("npm"), *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=LIMIT_S
    )
    return done.stdout


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


def test_the_example_of_the_packages_own_page(installed: Path, server: PageServer) -> None:
    (example,) = re.findall(r"^```js\n(.*?)^```$", (PACKAGE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    program = example.replace("ws://127.0.0.1:8080/ws", address(server))
    end = 'await server.snapshot({ extension: "101" });\nserver.close();\n'
    assert node(installed, program + end).split() == ["alert", "1"]


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


# ---- types


def typescript() -> str:
    """The TypeScript compiler, as `npm install` in the package's folder puts it there."""
    own = PACKAGE / "node_modules/.bin/tsc"
    return str(own) if own.exists() else tool("tsc", "npm install --prefix clients/javascript")


def check_types(folder: Path, program: str) -> list[str]:
    """What the strict compiler says against a program that imports the installed package."""
    (folder / "program.mts").write_text(program)
    options = ("--strict", "--noEmit", "--exactOptionalPropertyTypes", "--module", "nodenext", "--lib", "es2022")
    done = subprocess.run(
        [typescript(), *options, "program.mts"], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S
    )
    return done.stdout.splitlines()


def test_every_method_takes_the_manuals_examples_and_gives_their_answers(installed: Path) -> None:
    """What is wrong must be told: each `@ts-expect-error` without an error is one."""
    lines = []
    for entry in methods(all_requests()):
        assert entry.examples, entry.name
        for keys in entry.examples:
            given = {name: value for name, value in keys.items() if name not in ("id", "request")}
            lines.append(f"await client.{entry.name}({json.dumps(given)});")
        kind = f'Awaited<ReturnType<Client["{entry.name}"]>>'
        lines += [f"({json.dumps(one)}) satisfies {kind};" for one in entry.example_responses]
    assert check_types(installed, SAMPLE.replace("// methods", "\n".join(lines))) == []


SAMPLE = """
import { Client, Disconnected, RequestFailed, TimedOut, type Event, type MakeCallResponse, type State } from "ivrsvr";
const client = new Client("ws://127.0.0.1:8080/ws", { key: "", requestMs: 5000 });
client.connect();
const quiet: () => void = client.onState((state: State, reason: string) => void [state, reason]);
const state: State = client.state;
const stop = await client.monitor("101", (event: Event) => void event.eventtype.length, { since: 7, epoch: "e" });
// methods
const made: MakeCallResponse = await client.makecall({ extension: "1", destination: "2", idempotencykey: "k" });
const callid: string = made.callid;
await client.hold({ extension: "101", callid });
const past: Event[] = await client.history("101", { limit: 10 });
const said: Record<string, unknown> = await client.request("sim call", { from: "1", to: "101" });
try {
  await client.hold({ extension: "101" });
} catch (error) {
  if (error instanceof RequestFailed) void [error.reason.length, error.response];
  if (error instanceof TimedOut) void error.idempotencykey.length;
  if (error instanceof Disconnected) void error.message;
}
await client.monitor("102", ({ eventtype, calling = "", callid, synthetic, list = [], custdatafault, ...others }) => {
  if (eventtype === "transfer") void [calling.length, (callid ?? 0) + 1, synthetic === true, custdatafault?.length];
  if (eventtype === "of a later server") void others["itskey"];
  for (const call of list) void call.party.length;
}, { eventtypes: ["transfer"] });
await client.monitor("103", () => {}, { eventtypes: "transfer,idle" });
await stop();
client.leave();
client.close();
void [quiet, state, callid, past, said];
// @ts-expect-error a key is missing
await client.makecall({ extension: "101" });
// @ts-expect-error a key is of another kind
await client.makecall({ extension: 101, destination: [] });
// @ts-expect-error no such key
await client.hold({ extension: "101", callID: "7" });
// @ts-expect-error no such request
await client.dance({ extension: "101" });
// @ts-expect-error no such key in the answer
made.callID;
// @ts-expect-error no such event
await client.monitor("101", () => {}, { eventtypes: ["ofer"] });
// @ts-expect-error a key of an event is of another kind
await client.monitor("101", ({ callid }) => callid?.length);
// @ts-expect-error no such choice
await client.monitor("101", () => {}, { events: "some" });
"""


def test_every_method_has_its_type() -> None:
    types = (PACKAGE / "requests.d.ts").read_text()
    listed = re.findall(r'^  "(\w+)",$', (PACKAGE / "../../ivrsvr/interfaces/http/pages/static/requests.js").read_text()
                        .partition("];")[0], re.MULTILINE)  # fmt: skip
    assert listed == re.findall(r"^  (\w+)\(keys", types, re.MULTILINE)
