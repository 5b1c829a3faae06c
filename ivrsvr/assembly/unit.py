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

    Raises ServiceError.
    """
    path = unit.path(root)
    text = unit.text
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written: {error.strerror}; be root (sudo)") from None
    done = [f"wrote {path}"]
    if not live:
        return done
    if not _is_user(unit.user):
        run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", unit.user])
        done.append(f"made the user {unit.user}")
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "enable", unit.name])
    run(["systemctl", "restart", unit.name])
    return [*done, f"{unit.name} runs now, and after every start of this machine"]


def uninstall(unit: Unit, root: Path, run: Run, *, live: bool) -> list[str]:
    """Stop the service and delete its unit file; its data stay. Raises ServiceError."""
    path = unit.path(root)
    if not path.exists():
        raise ServiceError(f"there is no service {unit.name} ({path})")
    if live:
        run(["systemctl", "disable", "--now", unit.name])
    try:
        path.unlink()
    except OSError as error:
        raise ServiceError(f"{path} cannot be deleted: {error.strerror}; be root (sudo)") from None
    if live:
        run(["systemctl", "daemon-reload"])
    return [f"deleted {path}", f"the data in /var/lib/{unit.name} and the user {unit.user} are still there"]


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
