"""`ivrsvr console`, as a process: one command, many, and a whole terminal."""

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.commands import ENVIRONMENT, LIMIT_S, ROOT, run, running

SECRET = {"IVRSVR_CONSOLE_PASSWORD": "tcpgate01"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the console of a running server."""
    with running(folder=tmp_path_factory.mktemp("server")) as (_, printed):
        yield ":".join(re.findall(r"telnet ([\d.]+) (\d+)", printed)[0])


def console(*words: str, at: str, given: str = "", variables: dict[str, str] = SECRET) -> tuple[int, str, str]:
    """Exit code, answer and complaint."""
    done = run("console", "--at", at, *words, folder=ROOT, given=given, **variables)
    return done.returncode, done.stdout, done.stderr


def test_one_command(address: str) -> None:
    code, answer, complaint = console("disp call", at=address)
    assert (code, answer, complaint) == (0, "no call\n", "")


def test_a_command_of_several_words_and_one_that_fails(address: str) -> None:
    assert console("add", "blacklist", "10.9.9.9", "the balancer's probe", at=address)[:2] == (0, "done\n")
    assert "the balancer's probe" in console("disp blacklist", at=address)[1]
    code, answer, _ = console("delete extension 4711", at=address)
    assert code == 1
    assert "there is no extension 4711" in answer
    assert console("frobnicate", at=address)[0] == 1


def test_commands_from_a_file_until_one_fails(address: str) -> None:
    code, answer, _ = console("-", at=address, given="disp version\n\nadd extension x\nadd extension 101\n")
    assert code == 1
    assert "version" in answer
    assert "is no extension" in answer
    assert console("disp extension", at=address)[1] == "no extension\n"


def test_what_the_console_asks_for_is_read_from_standard_input(address: str) -> None:
    code, answer, _ = console("add user anna query", at=address, given="correct horse\ncorrect horse\n")
    assert (code, answer) == (0, "done\n")
    anna = {"IVRSVR_CONSOLE_USER": "anna", "IVRSVR_CONSOLE_PASSWORD": "correct horse"}
    code, answer, _ = console("disp user", at=address, variables=anna)
    assert code == 1
    assert "needs the scope admin" in answer


def test_nobody_is_let_in_with_a_wrong_password_and_it_is_shown_nowhere(address: str) -> None:
    code, answer, complaint = console("disp call", at=address, variables={"IVRSVR_CONSOLE_PASSWORD": "hush hush"})
    assert (code, answer) == (1, "")
    assert complaint == "ivrsvr: the name or the password is wrong\n"


@pytest.mark.parametrize(
    ("at", "variables", "code", "complaint"),
    [
        ("127.0.0.1:1", SECRET, 1, "is the server running?"),
        ("nowhere", SECRET, 2, "HOST:PORT"),
        ("127.0.0.1:1", {}, 2, "IVRSVR_CONSOLE_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said(at: str, variables: dict[str, str], code: int, complaint: str) -> None:
    found, _, said = console("disp call", at=at, variables=variables)
    assert found == code
    assert complaint in said


def test_a_terminal(address: str) -> None:
    screen, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ivrsvr", "console", "--at", address],
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""

    def until(text: bytes) -> bytes:
        nonlocal seen
        while text not in seen:
            assert select.select([screen], [], [], LIMIT_S)[0], seen
            seen += os.read(screen, 4096)
        before, between, seen = seen.partition(text)
        return before + between

    try:
        until(b"User: ")
        os.write(screen, b"tcpgate\r")
        until(b"Password: ")
        os.write(screen, b"tcpgate01\r")
        assert b"tcpgate01" not in until(b"ivrsvr> ")
        os.write(screen, b"disp ver\t\r")
        assert b"disp version" in until(b"started")
        until(b"ivrsvr> ")
        os.write(screen, b"quit\r")
        assert process.wait(LIMIT_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(screen)
