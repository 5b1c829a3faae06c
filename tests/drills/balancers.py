"""Real load balancers with the configuration files of `deploy/`. Only addresses are changed, and how soon they look."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.rig import Server, eventually, get
from tests.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = {"haproxy": DEPLOY / "haproxy/haproxy.cfg", "nginx": DEPLOY / "nginx/nginx.conf"}
ADDRESSES = {"haproxy": "127.0.0.5", "nginx": "127.0.0.6"}
"""From where each of them connects, so that a server can tell it from everybody else here."""


@dataclass(frozen=True, slots=True)
class Balancer:
    """A running balancer. address: from where it connects; authority: where it listens."""

    name: str
    address: str
    authority: str
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    @property
    def ws(self) -> str:
        return f"ws://{self.authority}/ws"


def program(name: str) -> str:
    """The path of a program; skips the test where it is not installed, and fails it there when CI is set."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: apt-get install {name}")
        pytest.skip(f"{name} is not installed (apt-get install {name})")
    return found


def configuration(name: str, folder: Path, listens: int, servers: list[int]) -> Path:
    """The file of `deploy/` for this machine."""
    text = FILES[name].read_text()
    for number, port in enumerate(servers, 1):
        text = text.replace(f"10.0.0.1{number}:8080", f"127.0.0.1:{port}")
    text = re.sub(r"^ *server .*10\.0\.0\.\d+:8080.*\n", "", text, flags=re.MULTILINE)  # there are fewer here
    text = text.replace("10.0.0.10:80", f"127.0.0.1:{listens}", 1).replace("127.0.0.1:8404", f"127.0.0.1:{free_port()}")
    text = text.replace("default-server check", f"default-server source {ADDRESSES[name]} check")
    text = text.replace("proxy_http_version 1.1;", f"proxy_http_version 1.1; proxy_bind {ADDRESSES[name]};")
    text = text.replace("check inter 1s", "check inter 100ms").replace("fail_timeout=5s", "fail_timeout=1s")
    text = text.replace("/run/nginx.pid", str(folder / "nginx.pid"))
    path = folder / FILES[name].name
    path.write_text(text)
    return path


@contextmanager
def balancer(name: str, folder: Path, servers: list[Server]) -> Iterator[Balancer]:
    """A balancer before some servers, when it serves."""
    command, port = program(name), free_port()
    path = configuration(name, folder, port, [one.port for one in servers])
    arguments = ["-db", "-f", str(path)] if name == "haproxy" else ["-c", str(path), "-g", "daemon off;"]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([command, *arguments], stdout=log, stderr=log)
    found = Balancer(name, ADDRESSES[name], f"127.0.0.1:{port}", process)
    try:
        eventually(lambda: serves(found), (folder / f"{name}.log").read_text())
        yield found
    finally:
        process.terminate()
        process.wait(10)


def serves(found: Balancer) -> bool:
    """Whether a balancer hands requests on."""
    assert found.process.poll() is None, f"{found.name} does not start"
    try:
        return get(f"{found.url}/health/ready")[0] == 200
    except OSError:
        return False
