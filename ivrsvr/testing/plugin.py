"""The pytest plugin: fixtures for a running server on a simulated switch, and the Gherkin steps.

Nothing heavy is imported until a test asks for it, so that the plugin costs a run that doesn't use it next to nothing.
The steps come with pytest-bdd; without it, the fixtures alone are there.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ivrsvr.clock import Clock
    from ivrsvr.testing.facade import Opening, RunningServer
    from ivrsvr.testing.packages import Node

STEPS = ("ivrsvr.testing.steps", "ivrsvr.testing.steps_servers", "ivrsvr.testing.steps_webhooks")


BACKENDS = ("simulator", "tsapi")

CLIENTS = ("raw", "python", "javascript")

SCENARIO = "_pytest_bdd_example"
"""The fixture that every scenario of pytest-bdd has."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--backend`, `--client`: which way tests go."""
    parser.addoption(
        "--backend",
        choices=(*BACKENDS, "all"),
        help="the switch of ivrsvr's servers: in process (simulator, the default), over TCP behind an AES (tsapi), or "
        "each in turn (all)",
    )
    parser.addoption(
        "--client",
        choices=CLIENTS,
        default=CLIENTS[0],
        help="what programs of the features talk to ivrsvr by: a WebSocket alone (raw, the default), or the client for "
        "Python or JavaScript (javascript needs Node)",
    )


def chosen_backends(config: pytest.Config) -> tuple[str, ...]:
    """The backends that tests run on."""
    chosen: str = config.getoption("--backend") or BACKENDS[0]
    return BACKENDS if chosen == "all" else (chosen,)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each scenario, and each test that has a server, on every backend that was asked for."""
    if SCENARIO in metafunc.fixturenames:
        metafunc.fixturenames.extend({"backend", "ivrsvr_client"} - set(metafunc.fixturenames))
    named = any("backend" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "backend" in metafunc.fixturenames and not named:
        metafunc.parametrize("backend", chosen_backends(metafunc.config), indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    """Bring the steps along where pytest-bdd is."""
    for steps in STEPS:
        if config.pluginmanager.hasplugin("pytest-bdd") and not config.pluginmanager.hasplugin(steps):
            config.pluginmanager.import_plugin(steps)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Which switch the servers of a test run on."""
    chosen: str = getattr(request, "param", chosen_backends(request.config)[0])
    return chosen


@pytest.fixture
def ivrsvr_client(request: pytest.FixtureRequest) -> "Opening":
    """What opens the connections of the programs that a feature tells of."""
    chosen: str = getattr(request, "param", request.config.getoption("--client"))
    if chosen == "javascript":
        node: Node = request.getfixturevalue("ivrsvr_node")
        return node.open
    from ivrsvr.testing.clients import JsonConnection
    from ivrsvr.testing.packages import PythonApplication

    if chosen == "python":
        return PythonApplication.open
    return JsonConnection.opening


@pytest.fixture(scope="session")
def ivrsvr_node() -> "Iterator[Node]":
    """A Node process with the JavaScript client, shared by all scenarios."""
    from ivrsvr.testing.packages import Node

    found = shutil.which("node")
    if found is None:
        missing = "no node on this machine: apt-get install nodejs"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    node = Node(found)
    yield node
    node.close()


@pytest.fixture
def new_server(backend: str) -> "Callable[..., RunningServer]":
    """Makes servers that are not started yet: ``with new_server(world=None, patch=None, **settings) as server:``."""
    from ivrsvr.testing.facade import RunningServer

    def start(world: Any = None, **options: Any) -> "RunningServer":
        return RunningServer(world, backend=backend, **options)

    return start


@pytest.fixture
def ivrsvr_server(new_server: "Callable[..., RunningServer]") -> "Iterator[RunningServer]":
    """A running server on the default world, in virtual time."""
    with new_server() as server:
        yield server


@pytest.fixture
def virtual_clock(ivrsvr_server: "RunningServer") -> "Clock":
    """The virtual clock of `ivrsvr_server`; let time pass with ``ivrsvr_server.advance(seconds)``."""
    return ivrsvr_server.clock
