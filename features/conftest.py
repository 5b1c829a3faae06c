"""The features of this project: every one runs on every backend, unless `--backend` names one."""

import pytest

PLUGIN = "ivrsvr.testing.plugin"


def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin where the package is used from its checkout, without an entry point that does it."""
    if not any(getattr(plugin, "__name__", "") == PLUGIN for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.import_plugin(PLUGIN)
    if config.getoption("--backend") is None:
        config.option.backend = "all"
