"""The configuration as a file: out and in again, what is wrong told with its place, nothing done by halves."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.assembly.configfile import ConfigFileError, carry_out, export_csv, export_yaml, plan, read
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.interfaces.accounts import _FIRST_HASH
from ivrsvr.store import webhooks
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import Stored
from ivrsvr.store.tables import Blacklisted, Configuration, Extension, Key, Listener, Seat, User
from ivrsvr.store.webhooks import Webhook
from tests.commands import run

TLINK = "AVAYA#CM1#CSTA#AES1@10.0.0.5 ivrsvr hush-hush"


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

CRM = Webhook("crm", "https://192.0.2.1/events", "101,102", "alert,connect", "all", SECRET, SECRET.lower(), "epoch.7")

TARGET = f"name: crm, url: 'https://192.0.2.1/', extensions: '101', secret: {SECRET}"

KEY = "name: a, mark: m, salt: aa, hash: bb, scopes: call, extensions: '*', creator: anna"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "ivrsvr.key")


def full() -> Configuration:
    """A database that has a row in every table."""
    database = open_database(MEMORY)
    Stored(database).set("ivr_requesttimeout", "5")
    Stored(database).set("ivr_tlink_01", TLINK)
    Stored(database).set("ivr_custdataconfigstring", "host=x;password=hush-hush")
    configuration = Configuration(database)
    configuration.extensions.add_all([Extension("0101"), Extension("102")])
    configuration.listeners.add(Listener(9001, "*", "10.1.0.0/16", "ivrsvrws"))
    configuration.blacklist.add(Blacklisted("10.1.0.7", 'the "balancer", yes: really\n'))
    configuration.seats.add(Seat("10.1.0.20", "101"))
    configuration.users.add(User("anna", _FIRST_HASH, "call,query"))
    configuration.keys.add(Key("crm", "m", "aa", "bb", "call", "*", 0.0, 1.5, "anna"))
    webhooks.table(configuration).add(CRM)
    return configuration


def empty() -> Configuration:
    return Configuration(open_database(MEMORY))


def test_all_of_it_comes_back_from_yaml(tmp_path: Path, secrets: Secrets) -> None:
    text = export_yaml(full(), secrets)
    assert "hush" not in text
    assert SECRET not in text
    assert "position" not in text
    path = tmp_path / "a.yaml"
    path.write_text(text)
    target = empty()
    planned, passed = plan(read(path), target, secrets)
    carry_out(planned, target)
    assert passed == []
    assert yaml.safe_load(export_yaml(target, secrets)).keys() == yaml.safe_load(text).keys()
    for mine, theirs in (
        (target.extensions, full().extensions),
        (target.listeners, full().listeners),
        (target.blacklist, full().blacklist),
        (target.seats, full().seats),
        (target.users, full().users),
        (target.keys, full().keys),
    ):
        assert list(mine) == list(theirs)
    (crm,) = webhooks.table(target)
    assert secrets.reveal(crm.secret) == SECRET
    assert secrets.reveal(crm.former) == SECRET.lower()
    assert crm == replace(CRM, secret=crm.secret, former=crm.former, position="")
    kept = {row.name: row.value or "" for row in target.parameters}
    assert kept["ivr_requesttimeout"] == "5"
    assert secrets.reveal(kept["ivr_tlink_01"].split()[-1]) == "hush-hush"
    assert secrets.reveal(kept["ivr_custdataconfigstring"]) == "host=x;password=hush-hush"
    assert plan(read(path), target, secrets)[0] == []


@pytest.mark.parametrize(
    "section", ["parameters", "extensions", "listeners", "blacklist", "ipextnmap", "users", "keys", "webhooks"]
)
def test_each_table_comes_back_from_csv(tmp_path: Path, secrets: Secrets, section: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(export_csv(full(), section, secrets))
    target = empty()
    planned, _ = plan(read(path), target, secrets)
    assert {one.section for one in planned} == {section}
    carry_out(planned, target)
    again, _ = plan(read(path), target, secrets)
    assert again == []


def test_what_a_file_does_not_have_stays_unless_it_replaces(tmp_path: Path, secrets: Secrets) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("extensions: ['102', '103']\n")
    configuration = full()
    assert [str(one) for one in plan(read(path), configuration, secrets)[0]] == ["add extensions 103"]
    planned, _ = plan(read(path), configuration, secrets, replace=True)
    assert [str(one) for one in planned] == ["add extensions 103", "delete extensions 0101"]
    carry_out(planned, configuration)
    assert [row.extension for row in configuration.extensions] == ["102", "103"]
    assert len(configuration.listeners) == 1


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.yaml", "parameters: {seed: x}", 'parameters.seed: seed: "x" is wrong: it must be a whole number'),
        ("a.yaml", "parameters: {sed: 1}", 'parameters.sed: there is no parameter "sed"; did you mean seed?'),
        ("a.yaml", "parameters: {db: x}", "db cannot be stored"),
        ("a.yaml", "extensions: ['101', '1;drop table tExtension', '../etc']", "extensions, entry 2: "),
        ("a.yaml", "extensions: ['101', '101']", "entry 2: 101 is there twice"),
        ("a.yaml", "listeners: [{port: 70000, local: '*', remote: '*', kind: ivrsvrws}]", "no port"),
        ("a.yaml", "listeners: [{port: many, local: '*', remote: '*', kind: ivrsvrws}]", "port must be a number"),
        ("a.yaml", "listeners: [{port: 1}]", "local, remote, kind is missing"),
        ("a.yaml", "blacklist: [{ip: 300.1.1.1}]", "must be an IP address"),
        ("a.yaml", "blacklist: [{address: 10.1.1.1}]", "there is no column address; there are ip, comment"),
        ("a.yaml", "blacklist: [{ip: [10.1.1.1]}]", "ip must be one value"),
        ("a.yaml", "users: [{name: a, hash: secret, scopes: call}]", "hash must be one of argon2"),
        ("a.yaml", "users: [{name: a, hash: $argon2x, scopes: fly}]", "scopes are"),
        ("a.yaml", "fans: [{name: a}]", "there is no table fans"),
        ("a.yaml", "extensions: 101", "extensions must be a list"),
        ("a.yaml", "parameters:\n  seed: 1\n  seed: 2\n", "line 3: seed is there twice"),
        ("a.yaml", "extensions: ['101']\nextensions: ['102']\n", "line 2: extensions is there twice"),
        ("a.yaml", "extensions: &a ['101']\nparameters: {seed: *a}", "aliases (*name) are not taken"),
        ("a.yaml", f"keys: [{{{KEY}, expires: nan, created: 0}}]", "expires must be a number, not 'nan'"),
        ("a.yaml", f"keys: [{{{KEY}, expires: 0, created: 999999999999999}}]", "after the year 9999"),
        ("a.yaml", f"keys: [{{{KEY}, expires: 0, created: 0}}]".replace("aa", "zz"), "salt must be one"),
        ("a.yaml", f"keys: [{{{KEY}, expires: 0, created: 0}}]".replace("call", "fly"), "scopes are"),
        ("a.yaml", f"webhooks: [{{{TARGET}, eventtypes: gone}}]", "webhooks, entry 1: there is no event type 'gone'"),
        ("a.yaml", f"webhooks: [{{{TARGET}, events: some}}]", "events must be one of contract, all, not 'some'"),
        ("a.yaml", f"webhooks: [{{{TARGET}, position: a.1}}]", "there is no column position"),
        ("a.yaml", f"webhooks: [{{{TARGET}}}]".replace("101", "x"), "'x' is no extension"),
        ("a.yaml", f"webhooks: [{{{TARGET}}}]".replace("https", "ftp"), "must be http://HOST/PATH"),
        ("a.yaml", f"webhooks: [{{{TARGET}}}]".replace(SECRET, "hush"), "secret is none: a secret is whsec_ and"),
        ("a.yaml", f"webhooks: [{{{TARGET}}}]".replace(SECRET, "''"), "secret is none"),
        ("a.yaml", f"webhooks: [{{{TARGET}}}]".replace(SECRET, "enc:x"), "the key file"),
        ("a.yaml", f"webhooks: [{{{TARGET}, former: short}}]", "former is none"),
        ("a.yaml", "webhooks: [{name: crm, url: 'https://h/'}]", "extensions, secret is missing"),
        (
            "a.yaml",
            f"webhooks: [{{{TARGET}}}]".replace("192.0.2.1", "127.0.0.1"),
            "webhooks, crm: https://127.0.0.1/: 127.0.0.1 is this machine or its link, which webhook_targets",
        ),
        (
            "a.yaml",
            f"parameters: {{tls_only: 'true'}}\nwebhooks: [{{{TARGET}}}]".replace("https", "http"),
            "which tls_only forbids",
        ),
        ("a.csv", "name,value\nws_ping,9,10\n", "line 2: it has 3 values for 2 columns"),
        ("a.csv", "name,value\nhttp_origins\n", "line 2: it has 1 values for 2 columns"),
        ("a.csv", "name,value,value\nws_ping,9,9\n", "names a column twice"),
        ("a.yaml", "- 101", "it must have tables"),
        ("a.yaml", "ivrsvr: 7\nextensions: []", "its form is none"),
        ("a.yaml", "extensions: [101\nblacklist: []", "line 2"),
        ("a.yaml", "[" * 5000, "nested"),
        ("a.csv", "", "it is empty"),
        ("a.csv", "x,y\n1,2", "the first line must name columns"),
        ("a.csv", "name,value\nseed,x", "line 2: seed"),
        ("a.csv", 'extension\n"101', "line"),
        ("a.txt", "x", "must end with"),
        ("a.mdb", "no Access file", "tParameter"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, secrets: Secrets, name: str, text: str, complaint: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigFileError) as refused:
        plan(read(path), empty(), secrets)
    assert complaint in str(refused.value)


def test_a_target_that_is_there_goes_on_where_it_was(tmp_path: Path, secrets: Secrets) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"parameters: {{webhook_targets: any}}\nwebhooks: [{{{TARGET}}}]".replace("192.0.2.1", "127.0.0.1"))
    configuration = full()
    planned, _ = plan(read(path), configuration, secrets)
    assert [str(one) for one in planned] == ["add parameters webhook_targets", "change webhooks crm"]
    carry_out(planned, configuration)
    (crm,) = webhooks.table(configuration)
    assert (crm.url, crm.eventtypes, crm.events) == ("https://127.0.0.1/", "", "contract")
    assert crm.position == "epoch.7"


def test_all_faults_are_told_at_once_and_no_secret(tmp_path: Path, secrets: Secrets) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("parameters: {seed: x, ivr_tlink_01: a b hush-hush d e}\nextensions: [x, y]\n")
    with pytest.raises(ConfigFileError) as refused:
        plan(read(path), empty(), secrets)
    assert len(str(refused.value).splitlines()) == 4
    assert "hush" not in str(refused.value)


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.yaml", "a.csv"):
            path = Path(folder) / name
            path.write_bytes(octets)
            with suppress(ConfigFileError):
                plan(read(path), empty(), Secrets(Path(folder) / "a.key"))


def test_an_encrypted_value_is_used_as_what_it_stands_for(tmp_path: Path, secrets: Secrets) -> None:
    settings = Settings(db=str(tmp_path / "ivrsvr.db"), ivr_custdataconfigstring=secrets.hide("host=x"))
    assert settings.secret("ivr_custdataconfigstring") == "host=x"
    with pytest.raises(ConfigurationError, match="ivr_custdataconfigstring"):
        Settings(db=str(tmp_path / "b.db"), ivr_custdataconfigstring="enc:x").secret("ivr_custdataconfigstring")


# ---- the original's Access file

EXPORTED = """\
name,value,description
"ivr_tlink_01","AVAYA#CM1#CSTA#AES1@10.0.0.5 ivrsvr hush-hush","TLINK"
"ivr_custdatamaxsize","2000",""
"ivr_licence","4711","of the original"
"""


def stub(folder: Path, script: str) -> dict[str, str]:
    """A stand-in for mdb-export, since nothing here can make an Access file."""
    tool = folder / "bin" / "mdb-export"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    return {"PATH": f"{tool.parent}:{os.environ['PATH']}"}


def test_the_parameters_of_an_access_file(tmp_path: Path) -> None:
    (tmp_path / "exported").write_text(EXPORTED)
    (tmp_path / "old.mdb").write_bytes(b"\x00\x01\x00\x00Standard Jet DB\x00")
    path = stub(tmp_path, f'[ "$2" = old.mdb ] && [ "$3" = tParameter ] && cat {tmp_path}/exported')
    done = run("config", "import", "old.mdb", folder=tmp_path, **path)
    assert (done.returncode, done.stdout.splitlines()[-1][:9]) == (0, "2 changes"), done
    assert 'passed over: line 4: there is no parameter "ivr_licence"' in done.stderr
    assert run("parameter", "get", "ivr_custdatamaxsize", folder=tmp_path).stdout == "2000\n"
    stored = run("parameter", "get", "ivr_tlink_01", folder=tmp_path).stdout
    assert "enc:" in stored
    assert "hush" not in stored


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("exit 1", "no table tParameter"), ("echo x,y", "first line must name columns"), ("echo extension", "first line")],
)
def test_an_access_file_that_cannot_be_read(tmp_path: Path, script: str, complaint: str) -> None:
    (tmp_path / "old.mdb").write_bytes(b"x")
    done = run("config", "import", "old.mdb", folder=tmp_path, **stub(tmp_path, script))
    assert done.returncode == 2
    assert complaint in done.stderr


def test_without_mdbtools_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "old.mdb").write_bytes(b"x")
    done = run("config", "import", "old.mdb", folder=tmp_path, PATH=str(tmp_path))
    assert "install mdbtools" in done.stderr


# ---- as a command


def test_from_one_server_to_another(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    run("parameter", "set", "ws_ping", "9", folder=here)
    assert run("config", "export", "../a.yaml", folder=here).returncode == 0
    assert stat.S_IMODE((tmp_path / "a.yaml").stat().st_mode) == 0o600
    dry = run("config", "import", "../a.yaml", "--dry-run", folder=there)
    assert dry.stdout == "add parameters ws_ping\nnothing was changed: a dry run\n"
    assert run("parameter", "get", "ws_ping", folder=there).stdout == "20\n"
    assert "1 change;" in run("config", "import", "../a.yaml", folder=there).stdout
    assert run("parameter", "get", "ws_ping", folder=there).stdout == "9\n"
    assert "all there already" in run("config", "import", "../a.yaml", folder=there).stdout
    assert run("config", "export", "--table", "parameters", folder=there).stdout.startswith(
        "name,value,description\nws_"
    )


def test_a_file_with_a_fault_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("parameters: {ws_ping: 9, seed: x}")
    done = run("config", "import", "a.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("ivrsvr: a.yaml: nothing was changed:\nparameters.seed")
    assert run("parameter", "get", "ws_ping", folder=tmp_path).stdout == "20\n"


def test_a_csv_of_the_original_has_parameters_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("name,value\nivr_licence,x\nivr_custdatamaxsize,100\n")
    refused = run("config", "import", "old.csv", folder=tmp_path)
    assert (refused.returncode, "line 2: there is no parameter" in refused.stderr) == (2, True)
    done = run("config", "import", "old.csv", "--pass-over", folder=tmp_path)
    assert 'passed over: line 2: there is no parameter "ivr_licence"' in done.stderr
    assert done.stdout.endswith("\n1 change; a running server takes them over with `reload`\n")
    assert run("parameter", "get", "ivr_custdatamaxsize", folder=tmp_path).stdout == "100\n"


def test_a_file_that_mdb_export_says_nothing_of(tmp_path: Path) -> None:
    (tmp_path / "old.mdb").touch()
    done = run("config", "import", "old.mdb", folder=tmp_path, **stub(tmp_path, "exit 1"))
    assert (done.returncode, done.stderr.endswith("that mdb-export can read\n")) == (2, True)


def test_an_export_that_finds_no_room_leaves_the_one_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("config", "export", "kept.yaml", folder=tmp_path).returncode == 0
    kept = (tmp_path / "kept.yaml").read_text()
    write = Path.write_text

    def half(path: Path, text: str, encoding: str) -> int:
        write(path, text[: len(text) // 2], encoding=encoding)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", half)
    failed = run("config", "export", "kept.yaml", folder=tmp_path)
    assert (failed.returncode, failed.stderr) == (2, "ivrsvr: kept.yaml cannot be written: No space left on device\n")
    assert (tmp_path / "kept.yaml").read_text() == kept
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("kept.yaml.")]
