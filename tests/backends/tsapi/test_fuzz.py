"""A little of the fuzzing in every test run; `python -m fuzz.wire` and `python -m fuzz.aes` do a million each."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fuzz import aes
from fuzz.wire import CORPUS, mutated, one_input


def test_the_corpus() -> None:
    files = sorted(CORPUS.iterdir())
    assert len(files) > 100
    for path in files:
        one_input(path.read_bytes())


def test_mutations() -> None:
    for octets in mutated(3000):
        one_input(octets)


def test_the_same_seed_gives_the_same_octets() -> None:
    assert list(mutated(50)) == list(mutated(50))
    assert list(mutated(50)) != list(mutated(50, seed=1))


def test_mutated_requests_to_the_aes() -> None:
    assert aes.run(3000) > 2000


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed (the extra `fuzz`)")
def test_guided_by_coverage(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzz.wire", "--atheris", str(tmp_path / "new"), "--seconds", "1"]
    done = subprocess.run(command, cwd=CORPUS.parents[1], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "INITED cov:" in done.stderr
