"""The server as a service of systemd: its unit file, and how it is installed and taken away."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

UNIT = """\
# Made by `ivrsvr service install`. Put changes into a drop-in: systemctl edit {name}
[Unit]
Description=ivrsvr, CTI server for Avaya Communication Manager and AES
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=notify
ExecStart={executable} serve --db {db}
ExecReload=/bin/kill -HUP $MAINPID
# Passwords that are not in the database, such as IVRSVR_IVR_TLINK_01; root's, mode 0600.
EnvironmentFile=-/etc/ivrsvr/ivrsvr.env
User={user}
Group={user}
StateDirectory={name}
StateDirectoryMode=0700
WorkingDirectory=/var/lib/{name}
UMask=0077
LimitNOFILE=65536

# A crash or a hang is followed by a new start; wrong settings and a damaged database (exit code 2) are not.
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
WatchdogSec=30
TimeoutStartSec=90
TimeoutStopSec=30

# It needs the network, its own folder, and nothing else of the machine.
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""

FOLDER = "etc/systemd/system"


class ServiceError(Exception):
    """The service cannot be installed or taken away; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A service.

    executable: the command `ivrsvr`, with its path.
    user:       whom it runs as.
    """

    name: str = "ivrsvr"
    user: str = "ivrsvr"
    executable: str = "/opt/ivrsvr/bin/ivrsvr"
    db: str = ""

    @property
    def text(self) -> str:
        """The unit file. Raises ServiceError for names and paths that cannot stand in one."""
        for what in (self.name, self.user):
            if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", what):
                raise ServiceError(f"{what[:60]!r} is no name; one has small letters, digits, _ and -")
        db = self.db or f"/var/lib/{self.name}/ivrsvr.db"
        for path in (self.executable, db):
            if not re.fullmatch(r"/[A-Za-z0-9._/@+-]+", path):
                raise ServiceError(f"{path[:200]!r} must be a whole path, of letters, digits and . _ - @ +")
        return UNIT.format(name=self.name, user=self.user, executable=self.executable, db=db)

    def path(self, root: Path) -> Path:
        """Where the unit file is."""
        return root / FOLDER / f"{self.name}.service"


Run = Callable[[Sequence[str]], None]


def run(words: Sequence[str]) -> None:
    """Carry out a command of the system. Raises ServiceError."""
    if shutil.which(words[0]) is None:
        raise ServiceError(f"{words[0]} is not there; this system has no systemd, or you may not use it")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"{' '.join(words)}: {done.stderr.strip() or f'exit code {done.returncode}'}")


def install(unit: Unit, root: Path, run: Run, *, live: bool) -> list[str]:
    """Write the unit file, make the user, and start the service; what was done, a line each.

    root: "/", or where a package is put together. live: False = only write the file.

    Raises ServiceError. What was done is undone then, but for a service that is installed and only does not start.
    """
    path = unit.path(root)
    text = unit.text.encode()
    former = _content(path)
    made_user = False
    done: list[str] = []
    try:
        _write(path, text)
        done.append(f"wrote {path}")
        if not live:
            return done
        if not _is_user(unit.user):
            run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", unit.user])
            made_user = True
            done.append(f"made the user {unit.user}")
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "enable", unit.name])
    except ServiceError as error:
        left = _undo(unit, root, run, former, user=made_user)
        raise ServiceError(f"{error}; {left}") from None
    try:
        run(["systemctl", "restart", unit.name])
    except ServiceError as error:
        named = "" if unit.name == "ivrsvr" else f" --name {unit.name}"
        raise ServiceError(
            f"{error}; it is installed, and does not run: see `journalctl -u {unit.name}`, then say "
            f"`systemctl restart {unit.name}`, or take it away with `ivrsvr service uninstall{named}`"
        ) from None
    return [*done, f"{unit.name} runs now, and after every start of this machine"]


def _undo(unit: Unit, root: Path, run: Run, former: bytes | None, *, user: bool) -> str:
    """Have it as it was before an installation, as far as it goes; how it is now.

    former: the unit file that was there; None = none was. user: whether the user was made.
    """
    path = unit.path(root)
    left: list[tuple[str, str]] = []
    try:
        if former is None:
            _delete(unit, root)
        elif _content(path) != former:
            _write(path, former)
    except ServiceError:
        left.append((str(path), f"rm {path}"))
    if user:
        try:
            run(["userdel", unit.user])
        except ServiceError:
            left.append((f"the user {unit.user}", f"userdel {unit.user}"))
    if left:
        things, commands = zip(*left, strict=True)
        return f"left: {' and '.join(things)}; take it away with: {' && '.join(commands)}"
    return "what was done is undone: " + ("nothing is installed" if former is None else "the service is as it was")


def uninstall(unit: Unit, root: Path, run: Run, *, live: bool) -> list[str]:
    """Stop the service and delete its unit file; its data stay. Raises ServiceError.

    Where systemd does not run, nothing can be stopped or has to be, and it is only deleted.
    """
    path = unit.path(root)
    if not (path.exists() or _link(unit, root).is_symlink()):
        raise ServiceError(f"there is no service {unit.name} ({path})")
    # systemd's own sign that it runs: sd_booted(3)
    running = live and (root / "run/systemd/system").is_dir()
    done = ["systemd does not run here: there is nothing to stop"] if live and not running else []
    if running:
        try:
            run(["systemctl", "disable", "--now", unit.name])
        except ServiceError as error:
            raise ServiceError(
                f"{error}; nothing was deleted. Once it runs no more, `rm {path} {_link(unit, root)}` takes it away"
            ) from None
    _delete(unit, root)
    done.append(f"deleted {path}")
    if running:
        try:
            run(["systemctl", "daemon-reload"])
        except ServiceError as error:
            done.append(f"systemd has not noticed it ({error}); say: systemctl daemon-reload")
    return [*done, f"the data in /var/lib/{unit.name} and the user {unit.user} are still there"]


def _link(unit: Unit, root: Path) -> Path:
    """What `systemctl enable` makes, as the unit's section Install says."""
    return root / FOLDER / "multi-user.target.wants" / f"{unit.name}.service"


def _content(path: Path) -> bytes | None:
    """None = there is no such file. Raises ServiceError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ServiceError(f"{path} cannot be read: {error.strerror}; be root (sudo)") from None


def _write(path: Path, text: bytes) -> None:
    """Raises ServiceError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        path.chmod(0o644)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written: {error.strerror}; be root (sudo)") from None


def _delete(unit: Unit, root: Path) -> None:
    """The unit file and what starts it with the machine, where they are. Raises ServiceError."""
    for path in (_link(unit, root), unit.path(root)):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ServiceError(f"{path} cannot be deleted: {error.strerror}; be root (sudo)") from None


def _is_user(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def executable() -> str:
    """The command `ivrsvr` that is running."""
    beside = Path(sys.executable).with_name("ivrsvr")
    return str(beside if beside.exists() else Path(sys.argv[0]).absolute())
