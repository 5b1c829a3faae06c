"""A new key: every stored secret is encrypted with it, and all of them are readable whenever the process is killed."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from sqlite_utils import Database

from ivrsvr.store.database import open_database
from ivrsvr.store.faults import StoreError
from ivrsvr.store.parameters import PARAMETERS
from ivrsvr.store.renewal import renew
from ivrsvr.store.secrets import SecretError, Secrets, anew, is_encrypted, same
from ivrsvr.store.settings import Stored
from ivrsvr.store.webhooks import Webhook, WebhookStore

SECRET = tuple(one.name for one in PARAMETERS if one.secret and one.stored)
TLINK = "AVAYA#CM1#CSTA#AES1@10.0.0.5:450 anna "
PLACE = "redis://:hush@10.0.0.1/0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database with a secret in every place that can have one."""
    own = secrets(tmp_path)
    with closing(open_database(tmp_path / "ivrsvr.db")) as database:
        stored = Stored(database, own)
        for name in SECRET:
            stored.set(name, PLACE)
        stored.set("ivr_tlink_01", TLINK + "hush")
        stored.set("seed", "7")
        hooks = WebhookStore(database)
        hooks.put(Webhook("crm", "https://crm.example", "101", "", "all", own.hide("new"), own.hide("old"), "e-5"))
        hooks.put(Webhook("dwh", "https://dwh.example", "102", "", "all", own.hide("one")))
    return tmp_path


def secrets(folder: Path) -> Secrets:
    return Secrets.of(str(folder / "ivrsvr.db"))


def texts(database: Database) -> dict[str, str]:
    """What is stored, by its place."""
    found = dict(Stored(database))
    for row in WebhookStore(database).targets():
        found |= {f"{row.name} {column}": str(getattr(row, column)) for column in ("secret", "former", "position")}
    return found


def read(folder: Path) -> dict[str, str]:
    """What is stored, with its secrets in clear. Raises SecretError."""
    own = secrets(folder)
    with closing(open_database(folder / "ivrsvr.db")) as database:
        return {name: own.reveal(anew(name, text, own.reveal)) for name, text in texts(database).items()}


def test_every_secret_needs_the_new_key_alone(folder: Path) -> None:
    before = read(folder)
    octets = (folder / "ivrsvr.db").read_bytes()
    assert before["ivr_tlink_01"] == TLINK + "hush"
    assert (before["crm secret"], before["crm former"], before["dwh former"]) == ("new", "old", "")
    with closing(open_database(folder / "ivrsvr.db")) as database:
        former = [text.split()[-1] for text in texts(database).values() if "enc:" in text]
        Stored(database).set("ivr_tlink_02", TLINK + "clear")  # as a version wrote it that encrypted nothing
        assert renew(database, secrets(folder)) == len(former) + 1
    keys = secrets(folder).path.read_text().splitlines()
    assert len(keys) == 2
    secrets(folder).path.write_text(keys[0])
    assert read(folder) == {**before, "ivr_tlink_02": TLINK + "clear"}
    files = b"".join(file.read_bytes() for file in folder.iterdir())
    assert [text for text in former if text.encode() in octets] == former
    assert not [text for text in [*former, "clear"] if text.encode() in files]


def test_a_secret_that_cannot_be_read_leaves_all_as_it_was(folder: Path) -> None:
    strange = Secrets(folder / "strange").hide("hush")
    with closing(open_database(folder / "ivrsvr.db")) as database:
        Stored(database).set("ivr_tlink_02", TLINK + strange)
        WebhookStore(database).put(Webhook("erp", "https://erp.example", "101", "", "all", strange))
        before, key = texts(database), secrets(folder).path.read_bytes()
        with pytest.raises(SecretError, match=r"(?s)^nothing was changed:\nivr_tlink_02: .*\nwebhook erp: "):
            renew(database, secrets(folder))
        assert texts(database) == before
    assert secrets(folder).path.read_bytes() == key
    assert {file.name for file in folder.glob("*.key*")} == {"ivrsvr.key", "ivrsvr.key.lock"}


def test_what_another_version_stored_is_left_alone(folder: Path) -> None:
    with closing(open_database(folder / "ivrsvr.db")) as database:
        strange = {"ivr_tlink_03": "a b c d", "nobody_knows": "enc:?", "log_level": "enc:?"}
        for name, value in strange.items():
            database.table("tParameter").insert({"name": name, "value": value})
        renew(database, secrets(folder))
        assert texts(database).items() >= strange.items()


def test_a_second_one_at_the_same_time_is_refused(folder: Path) -> None:
    """Each would put its key before those that it had read: the key of one would be lost."""
    with closing(open_database(folder / "ivrsvr.db")) as database:
        with secrets(folder).renewing(), pytest.raises(StoreError, match="being renewed by another command"):
            renew(database, secrets(folder))
        renew(database, secrets(folder))


def test_the_same_secret_is_the_same_however_it_is_encrypted(folder: Path) -> None:
    own = secrets(folder)
    assert own.hide("hush") != own.hide("hush")
    assert same("ivr_uuisvr", own.hide(PLACE), own.hide(PLACE), own)
    assert same("ivr_tlink_01", TLINK + own.hide("hush"), TLINK + "hush", own)
    assert not same("ivr_tlink_01", TLINK + own.hide("hush"), TLINK + own.hide("hash"), own)
    assert not same("seed", "1", "2", own)
    assert not same("ivr_uuisvr_key", "enc:?", own.hide("hush"), own)
    assert is_encrypted(own.hide(""))


KILLED = dedent(
    """
    import os, shutil, signal, sys
    from pathlib import Path
    from ivrsvr.store import lock, renewal, secrets
    from ivrsvr.store.database import open_database

    call, before, trials = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    files = {module.__file__ for module in (lock, renewal, secrets)}
    writers = {"alone", "renew", "renewing", "_beside", "_create", "_keep_name", "_told"}
    been, (read, write) = set(), os.pipe()

    def killing(frame, event, arg):
        if frame.f_code.co_name not in writers or frame.f_code.co_filename not in files:
            return None
        here = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if event == "line" and here not in been:
            os.write(write, here.encode())
            os.kill(os.getpid(), signal.SIGKILL)
        return killing

    while True:
        database = trials / str(len(been)) / "ivrsvr.db"
        shutil.copytree(before, database.parent)
        child = os.fork()
        if not child:
            own, opened = secrets.Secrets.of(str(database)), call == "renew" and open_database(database)
            sys.settrace(killing)
            renewal.renew(opened, own) if opened else own.hide("hush")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.WEXITSTATUS(status))
        been.add(os.read(read, 10_000).decode())
    """
)
"""Does it again and again with a copy of its own each time, and is killed at the first line where it was not before: at
those of the functions that touch files."""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is forked on Windows")
@pytest.mark.parametrize(("call", "least"), [("renew", 40), ("hide", 15)])
def test_killed_at_any_line_nothing_is_lost(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, call: str, least: int
) -> None:
    with closing(open_database(folder / "ivrsvr.db")) as database:
        database.execute("delete from tParameter where name > 'ivr_custdataconfigstring' and name < 'ivr_tlink'")
        database.conn.commit()
    before, trials = read(folder), tmp_path_factory.mktemp(call)
    key = secrets(folder).path.read_bytes()
    if call == "hide":  # it makes the first key of all
        secrets(folder).path.unlink()
    subprocess.run([sys.executable, "-c", KILLED, call, str(folder), str(trials)], check=True)
    killed = sorted(trials.iterdir())
    assert len(killed) > least
    renewed = 0
    for trial in killed:
        own = secrets(trial)
        if call == "hide":
            assert own.reveal(own.hide("hush")) == "hush"
            continue
        assert read(trial) == before
        assert own.path.read_bytes().endswith(key)
        renewed += own.path.read_bytes() != key
    assert call == "hide" or 1 < renewed < len(killed)  # some were killed after it, and not all
