"""The console by SSH, with the client of OpenSSH where there is one, and that of asyncssh."""

import asyncio
import errno
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncssh
import pytest

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.interfaces.console import ssh
from ivrsvr.interfaces.console.reception import LOBBY_MOST, Reception
from ivrsvr.interfaces.console.shell import Office
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.registry import SCOPES, Caller

ROOT = Caller(door="console", address="127.0.0.1", user="root", scopes=SCOPES)
LIMIT_S = 30.0


class House:
    """A server with an SSH console, and people who come to it, all in one loop on real time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "people"
        self.runner = asyncio.Runner()
        self._open = serving(
            Settings(
                http="127.0.0.1:0",
                console=(),
                db=str(folder / "ivrsvr.db"),
                ivr_journal="memory",
                ssh_keys=str(self.keys),
                given={"db": str(folder / "ivrsvr.db")},
            )
        )
        self.app: App = self.runner.run(self._open.__aenter__())
        self.told = self.ask("add tcp", port=0, local="127.0.0.1", remote="*", kind="tcpgatessh")
        (door,) = self.app.site.doors
        self.port = door.at[1]

    def ask(self, request: str, **keys: object) -> dict[str, object]:
        return self.runner.run(self.app.service.handle({"request": request, **keys}, ROOT))

    def close(self) -> None:
        self.runner.run(self._open.__aexit__(None, None, None))
        self.runner.close()

    def run(self, command: str, given: str = "", **login: object) -> tuple[int | None, str]:
        """Exit code and answer of one command."""

        async def work() -> tuple[int | None, str]:
            async with asyncio.timeout(LIMIT_S), self.connected(**login) as connection:
                done = await connection.run(command, input=given)
            return done.exit_status, str(done.stdout).replace("\r\n", "\n")

        return self.runner.run(work())

    def connected(self, **login: object) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
        options: dict[str, object] = {"username": "tcpgate", "password": "tcpgate01", "client_keys": None, **login}
        return asyncssh.connect("127.0.0.1", self.port, known_hosts=None, config=None, agent_path=None, **options)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path)
    yield opened
    opened.close()


def test_one_command_with_its_exit_code(house: House) -> None:
    assert house.run("disp call") == (0, "no call\n")
    assert house.run("add extension 101") == (0, "done\n")
    assert house.run("add extension 101")[0] == 1
    code, told = house.run("frobnicate")
    assert code == 1
    assert "there is no command" in told


def test_what_a_command_asks_for_comes_by_standard_input(house: House) -> None:
    code, told = house.run("add user anna query", given="correct horse\ncorrect horse\n")
    assert (code, told.splitlines()[-1][-4:]) == (0, "done")
    assert house.run("disp user", username="anna", password="correct horse")[0] == 1


def test_the_host_key_is_made_once_and_private(house: House) -> None:
    path = house.folder / "ivrsvr.ssh"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    house.ask("delete tcp", port=0)
    house.ask("add tcp", port=0, local="127.0.0.1", remote="*", kind="tcpgatessh")
    assert path.read_bytes() == before


def test_a_wrong_password_and_a_guesser(house: House) -> None:
    for _ in range(6):
        with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
            house.run("disp call", password="guess")
    with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
        house.run("disp call")  # right, and too late
    with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
        house.run("disp call", username="nobody")


def test_public_keys_of_the_users_named_in_their_lines(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ivrsvr.audit")
    mine, other = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")

    def line(key: asyncssh.SSHKey, user: str) -> str:
        return f"{' '.join(key.export_public_key().decode().split()[:2])} {user}\n"

    house.keys.write_text("rubbish\nssh-ed25519 AAAA tcpgate\n" + line(mine, "tcpgate") + line(other, "nobody"))
    assert house.run("disp call", password=None, client_keys=[mine]) == (0, "no call\n")
    noted = [json.loads(one.getMessage()) for one in caplog.records if one.name == "ivrsvr.audit"]
    assert [(one["address"], one["outcome"]) for one in noted if one["what"] == "log in tcpgate by key"] == [
        ("127.0.0.1", "success")
    ]
    for user, key in (("tcpgate", other), ("nobody", other)):
        with pytest.raises(asyncssh.PermissionDenied):
            house.run("disp call", username=user, password=None, client_keys=[key])
    house.keys.write_text("")  # taken away: for the next one who comes
    with pytest.raises(asyncssh.PermissionDenied):
        house.run("disp call", password=None, client_keys=[mine])


def test_a_terminal_with_echo_completion_and_window(house: House) -> None:
    async def work() -> str:
        seen = ""
        async with asyncio.timeout(LIMIT_S), house.connected() as connection:
            process = await connection.create_process(term_type="xterm", term_size=(100, 30))
            for keys, until in (("disp ver\t\r", "started"), ("quit\r", "quit")):
                process.stdin.write(keys)
                while until not in seen:
                    seen += await process.stdout.read(4096)
            await process.wait()
            assert process.exit_status == 0
        return seen

    seen = house.runner.run(work())
    assert "everybody knows" in seen
    assert "disp version" in seen


def test_no_files_and_no_tunnels(house: House) -> None:
    async def work() -> None:
        async with asyncio.timeout(LIMIT_S), house.connected() as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("127.0.0.1", house.app.http[1])
            with pytest.raises((asyncssh.Error, asyncssh.SFTPError)):
                await connection.start_sftp_client()

    house.runner.run(work())


def test_the_blacklist_and_the_pattern_count_here_too(house: House) -> None:
    house.ask("add blacklist", ip="127.0.0.1", comment="x")
    with pytest.raises((asyncssh.Error, OSError)):
        house.run("disp call")
    assert house.app.site.gate.hits["127.0.0.1"] == 1
    house.ask("delete blacklist", ip="127.0.0.1")
    assert house.run("disp call")[0] == 0


def test_only_so_many_consoles_and_strangers_keep_nobody_out(house: House) -> None:
    async def work() -> None:
        async with asyncio.timeout(LIMIT_S):
            strangers = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(LOBBY_MOST + 1)]
            while not strangers[0][0].at_eof():  # the first one has made room
                await strangers[0][0].read(4096)
            async with house.connected():
                with pytest.raises(asyncssh.Error):
                    async with house.connected() as late:
                        await late.run("disp call")
            for _, writer in strangers:
                writer.transport.abort()

    house.ask("change parameter", name="console_connections", value="1")
    house.runner.run(work())
    assert house.run("disp call") == (0, "no call\n")


def test_where_no_sockets_were_left_others_come_in_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the simulator's clock stands still."""
    monkeypatch.setattr(ssh, "ACCEPT_AGAIN_S", 0.01)
    house.ask("sim setclock", mode="virtual")
    loop, told = house.runner.get_loop(), list[str]()
    accept = loop.sock_accept

    async def none_left(listener: socket.socket) -> tuple[socket.socket, object]:
        if not told:
            told.append("none left")
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return await accept(listener)

    monkeypatch.setattr(loop, "sock_accept", none_left)
    for _ in range(2):  # the first one is taken by the accept that runs already
        assert house.run("disp call") == (0, "no call\n")
    assert told


def test_whoever_has_to_go_is_hung_up_on_wherever_the_handshake_is(house: House) -> None:
    async def work() -> None:
        site = house.app.site
        office = Office(house.app.service, site.accounts, site.audit)
        key = ssh.host_key(None)
        for steps in range(12):
            consoles = ssh.Ssh(office, site.gate, Reception(Doorkeeper(1)), host=None)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                peer = socket.create_connection(listener.getsockname())
                ours, _ = listener.accept()
            ours.setblocking(False)
            consoles._receive(ours, "127.0.0.1", key)
            for _ in range(steps):
                await asyncio.sleep(0)
            await consoles.close()
            for _ in range(5):
                await asyncio.sleep(0)
            assert ours.fileno() == -1, steps
            peer.close()

    house.runner.run(work())


def test_tls_within_ssh_is_refused(house: House) -> None:
    told = house.ask("add tcp", port=1, local="127.0.0.1", remote="*", kind="tcpgatessh", tls="yes")
    assert "is encrypted" in str(told["error"])


@pytest.mark.parametrize(
    "octets", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 10_000, b"SSH-2.0-x\r\n" + b"\xff" * 5000]
)
def test_garbage_harms_nobody_else(house: House, octets: bytes) -> None:
    async def hostile() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(octets)
        await asyncio.sleep(0)
        writer.close()

    house.runner.run(hostile())
    assert house.run("disp call")[0] == 0


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ivrsvr.interfaces.console.ssh", None)

    async def work() -> dict[str, object]:
        async with serving(Settings(http="127.0.0.1:0", console=(), db=":memory:")) as app:
            request = {"request": "add tcp", "port": 0, "local": "127.0.0.1", "remote": "*", "kind": "tcpgatessh"}
            return await app.service.handle(request, ROOT)

    assert "pip install 'ivrsvr[ssh]'" in str(asyncio.run(work())["error"])


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh client on this machine")
def test_the_client_of_openssh(house: House) -> None:
    key = house.folder / "mine"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tcpgate", "-f", key], check=True)
    house.keys.write_text(key.with_suffix(".pub").read_text())
    options = [
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={house.folder}/known",
        "BatchMode=yes",
        "LogLevel=ERROR",
    ]
    words = ["ssh", "-F", "none", "-p", str(house.port), "-i", str(key), "tcpgate@127.0.0.1"]
    for option in options:
        words[1:1] = ["-o", option]

    async def work(command: str) -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            *words, command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        async with asyncio.timeout(LIMIT_S):
            told, _ = await process.communicate()
        return process.returncode, told

    assert house.runner.run(work("disp call")) == (0, b"no call\r\n")
    assert house.runner.run(work("delete extension 4711"))[0] == 1
