"""Encrypted passwords: readable with the key alone, and the key by its owner alone."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.store.secrets import SecretError, Secrets, is_encrypted, sealed


def secrets(folder: Path) -> Secrets:
    return Secrets.of(str(folder / "ivrsvr.db"))


def test_a_password_comes_back_and_its_key_is_private(tmp_path: Path) -> None:
    own = secrets(tmp_path)
    hidden = own.hide("hush, please")
    assert is_encrypted(hidden)
    assert "hush" not in hidden
    assert own.reveal(hidden) == "hush, please"
    assert stat.S_IMODE((tmp_path / "ivrsvr.key").stat().st_mode) == 0o600


def test_a_value_in_clear_stands_for_itself(tmp_path: Path) -> None:
    assert secrets(tmp_path).reveal("clear") == "clear"
    assert not (tmp_path / "ivrsvr.key").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    own = secrets(tmp_path)
    hidden = own.hide("hush")
    own.path.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600"):
        own.reveal(hidden)


def test_what_is_wrong_is_said_without_the_secret(tmp_path: Path) -> None:
    own = secrets(tmp_path)
    hidden = own.hide("hush")
    with pytest.raises(SecretError, match="does not belong"):
        own.reveal(hidden[:-4] + "AAAA")
    own.path.write_text("no key\n")
    with pytest.raises(SecretError, match="is no key file"):
        own.reveal(hidden)
    own.path.unlink()
    with pytest.raises(SecretError, match="is missing"):
        own.reveal(hidden)
    with pytest.raises(SecretError, match="cannot be made"):
        Secrets(tmp_path / "nowhere" / "key").hide("hush")


@given(st.text())
def test_anything_after_the_mark_is_refused_clearly(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    own = secrets(tmp_path_factory.getbasetemp())
    own.hide("so that there is a key")
    with pytest.raises(SecretError):
        own.reveal(f"enc:{text}")


@pytest.mark.parametrize("name", ["ivr_uuisvr", "ivr_journal", "ivr_idempotency"])
def test_a_place_is_stored_as_it_is_unless_a_password_is_in_it(tmp_path: Path, name: str) -> None:
    secrets = Secrets(tmp_path / "a.key")
    assert sealed(name, "redis://10.0.0.1:6379/0", secrets) == "redis://10.0.0.1:6379/0"
    hidden = sealed(name, "redis://:secret@10.0.0.1:6379/0", secrets)
    assert hidden.startswith("enc:")
    assert secrets.reveal(hidden) == "redis://:secret@10.0.0.1:6379/0"
