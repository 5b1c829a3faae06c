"""Where user data are kept: in the server's own database, or by a class of the site's."""

from importlib import import_module
from ipaddress import AddressValueError, IPv4Address
from typing import Protocol

from sqlite_utils import Database

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.service.userdata import Store
from ivrsvr.store.parameters import split_address
from ivrsvr.store.userdata import UserDataStore


class ClosingStore(Store, Protocol):
    """User data that want to be closed."""

    def close(self) -> None: ...


def open_userdata(settings: Settings, clock: Clock, database: Database) -> ClosingStore:
    if settings.ivr_custdatadll:
        return _custom_store(settings.ivr_custdatadll, settings.secret("ivr_custdataconfigstring"))
    host, port = split_address(settings.ivr_uuisvr)
    try:
        IPv4Address(host)
    except AddressValueError:
        raise ConfigurationError(
            f"ivr_uuisvr: {host} must be an IPv4 address, since every key of user data holds it in four octets"
        ) from None
    return UserDataStore(database, clock.now, address=host, port=port)


def _custom_store(name: str, configstring: str) -> ClosingStore:
    """A site's own class, opened with its configuration."""
    module, colon, attribute = name.partition(":")
    try:
        if not colon:
            raise ImportError("it must be package.module:Class")
        kind = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"ivr_custdatadll: {name} cannot be loaded: {error}") from None
    store = kind()
    missing = [
        method for method in ("open", "get", "set", "update", "close") if not callable(getattr(store, method, 0))
    ]
    if missing:
        raise ConfigurationError(f"ivr_custdatadll: {name} has no method {', '.join(missing)}")
    store.open(configstring)
    found: ClosingStore = store
    return found
