"""Who may come in: accounts, keys and the rule for listeners, made from settings and database."""

from dataclasses import dataclass
from typing import cast

from ivrsvr.assembly.settings import Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Access
from ivrsvr.interfaces.accounts import Accounts
from ivrsvr.interfaces.keys import Keys
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.interfaces.protection import Mode, Protection
from ivrsvr.interfaces.tls import Files, Tls
from ivrsvr.store.tables import Configuration


@dataclass(frozen=True, slots=True)
class Guards:
    """What decides who may come in."""

    configuration: Configuration
    accounts: Accounts
    keys: Keys
    access: Access
    protection: Protection


def build_guards(settings: Settings, clock: Clock, configuration: Configuration) -> Guards:
    """The guards of a server."""
    accounts, keys = Accounts(configuration, clock), Keys(configuration, clock)
    access = Access(keys, clock, per_key_s=settings.rate_key, per_address_s=settings.rate_address)
    protection = Protection(
        mode=cast(Mode, settings.security),
        insecure=settings.insecure,
        keys=lambda: len(keys) > 0,
        initial=lambda: accounts.initial,
    )
    return Guards(configuration, accounts, keys, access, protection)


def check_listeners(settings: Settings, protection: Protection) -> None:
    """Look at every listener of the settings. Raises ListenError for one that may not be open."""
    protection.check(settings.http, "ivrsvrrest")
    for address in settings.ws:
        protection.check(address, "ivrsvrws")
    for address in settings.console:
        protection.check(address, "tcpgate")
    if settings.aes:
        protection.check(settings.aes, "aes")


def build_tls(settings: Settings, clock: Clock) -> Tls | None:
    """The encryption of listeners; None = there is no certificate. Raises ListenError."""
    if not settings.tls_certificate:
        return None
    files = Files(
        certificate=settings.tls_certificate,
        key=settings.tls_key,
        minimum=settings.tls_minimum,
        clients=settings.tls_clients,
        names=settings.tls_clientnames,
    )
    return Tls(files, clock, settings.tls_handshake)


def needed(tls: Tls | None) -> Tls:
    """Raises ListenError where there is none."""
    if tls is None:
        raise ListenError("TLS needs a certificate: set tls_certificate and tls_key (`ivrsvr certificate` makes one)")
    return tls


def bare(insecure: bool) -> Protection:
    """The rule for listeners of the simulator alone, where there are no keys."""
    return Protection("off", insecure, keys=lambda: False, initial=lambda: True)
