"""The programs of the manual's page on clients run as they are printed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.rig import PageServer

PAGE = (Path(__file__).parents[2] / "docs/clients.md").read_text(encoding="utf-8")
LIMIT_S = 60


def programs(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def converse(command: list[str], server: PageServer) -> None:
    """Use a softphone: a call comes and is answered, held, taken back and ended; one that cannot be is told."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as phone:
        try:
            talk(phone, server)
        finally:
            phone.kill()


def talk(phone: "subprocess.Popen[str]", server: PageServer) -> None:
    assert phone.stdin is not None
    assert phone.stdout is not None

    def say(text: str) -> None:
        assert phone.stdin is not None
        phone.stdin.write(f"{text}\n")
        phone.stdin.flush()

    say("")
    say("retrieve ")
    assert phone.stdout.readline().startswith("NO_HELD_CALL")
    server.call_in("101", "67896789")
    assert phone.stdout.readline().split()[:3] == ["offer", "67896789", "101"]
    for request, told in (("answer", "connect"), ("hold", "hold"), ("retrieve", "retrieve"), ("hangup", "idle")):
        say(request)
        while not (line := phone.stdout.readline()).startswith(told):
            assert line.startswith("disconnect"), line
    say("makecall 102")
    assert phone.stdout.readline().startswith("alert")
    phone.stdin.close()
    assert phone.wait(LIMIT_S) == 0


def test_the_asyncio_program(server: PageServer) -> None:
    done = subprocess.run(
        [sys.executable, "-c", programs("python")[1], server.url],
        capture_output=True, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[0].startswith("NO_HELD_CALL ")
    assert done.stdout.splitlines()[1] == "alert True"


@pytest.mark.parametrize("language", ["python", "js"])
def test_a_softphone_has_about_twenty_lines(language: str) -> None:
    assert len([line for line in programs(language)[0].splitlines() if line]) <= 20
