"""The wheel, built, and installed where nothing else of the project is."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from ivrsvr import __version__
from tests.client.test_page import LIMIT_S, converse, programs
from tests.pages.rig import PageServer

ROOT = Path(__file__).parents[2]
ALONGSIDE = (
    "ivrsvr/backends/simulator/scenario/scenarios/schema.json",
    "ivrsvr/client/requests.py",
    "ivrsvr/interfaces/http/pages/static/ivrsvr.js",
    "ivrsvr/py.typed",
    "ivrsvr/testing/driver.mjs",
    "ivrsvr/testing/javascript/node.js",
    "ivrsvr/testing/javascript/package.json",
    "ivrsvr/testing/javascript/websocket.js",
)
"""Some of what the wheel brings besides the modules of the server."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the project's own backend, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of a fresh environment that has the wheel, and of this one's packages all but the project."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    interpreter = str(folder / "bin/python")
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", interpreter, "install", *options, str(wheel), cwd=folder)
    (site,) = folder.glob("lib/*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return interpreter


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_brings_all_that_is_no_module(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert [name for name in ALONGSIDE if name not in names] == []
    assert [name for name in names if name.startswith(("tests/", "bench/"))] == []


def test_what_is_installed_is_the_wheel(python: str, tmp_path: Path) -> None:
    said = run(python, "-c", "import ivrsvr; print(ivrsvr.__version__, ivrsvr.__file__)", cwd=tmp_path).split()
    assert said[0] == __version__
    assert said[1].startswith(str(Path(python).parents[1]))


def test_features_find_the_javascript_client_in_it(python: str, tmp_path: Path) -> None:
    lay_out = "from pathlib import Path; from ivrsvr.testing.packages import lay_out; lay_out(Path('.'))"
    run(python, "-c", lay_out, cwd=tmp_path)
    found = {path.name for path in (tmp_path / "node_modules/ivrsvr").iterdir()}
    assert found == {"ivrsvr.js", "requests.js", "node.js", "websocket.js", "package.json"}


def test_the_softphone_on_the_installed_client(python: str, server: PageServer, tmp_path: Path) -> None:
    (tmp_path / "softphone.py").write_text(programs("python")[0])
    converse([python, str(tmp_path / "softphone.py"), server.url, "101"], server)
