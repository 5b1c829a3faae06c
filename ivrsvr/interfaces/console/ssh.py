"""The console by SSH: the same users and commands; a session with a terminal, or one command with an exit code."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

from ivrsvr.interfaces.console.reception import Reception, Visit
from ivrsvr.interfaces.console.shell import LOGIN_S, TRIES, Office, Shell
from ivrsvr.interfaces.gate import Gate, fits
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.registry import Caller, RequestError

log = logging.getLogger(__name__)

READ_MOST = 4096
"""Characters that are read at once."""

KEEPALIVE_S = 30
"""Between signs of life that are asked of a silent client; three that do not come end the connection."""

ACCEPT_AGAIN_S = 1.0
"""Until connections are taken again, where the system had no more sockets to give."""

KIND = "ssh-ed25519"


def host_key(path: Path | None) -> asyncssh.SSHKey:
    """The server's own key, made on first use. path: None = it is kept nowhere. Raises ListenError."""
    try:
        if path is None:
            return asyncssh.generate_private_key(KIND)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(asyncssh.generate_private_key(KIND).export_private_key())
        return asyncssh.read_private_key(path)
    except FileExistsError:
        return host_key(path)  # another process was quicker
    except OSError as error:
        raise ListenError(f"the host key {path} cannot be used: {error.strerror}") from None
    except asyncssh.KeyImportError as error:
        raise ListenError(f"{path} is no host key ({error}); move it away, and a new one is made") from None


def keys_of(path: Path, user: str) -> list[asyncssh.SSHKey]:
    """The public keys of a user, in a file of lines `ssh-ed25519 AAAA... USER`; lines that are none are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        log.warning("ssh_keys: %s cannot be read: %s", path, error.strerror)
        return []
    found = []
    for line in lines:
        words = line.split()
        if len(words) == 3 and words[2] == user:
            try:
                found.append(asyncssh.import_public_key(" ".join(words[:2])))
            except asyncssh.KeyImportError as error:
                log.warning("ssh_keys: a key of %s is passed over: %s", user, error)
    return found


class SshTerminal:
    """A session of SSH as a terminal."""

    def __init__(self, process: "asyncssh.SSHServerProcess[str]", address: str) -> None:
        self.address = address
        self._process = process

    @property
    def echo(self) -> bool:
        """Who asked for a terminal leaves echoing to us."""
        return self._process.get_terminal_type() is not None

    @property
    def columns(self) -> int:
        return max(self._process.get_terminal_size()[0] or 80, 20)

    @property
    def rows(self) -> int:
        return max(self._process.get_terminal_size()[1] or 25, 5)

    async def read(self) -> str:
        while True:
            try:
                return str(await self._process.stdin.read(READ_MOST))
            except asyncssh.TerminalSizeChanged:
                continue
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                return "\x03"
            except (OSError, asyncssh.Error):
                return ""

    def write(self, text: str) -> None:
        if not self._process.stdout.is_closing():
            self._process.stdout.write(text)

    async def drain(self) -> None:
        try:
            await self._process.stdout.drain()
        except (OSError, asyncssh.Error):
            raise ConnectionError from None


class _Login(asyncssh.SSHServer):
    """Who may come in on one connection."""

    def __init__(self, ssh: "Ssh", address: str, visit: Visit) -> None:
        self._ssh = ssh
        self._visit = visit
        self._address = address
        self._connection: asyncssh.SSHServerConnection | None = None
        self._tries = 0
        self._by_password = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def hang_up(self, connection: socket.socket) -> None:
        """At once, wherever it is: asyncssh leaves a socket open when it is interrupted in the handshake, or before."""
        if self._connection is not None:
            self._connection.abort()
        else:
            connection.close()

    def auth_completed(self) -> None:
        """Somebody is in; a password was written down when it was right, a key only now: clients offer it first."""
        if self._connection is not None and not self._by_password:
            name = str(self._connection.get_extra_info("username"))
            caller = Caller(door="console", address=self._address)
            self._ssh.office.audit.note(caller, f"log in {name} by key", "success")
        if not self._visit.admit() and self._connection is not None:
            reason = "too many consoles are open (console_connections)"
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, reason)

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        office = self._ssh.office
        caller = Caller(door="console", address=self._address)
        self._tries += 1
        try:
            await office.accounts.check(username, password, self._address)
        except RequestError as refused:
            known = office.accounts.knows(username)
            office.audit.note(caller, f"log in {username if known else '(unknown)'}", str(refused))
            log.warning("console %s: a log-in was refused", self._address)
            if self._tries >= TRIES and self._connection is not None:
                self._connection.abort()
            return False
        office.audit.note(caller, f"log in {username}", "success")
        self._by_password = True
        return True

    def public_key_auth_supported(self) -> bool:
        return self._ssh.keys is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        office = self._ssh.office
        if self._ssh.keys is None or not office.accounts.knows(username):
            return False
        return any(key.public_data == one.public_data for one in keys_of(self._ssh.keys, username))


class Ssh:
    """All SSH consoles of a server.

    host: file of the server's own key; None = it is kept nowhere.
    keys: file of people's public keys; None = passwords only.
    """

    def __init__(
        self, office: Office, gate: Gate, reception: Reception, *, host: Path | None, keys: Path | None = None
    ) -> None:
        self.office = office
        self.keys = keys
        self._gate = gate
        self._reception = reception
        self._host = host
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, listener: socket.socket, remote: str) -> AsyncIterator[None]:
        """Serve a listening socket for the length of the body; open sessions live on after it. Raises ListenError."""
        key = await asyncio.to_thread(host_key, self._host)
        task = asyncio.create_task(self._accept(listener, remote, key), name="ssh")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _accept(self, listener: socket.socket, remote: str, key: asyncssh.SSHKey) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listener)
            except OSError as error:
                log.error("ssh: no connection could be taken: %s", error.strerror)
                await asyncio.sleep(ACCEPT_AGAIN_S)  # the system's time: a simulator's clock may stand still
                continue
            address = str(peer[0])
            if not self._gate.admits(address) or not fits(address, remote):
                connection.close()
                continue
            self._receive(connection, address, key)

    def _receive(self, connection: socket.socket, address: str, key: asyncssh.SSHKey) -> None:
        def show_out() -> None:
            task.cancel()

        visit = self._reception.come(address, show_out)
        login = _Login(self, address, visit)
        task = asyncio.get_running_loop().create_task(
            self._serve(connection, address, key, login), name=f"console {address}"
        )
        self._connections.add(task)

        def ended(_: object) -> None:
            self._connections.discard(task)
            visit.end()
            login.hang_up(connection)

        task.add_done_callback(ended)

    async def _serve(self, connection: socket.socket, address: str, key: asyncssh.SSHKey, login: _Login) -> None:
        try:
            live = await asyncssh.run_server(
                connection,
                config=None,
                server_factory=lambda: login,
                process_factory=self._process(address),
                server_host_keys=[key],
                login_timeout=LOGIN_S,
                keepalive_interval=KEEPALIVE_S,
                encoding="utf-8",
                errors="replace",
                line_editor=False,
                agent_forwarding=False,
                x11_forwarding=False,
                allow_scp=False,
                compression_algs=None,
            )
            await live.wait_closed()
        except (OSError, asyncssh.Error) as error:
            log.debug("console %s: %s", address, error)

    def _process(self, address: str) -> Callable[["asyncssh.SSHServerProcess[str]"], Any]:
        async def work(process: "asyncssh.SSHServerProcess[str]") -> None:
            user = self.office.accounts.find(str(process.get_extra_info("username")))
            terminal = SshTerminal(process, address)
            if user is None or process.subsystem:
                process.exit(1)
                return
            shell = Shell(self.office, terminal, user)
            try:
                if process.command:
                    process.exit(0 if await shell.one(process.command) else 1)
                else:
                    await shell.run()
                    process.exit(0)
            except (OSError, asyncssh.Error):
                process.close()
            except Exception:
                # A fault of ours ends one console, never the server.
                log.exception("the console of %s failed", address)
                process.exit(1)

        return work

    async def close(self) -> None:
        """Hang up on everybody."""
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections))
