"""The pytest plugin: fixtures for a running server on a simulated switch, and the Gherkin steps.

Nothing heavy is imported until a test asks for it, so that the plugin costs a run that doesn't use it next to nothing.
The steps come with pytest-bdd; without it, the fixtures alone are there.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ivrsvr.clock import Clock
    from ivrsvr.testing.facade import RunningServer

STEPS = "ivrsvr.testing.steps"


def pytest_configure(config: pytest.Config) -> None:
    """Bring the steps along where pytest-bdd is."""
    if config.pluginmanager.hasplugin("pytest-bdd") and not config.pluginmanager.hasplugin(STEPS):
        config.pluginmanager.import_plugin(STEPS)


@pytest.fixture
def backend() -> str:
    """Which switch the servers of a test run on; override it, with params, to run a test on several."""
    return "simulator"


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
