"""Finds and opens a site's own class that keeps the user data: by its name, or as an entry point of a package."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.store.userdata import UserDataError
from ivrsvr.store.userdata_plugin import METHODS, PluginUserData

GROUP = "ivrsvr.custdata"
"""Entry points of plug-ins."""


async def open_plugin(settings: Settings, clock: Clock) -> PluginUserData:
    """Raises ConfigurationError."""
    name = settings.ivr_custdatadll
    try:
        plugin = _load(name)()
    except Exception as error:  # whatever a site's class does when it is made
        raise ConfigurationError(f"ivr_custdatadll: {name} cannot be loaded: {error}") from None
    missing = [method for method in METHODS if not callable(getattr(plugin, method, None))]
    if missing:
        raise ConfigurationError(f"ivr_custdatadll: {name} has no method {', '.join(missing)}")
    store = PluginUserData(
        name, plugin, clock, data_most=settings.ivr_custdatamaxsize, limit_s=settings.ivr_uuisvr_timeout
    )
    try:
        await store.open(settings.secret("ivr_custdataconfigstring"))
    except UserDataError as error:
        raise ConfigurationError(f"ivr_custdatadll: {error}") from None
    return store


def _load(name: str) -> Any:
    """The class. Raises ImportError, AttributeError, and what its module raises."""
    module, colon, attribute = name.partition(":")
    if colon:
        return getattr(import_module(module), attribute)
    found = entry_points(group=GROUP, name=name)
    if not found:
        known = ", ".join(sorted(one.name for one in entry_points(group=GROUP))) or "there is none"
        raise ImportError(f"it must be package.module:Class, or an entry point of {GROUP} ({known})")
    return next(iter(found)).load()
