"""The features of this project: every one runs on every backend."""

import pytest

BACKENDS = ("simulator",)
PLUGIN = "ivrsvr.testing.plugin"


def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin where the package is used from its checkout, without an entry point that does it."""
    if not any(getattr(plugin, "__name__", "") == PLUGIN for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.import_plugin(PLUGIN)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each feature on each backend."""
    name: str = request.param
    return name


@pytest.fixture(autouse=True)
def _on_each_backend(backend: str) -> None:
    """Make every feature depend on its backend from the start, since steps ask for it only when they run."""
