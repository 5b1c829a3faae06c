"""`ivrsvr console`, as a process: one command, many, and a whole terminal."""

import os
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.commands import ENVIRONMENT, LIMIT_S, ROOT, run, running
from tests.forked import forked
from tests.interfaces import certificates

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
        ("a..b:1", SECRET, 1, "that is no name of a host"),
        ("nowhere", SECRET, 2, "HOST:PORT"),
        ("127.0.0.1:1", {}, 2, "IVRSVR_CONSOLE_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said(at: str, variables: dict[str, str], code: int, complaint: str) -> None:
    found, _, said = console("disp call", at=at, variables=variables)
    assert found == code
    assert complaint in said


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a console that speaks TLS, and its certificate: made out for another name."""
    folder = tmp_path_factory.mktemp("encrypted")
    certificate, key = certificates.make(folder, "cti.example.org")
    files = {"IVRSVR_TLS_CERTIFICATE": certificate, "IVRSVR_TLS_KEY": key}
    serve = ("serve", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0")
    impatient = {"IVRSVR_TLS_HANDSHAKE": "0.5"}
    with forked(*serve, folder=folder, IVRSVR_CONSOLE_TLS="yes", **files, **impatient) as (_, printed):
        yield re.findall(r"-connect ([\d.:]+)", printed)[0], certificate


@contextmanager
def showing(certificate: str, key: str) -> Iterator[str]:
    """The address of somebody who shows a certificate, and has nothing to say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as peer:
                peer.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(LIMIT_S)


def test_an_encrypted_console_of_this_machine_is_known_by_its_own_certificate(encrypted: tuple[str, str]) -> None:
    at, certificate = encrypted
    settings = {"IVRSVR_TLS_CERTIFICATE": certificate, **SECRET}
    assert console("--tls", "disp call", at=at, variables=settings) == (0, "no call\n", "")
    assert console("disp call", at=at, variables={"IVRSVR_CONSOLE_TLS": "yes", **settings})[0] == 0


def test_an_encrypted_console_that_cannot_prove_itself_gets_no_password(
    encrypted: tuple[str, str], tmp_path: Path
) -> None:
    at, certificate = encrypted
    expired = certificates.make(tmp_path / "expired", old=True)
    good = certificates.make(tmp_path / "good")
    with showing(*expired) as late, showing(*good) as stranger:
        for place, trusted, complaint in [
            (at, certificate, "IP address mismatch"),
            (late, expired[0], "certificate has expired"),
            (stranger, certificate, "self-signed certificate"),
        ]:
            code, answer, said = console("--tls", "disp call", at=place, variables={"SSL_CERT_FILE": trusted, **SECRET})
            assert (code, answer) == (1, "")
            assert f"the certificate of {place} is not to be trusted" in said
            assert complaint in said


def test_both_ends_have_to_speak_tls_or_none(address: str, encrypted: tuple[str, str]) -> None:
    assert "does that console speak" in console("--tls", "disp call", at=address)[2]
    assert "`--tls`" in console("disp call", at=encrypted[0])[2]


def test_ctrl_c_ends_a_question(address: str) -> None:
    screen, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ivrsvr", "console", "--at", address, "disp call"],
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    try:
        while b"Password of tcpgate: " not in seen:
            assert select.select([screen], [], [], LIMIT_S)[0], seen
            seen += os.read(screen, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 1
    finally:
        process.kill()
        process.wait()
        os.close(screen)


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
