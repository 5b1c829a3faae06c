"""The command line, as a process: what it prints, what it returns, how it stops."""

import argparse
import asyncio
import gc
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager, redirect_stdout
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ivrsvr import __version__
from ivrsvr.app import serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.cli import main
from ivrsvr.commands import scenario
from ivrsvr.commands.serve import banner, serve
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import resolve
from ivrsvr.store.tables import Listener
from tests.commands import ENVIRONMENT, LIMIT_S, ROOT, post, run, running
from tests.forked import forked


def test_the_version(tmp_path: Path) -> None:
    done = as_a_process("--version", folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, f"ivrsvr {__version__}")


def test_a_command_that_fails_is_a_process_that_fails(tmp_path: Path) -> None:
    done = as_a_process("parameter", "get", "nothing", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ivrsvr: there is no parameter")


@pytest.mark.parametrize("gives_up", [KeyboardInterrupt, EOFError], ids=["Ctrl-C", "Ctrl-D"])
def test_who_gives_up_a_question_is_shown_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gives_up: type[BaseException]
) -> None:
    def asked(_prompt: str) -> str:
        raise gives_up

    monkeypatch.setattr("getpass.getpass", asked)
    done = run("encryptpasswd", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "\nivrsvr: interrupted\n")


def test_who_reads_no_further_is_shown_no_traceback(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As `ivrsvr parameter list | head`."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as out, redirect_stdout(out):
        assert main(["parameter", "list", "--db", str(tmp_path / "a.db")]) == 1
    assert capfd.readouterr().err == ""


def test_what_to_try_first_works_where_a_key_is_asked_for_too(tmp_path: Path) -> None:
    """Over TLS with a certificate of its own, on a listener for all addresses; and further listeners are named."""
    run("certificate", "cti.example.org", folder=tmp_path)
    key = run("key", "add", "first", "--scopes", "call,sim", folder=tmp_path).stdout.strip()
    files = {"tls_certificate": "ivrsvr.crt", "tls_key": "ivrsvr.pem", "http_tls": "true", "http": "0.0.0.0:0"}
    with chdir(tmp_path):
        settings = Settings.of(resolve({"console": "", "uuisvr_listen": "false", "db": "ivrsvr.db", **files}, {}))

        async def begun() -> str:
            async with serving(settings) as app:
                row = Listener(0, "127.0.0.1", "10.1.0.0/16", "ivrsvrws", "yes")
                door = await app.site.doors.open(row)
                printed = banner(app)
                assert f"ivrsvrws   127.0.0.1:{door.at[1]}      for 10.1.0.0/16, by TLS (add tcp)" in printed
                for command in re.findall(r"^  curl .*$", printed, re.MULTILINE):
                    words = shlex.split(command.replace("KEY", key))
                    curl = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
                    told, _ = await curl.communicate()
                    assert b'"success"' in told
                return printed

        assert "0.0.0.0:" in asyncio.run(begun())


def as_a_process(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ivrsvr", *arguments],
        cwd=folder,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@contextmanager
def begun(*arguments: str, folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server that has printed where it is, begun as an operator begins it; and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ivrsvr", "serve", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", *arguments],
        cwd=folder,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        while not lines or not lines[-1].startswith("Ctrl-C"):
            line = process.stdout.readline()
            assert line, process.communicate()
            lines.append(line)
        yield process, "".join(lines)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["serve", "--seed"],
        ["serve", "--backend", "tsapi"],
        ["serve", "--backend", "tsapi", "--tlink", "nonsense"],
        ["serve", "--backend", "tsapi", "--tlink", "AVAYA#CM1#CSTA#AES1 user password"],
        ["serve", "--aes", "0.0.0.0:0"],
        ["sim", "--aes", "4450"],
        ["sim", "--control", "0.0.0.0:0"],
        ["serve", "--http", "8080"],
        ["serve", "--seed", "x"],
        ["serve", "--db", "nowhere/a.db"],
        ["serve", "--world", "nowhere.yaml"],
        ["serve", "--http", "0.0.0.0:0"],
        ["serve", "--ws", "0.0.0.0:0", "--http", "127.0.0.1:0"],
        ["serve", "--http", "no-such-host.invalid:80", "--insecure"],
        ["parameter"],
        ["parameter", "get", "nothing"],
        ["parameter", "set", "seed", "x"],
        ["docs", "nothing"],
    ],
)
def test_wrong_usage_and_configuration_return_2_and_one_clear_line(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    if arguments:
        assert done.stderr.strip().splitlines()[-1].startswith("ivrsvr")


def test_listening_beyond_this_machine_has_to_be_meant(tmp_path: Path) -> None:
    assert "--insecure" in run("serve", "--http", "0.0.0.0:0", folder=tmp_path).stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--http", address, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"ivrsvr: {address}: another program listens there already; name another one with --http\n"


def test_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / "ivrsvr.db").write_bytes(b"rubbish" * 1000)
    done = run("serve", "--http", "127.0.0.1:0", folder=tmp_path)
    assert done.returncode == 2
    assert "ivrsvr.db: it is damaged" in done.stderr


def test_a_wrong_world_file(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text("stations: {101: {nmae: Peter}}\n")
    done = run("serve", "--http", "127.0.0.1:0", "--world", "world.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "nmae" in done.stderr


@pytest.mark.parametrize(
    ("number", "meant"), [(signal.SIGTERM, ["--http", "0.0.0.0:0", "--insecure"]), (signal.SIGINT, [])]
)
def test_a_signal_stops_it_in_order(tmp_path: Path, number: signal.Signals, meant: list[str]) -> None:
    with begun("--ws", "127.0.0.1:0", "--log-format", "json", *meant, folder=tmp_path) as (process, printed):
        assert ("0.0.0.0:" in printed) == bool(meant)
        url, plain = re.findall(r"ws://\S+", printed)
        with connect(url) as client, connect(plain) as other:
            client.send('{"id":"1","request":"startmonitor","extension":"101"}')
            assert json.loads(client.recv(LIMIT_S))["result"] == "success"
            process.send_signal(number)
            for connection in (client, other):
                with pytest.raises(ConnectionClosed) as caught:
                    connection.recv(LIMIT_S)
                assert caught.value.rcvd is not None
                assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1001, "the server stops")
        assert process.wait(LIMIT_S) == 0
        assert process.stderr is not None
        for line in process.stderr.read().splitlines():
            assert json.loads(line)["level"] in ("info", "warning")


def test_what_it_prints_first_works_when_pasted_at_once(tmp_path: Path) -> None:
    for name in ("aes_csta", "aes_csta_s"):
        run("parameter", "set", name, "0", folder=tmp_path)
    with running("--aes", "127.0.0.1:0", folder=tmp_path) as (_, printed):
        commands = re.findall(r"^  curl .*$", printed, re.MULTILINE)
        assert len(commands) == 2
        for command in commands:
            done = subprocess.run(command, shell=True, capture_output=True, timeout=LIMIT_S, check=False)
            assert json.loads(done.stdout)["result"] == "success"
        (port,) = re.findall(r"name service 127.0.0.1:(\d+), TLINK ports: CSTA \d+, CSTA-S \d+", printed)
        socket.create_connection(("127.0.0.1", int(port)), LIMIT_S).close()


def test_parameters_are_set_got_and_listed(tmp_path: Path) -> None:
    assert run("parameter", "get", "ivr_custdatamaxsize", folder=tmp_path).stdout == "4096\n"
    assert not (tmp_path / "ivrsvr.db").exists()
    assert run("parameter", "set", "ivr_custdatamaxsize", "100", folder=tmp_path).returncode == 0
    assert run("parameter", "get", "ivr_custdatamaxsize", folder=tmp_path).stdout == "100\n"
    over = run("parameter", "get", "ivr_custdatamaxsize", folder=tmp_path, IVRSVR_IVR_CUSTDATAMAXSIZE="200")
    assert over.stdout == "200\n"
    listed = run("parameter", "list", folder=tmp_path).stdout
    assert re.search(r"^ivr_custdatamaxsize +100 +database ", listed, re.MULTILINE)
    assert re.search(r"^seed +0 +default ", listed, re.MULTILINE)


def test_what_is_there_at_the_start_is_not_searched_for_garbage_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gc, "freeze", lambda: told.append("frozen"))
    settings = Settings(http="127.0.0.1:0", uuisvr="127.0.0.1:0", console=(), db=":memory:", keyfile="a.key")

    def begun(stop: Callable[[], None]) -> None:
        told.append("begun")
        stop()

    asyncio.run(serve(settings, begun))
    assert told == ["frozen", "begun"]


def test_a_wrong_value_in_the_database_can_be_mended(tmp_path: Path) -> None:
    run("parameter", "set", "seed", "1", folder=tmp_path)
    with sqlite3.connect(tmp_path / "ivrsvr.db") as database:
        database.execute("update tParameter set value = 'x' where name = 'seed'")
    database.close()
    done = run("serve", "--http", "127.0.0.1:0", folder=tmp_path)
    assert done.returncode == 2
    assert "`ivrsvr parameter set seed VALUE` mends it" in done.stderr
    assert run("parameter", "set", "seed", "2", folder=tmp_path).returncode == 0
    assert run("parameter", "get", "seed", folder=tmp_path).stdout == "2\n"


def test_a_server_on_a_simulated_aes_in_another_process(tmp_path: Path) -> None:
    ports = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0"}
    with forked("sim", "--aes", "127.0.0.1:0", "--control", "127.0.0.1:0", folder=tmp_path, **ports) as (aes, printed):
        (tlink,) = re.findall(r"IVRSVR_IVR_TLINK_01='(.*)' ivrsvr serve", printed)
        (control,) = re.findall(r"(http://\S+)/sim/state", printed)
        serve = ("serve", "--backend", "tsapi", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0")
        with forked(*serve, folder=tmp_path, IVRSVR_IVR_TLINK_01=tlink) as (server, told):
            assert "1 TLINK, link up" in told
            (url,) = re.findall(r"HTTP\s+(http://\S+?)/ ", told)
            call = post(f"{control}/sim/calls", {"from": "67896789", "to": "101"})
            assert call["result"] == "success"
            assert post(f"{url}/api/answer", {"extension": "101"}) == {
                "msgtype": "response",
                "id": "",
                "result": "success",
                "callid": str(call["callid"]),
            }
            server.terminate()
            assert server.wait(LIMIT_S) == 0
        aes.terminate()
        assert aes.wait(LIMIT_S) == 0


def test_a_password_is_encrypted_and_used(tmp_path: Path) -> None:
    made = run("encryptpasswd", "--stdin", folder=tmp_path, given="hush\n").stdout.strip()
    assert made.startswith("enc:")
    run("parameter", "set", "ivr_tlink_01", f"AVAYA#CM1#CSTA#AES1@127.0.0.1:1 anna {made}", folder=tmp_path)
    listed = run("parameter", "list", folder=tmp_path).stdout
    assert made not in listed
    assert "AVAYA#CM1#CSTA#AES1@127.0.0.1:1 anna *****" in listed
    renewed = run("encryptpasswd", "--rotate", folder=tmp_path)
    assert "1 stored values" in renewed.stdout
    stored = run("parameter", "get", "ivr_tlink_01", folder=tmp_path).stdout
    assert made not in stored
    with closing(sqlite3.connect(tmp_path / "ivrsvr.db")) as database:
        changes = [what for (what,) in database.execute("select what from tChange order by number")]
    assert changes == ["parameter set ivr_tlink_01 (hidden)", "encryptpasswd --rotate"]
    (tmp_path / "ivrsvr.key").chmod(0o644)
    refused = run("serve", "--backend", "tsapi", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", folder=tmp_path)
    assert refused.returncode == 2
    assert "chmod 600" in refused.stderr


def test_a_password_in_clear_is_never_on_the_command_line(tmp_path: Path) -> None:
    done = run("serve", "--backend", "tsapi", "--tlink", "AVAYA#CM1#CSTA#AES1 user hush", folder=tmp_path)
    assert "encryptpasswd" in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("ivr_tlink_01", "AVAYA#CM1#CSTA#AES1 user hush", "hush"),
        ("ivr_uuisvr_key", "ivk_1_hush", "ivk_1_hush"),
        ("ivr_idempotency", "redis://:hush@10.0.0.1/0", "hush"),
    ],
)
def test_secrets_are_stored_encrypted_and_a_command_line_is_no_place_for_them(
    tmp_path: Path, name: str, value: str, secret: str
) -> None:
    warned = run("parameter", "set", name, value, folder=tmp_path)
    assert (warned.returncode, warned.stdout) == (0, "")
    assert f"ivrsvr parameter set {name} -" in warned.stderr
    quiet = run("parameter", "set", name, "-", folder=tmp_path, given=f"{value}\n")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    stored = run("parameter", "get", name, folder=tmp_path).stdout.strip()
    assert "enc:" in stored
    again = run("parameter", "set", name, stored, folder=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for told in (
        warned.stderr.encode(),
        stored.encode(),
        run("parameter", "list", folder=tmp_path).stdout.encode(),
        files,
    ):
        assert secret.encode() not in told
    known = Secrets.of(str(tmp_path / "ivrsvr.db"))
    text = stored.rpartition(" ")[2]
    assert known.reveal(text) in (value, secret)


def test_no_option_of_a_command_is_for_a_secret() -> None:
    """What is on a command line is in the list of processes."""
    told = " ".join(
        run(command, "--help", folder=ROOT).stdout for command in ("serve", "sim", "console", "uuisvr", "key")
    )
    assert not re.findall(r"--(?:\w+-)?(?:passw\w*|secret|token)\b", told)


def test_keys_of_the_command_line_open_a_protected_server_at_once(tmp_path: Path) -> None:
    made = run("key", "add", "crm", "--scopes", "query", "--extensions", "1??", "--db", "a.db", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    with forked(
        "serve", "--http", "127.0.0.1:0", "--console", "", "--db", "a.db", folder=tmp_path, IVRSVR_SECURITY="on"
    ) as (
        _,
        printed,
    ):
        (address,) = re.findall(r"HTTP\s+http://([\d.:]+)/", printed)

        def status(headers: dict[str, str]) -> int:
            asked = urllib.request.Request(f"http://{address}/api/snapshot?extension=101", headers=headers)
            try:
                with urllib.request.urlopen(asked, timeout=LIMIT_S) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as refused:
                return refused.code

        assert status({}) == 401
        assert status({"X-API-Key": key}) == 200
    assert "name=crm" in run("key", "list", "--db", "a.db", folder=tmp_path).stdout
    assert run("key", "delete", "crm", "--db", "a.db", folder=tmp_path).returncode == 0
    again = run("key", "delete", "crm", "--db", "a.db", folder=tmp_path)
    assert (again.returncode, "there is no key crm" in again.stderr) == (2, True)


def test_a_certificate_of_its_own_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    made = run("certificate", "127.0.0.1", "cti.example.org", folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    assert stat.S_IMODE((tmp_path / "ivrsvr.pem").stat().st_mode) == 0o600
    variables = {
        f"IVRSVR_{name.upper()}": value for name, _, value in (line.partition("=") for line in made.stdout.split())
    }
    with forked(
        "serve", "--http", "127.0.0.1:0", "--console", "", folder=tmp_path, IVRSVR_HTTP_TLS="yes", **variables
    ) as (
        _,
        printed,
    ):
        (address,) = re.findall(r"HTTP\s+(https://[\d.:]+)/", printed)
        context = ssl.create_default_context(cafile=tmp_path / "ivrsvr.crt")
        with urllib.request.urlopen(f"{address}/health/live", context=context, timeout=LIMIT_S) as answer:
            assert answer.status == 200
    again = run("certificate", "127.0.0.1", folder=tmp_path)
    assert (again.returncode, "is there already" in again.stdout) == (1, True)


SCENARIO = """\
duration: 30
staff: [{agents: ["12345"], stations: ["111"]}]
behaviours: {b: {talkSeconds: 5}}
arrivals: [{to: "700", at: [1], behaviour: b}]
expect: [{figure: answered, exactly: 1}]
"""


def test_a_scenario_is_run_with_reports(tmp_path: Path) -> None:
    (tmp_path / "day.yaml").write_text(SCENARIO)
    written = ["--events", "e.jsonl", "--json", "r.json", "--junit", "r.xml", "--html", "r.html"]
    done = run("scenario", "run", "day.yaml", "--ladder", "all", *written, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Call 1"
    assert done.stdout.splitlines()[-1] == "passed"
    assert json.loads((tmp_path / "r.json").read_text())["passed"]
    assert [json.loads(line)["eventtype"] for line in (tmp_path / "e.jsonl").read_text().splitlines()][-2:] == [
        "idle",
        "callcleared",
    ]
    assert "<testsuite" in (tmp_path / "r.xml").read_text()
    assert "<!doctype html>" in (tmp_path / "r.html").read_text()


def test_a_scenario_that_disappoints_returns_1(tmp_path: Path) -> None:
    (tmp_path / "day.yaml").write_text(SCENARIO.replace("exactly: 1", "exactly: 2"))
    done = run("scenario", "run", "day.yaml", "--speed", "x1000000", "--seed", "4", folder=tmp_path)
    assert done.returncode == 1
    assert "FAILED answered exactly 2: 1" in done.stdout


def test_wrong_scenarios_return_2_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "day.yaml").write_text(SCENARIO.replace("talkSeconds", "talkSecond"))
    for command in ("run", "check"):
        done = run("scenario", command, "day.yaml", folder=tmp_path)
        assert done.returncode == 2
        words = "line 3: behaviours.b.talkSecond: there is no such key here; did you mean 'talkSeconds'?"
        assert done.stderr == f"ivrsvr: day.yaml: {words}\n"
    assert run("scenario", "run", "quiet-day", "--json", "nowhere/r.json", folder=tmp_path).returncode == 2
    assert "no speed" in run("scenario", "run", "quiet-day", "--speed", "fast", folder=tmp_path).stderr


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--seed", "abc", "'abc' is no seed; write a whole number from 0 up"),
        ("--seed", "-1", "'-1' is no seed"),
        ("--ladder", "T1", "'T1' is no call; write a call id, or all"),
        ("--duration", "0", "must be above 0"),
        ("--speed", "xnan", "no speed"),
    ],
)
def test_wrong_options_of_a_scenario(option: str, value: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    scenario.add(parser.add_subparsers())
    with pytest.raises(SystemExit):
        parser.parse_args(["scenario", "run", "quiet-day", f"{option}={value}"])
    assert words in capsys.readouterr().err


def test_scenarios_are_listed_and_checked_by_name(tmp_path: Path) -> None:
    listed = run("scenario", "list", folder=tmp_path).stdout
    assert {line.split()[0] for line in listed.splitlines()} >= {"default", "quiet-day", "aes-failover", "load-shift"}
    assert run("scenario", "check", "quiet-day", "default", folder=tmp_path).returncode == 0
