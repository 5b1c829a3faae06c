"""The way to production in the manual: every command of it is understood, and what can be is carried out in order."""

import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from ivrsvr import cli
from ivrsvr.app import all_requests
from ivrsvr.interfaces.administration.changes import CHANGES
from ivrsvr.interfaces.administration.displays import DISPLAYS
from ivrsvr.interfaces.administration.upkeep import UPKEEP
from ivrsvr.interfaces.console.grammar import Commands, split
from ivrsvr.interfaces.console.session_commands import SESSION_COMMANDS
from ivrsvr.store.parameters import find
from tests.commands import run
from tests.test_docs import blocks

PAGES = ("docs/operations.md", "docs/console.md", "docs/tlinks.md", "docs/security.md")


def commands(page: str) -> list[list[str]]:
    """The words of each `ivrsvr ...` of a page's shell blocks."""
    found = []
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            words = shlex.split(line.partition(" < ")[0])
            while words and re.match(r"[A-Z_]\w*=", words[0]):
                words.pop(0)
            if words[:1] == ["ivrsvr"]:
                found.append(words[1:])
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_that_there_is(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line's own parser judges; nothing is carried out."""
    for command in cli.COMMANDS:
        for name in ("run", "back_up", "put_back"):
            if hasattr(command, name):
                monkeypatch.setattr(command, name, lambda _options: 0)
    consoles = Commands([*SESSION_COMMANDS, *DISPLAYS, *CHANGES, *UPKEEP, *all_requests()])
    assert commands(page)
    for words in commands(page):
        if words == ["--version"]:
            continue
        assert cli.main(words) == 0, words
        if words[:2] == ["parameter", "set"]:
            find(words[2]).parse(words[3])
        if words[0] == "console" and len(words) > 1 and words[1] != "-":
            typed, rest = consoles.find(split(words[1]))
            typed.fill(rest)


def test_the_steps_from_the_first_parameter_to_the_export(tmp_path: Path) -> None:
    """Those that need neither an AES, nor root, nor a running server."""
    backups = tmp_path / "backups"
    backups.mkdir()
    done = []
    encrypted = "enc:gAAAAAB..."  # as the manual abbreviates what `encryptpasswd` printed
    for words in commands("docs/operations.md"):
        if (
            words[0] in ("parameter", "certificate", "key", "config", "backup", "encryptpasswd")
            and "import" not in words
        ):
            words = [
                word.replace("/var/backups", str(backups))
                .replace("/var/lib/ivrsvr", str(tmp_path))
                .replace("enc:gAAAAAB...", encrypted)
                for word in words
            ]
            result = run(*(words + ["--stdin"] * (words == ["encryptpasswd"])), folder=tmp_path, given="secret\n")
            assert result.returncode == 0, (words, result.stderr)
            if words == ["encryptpasswd"]:
                encrypted = result.stdout.split()[-1]
            done.append(words[0])
    assert set(done) == {"parameter", "certificate", "key", "config", "backup", "encryptpasswd"}
    assert "secret" not in (backups / "ivrsvr.yaml").read_text()
    with sqlite3.connect(backups / "before-upgrade.db") as copy:
        assert dict(copy.execute("select name, value from tParameter"))["backend"] == "tsapi"
    copy.close()
    put_back = run("restore", str(backups / "before-upgrade.db"), folder=tmp_path)
    assert put_back.returncode == 0, put_back.stderr


def test_a_damaged_database_and_the_last_good_copy(tmp_path: Path) -> None:
    """The drill of the manual, as processes."""
    from ivrsvr.store import copies
    from tests.commands import running

    run("parameter", "set", "ws_ping", "9", folder=tmp_path)
    copies.keep(tmp_path / "ivrsvr.db", tmp_path / "ivrsvr.backups", 0.0, most=7)
    (tmp_path / "ivrsvr.db").write_bytes(b"rubbish" * 1000)
    refused = run("serve", folder=tmp_path)
    assert refused.returncode == 2
    assert "--restore-last" in refused.stderr
    with running("--restore-last", folder=tmp_path):
        assert run("parameter", "get", "ws_ping", folder=tmp_path).stdout == "9\n"
        second = run("serve", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", folder=tmp_path)
        assert second.returncode == 2
        assert "another server is running on it" in second.stderr
        assert run("restore", "ivrsvr.backups/19700101T000000Z.db", folder=tmp_path).returncode == 2
    assert (tmp_path / "ivrsvr.db.replaced").read_bytes().startswith(b"rubbish")
