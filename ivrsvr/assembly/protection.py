"""Who may come in: accounts, keys and the rule for listeners, made from settings and database."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Access
from ivrsvr.interfaces.accounts import Accounts
from ivrsvr.interfaces.audit import audit_file
from ivrsvr.interfaces.gate import is_loopback
from ivrsvr.interfaces.keys import Keys
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.interfaces.origins import host_of
from ivrsvr.interfaces.protection import Mode, Protection
from ivrsvr.interfaces.tls import Files, Renewed, Tls, Trust
from ivrsvr.interfaces.tokens import ALGORITHMS, NO_DEVICE, Issuer, Tokens
from ivrsvr.store.redis import is_url
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
    tokens = build_tokens(settings, clock)
    access = Access(
        keys,
        clock,
        tokens,
        static=settings.api_keys,
        per_key_s=settings.rate_key,
        per_address_s=settings.rate_address,
    )
    protection = Protection(
        mode=cast(Mode, settings.security),
        insecure=settings.insecure,
        keys=lambda: tokens is not None or len(keys) > 0,
        initial=lambda: accounts.initial,
        tls_only=settings.tls_only,
    )
    return Guards(configuration, accounts, keys, access, protection)


def build_tokens(settings: Settings, clock: Clock) -> Tokens | None:
    """What checks tokens; None = no provider's are taken. Raises ConfigurationError."""
    if not settings.jwt_issuer and not settings.api_keys:
        raise ConfigurationError("without api_keys nobody could come in: name the provider of tokens with jwt_issuer")
    if not settings.jwt_issuer:
        return None
    if not settings.jwt_keys or not settings.jwt_audience:
        raise ConfigurationError("jwt_issuer needs jwt_keys and jwt_audience: whose keys, and tokens for whom?")
    if settings.jwt_keys.startswith("http://") and not is_loopback(host_of(settings.jwt_keys.split("/")[2])):
        raise ConfigurationError("jwt_keys must be read over https: whoever can change them can be anybody")
    wrong = set(settings.jwt_algorithms) - set(ALGORITHMS)
    if wrong or not settings.jwt_algorithms:
        raise ConfigurationError(f"jwt_algorithms may be {', '.join(ALGORITHMS)}; not {', '.join(sorted(wrong))}")
    return Tokens(
        Issuer(
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            keys=settings.jwt_keys,
            algorithms=settings.jwt_algorithms,
            scope_claim=settings.jwt_scopeclaim,
            extension_claim=settings.jwt_extensionclaim,
            extensions=() if "*" in settings.jwt_extensions else settings.jwt_extensions or NO_DEVICE,
            leeway_s=settings.jwt_leeway,
            lifetime_s=settings.jwt_lifetime,
            refresh_s=settings.jwt_refresh,
            timeout_s=settings.jwt_timeout,
        ),
        clock,
    )


def check_listeners(settings: Settings, protection: Protection) -> None:
    """Look at every listener of the settings. Raises ListenError for one that may not be open."""
    protection.check(settings.http, "ivrsvrrest", encrypted=settings.http_tls)
    for address in settings.ws:
        protection.check(address, "ivrsvrws", encrypted=settings.ws_tls)
    for address in settings.console:
        protection.check(address, "tcpgate", encrypted=settings.console_tls)
    if settings.uuisvr_listen and ((place := settings.secret("ivr_uuisvr")) in ("", settings.uuisvr) or is_url(place)):
        protection.check(settings.uuisvr, "uuisvr", encrypted=settings.uuisvr_tls)
    if settings.aes:
        protection.check(settings.aes, "aes", encrypted=False)


def check_ways_out(settings: Settings) -> None:
    """Look at every service that the settings name, but the TLINKs. Raises ConfigurationError for one that would be
    asked in clear where `tls_only` forbids that.
    """
    if not settings.tls_only:
        return
    stores = {name: settings.secret(name) for name in ("ivr_uuisvr", "ivr_journal", "ivr_idempotency")}
    asked = [(name, place, "rediss://") for name, place in stores.items() if place.startswith("redis://")]
    if settings.otel_endpoint.startswith("http://"):
        asked.append(("otel_endpoint", settings.otel_endpoint, "https://"))
    if not settings.ivr_uuisvr_tls:
        others = [("ivr_uuisvr_peers", one) for one in settings.ivr_uuisvr_peers]
        if stores["ivr_uuisvr"] and not is_url(stores["ivr_uuisvr"]):
            others.append(("ivr_uuisvr", stores["ivr_uuisvr"]))
        asked += [(name, f"//{address}", "ivr_uuisvr_tls") for name, address in others]
    for name, place, instead in asked:
        host = urlsplit(place).hostname or ""
        if not is_loopback(host):
            raise ConfigurationError(f"{name}: {host} would be asked in clear, which tls_only forbids; use {instead}")


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


def build_trust(settings: Settings, clock: Clock) -> Renewed | None:
    """Whom this server believes when it asks user-data services; None = it asks in clear. Raises ListenError."""
    if not settings.ivr_uuisvr_tls:
        return None
    trust = Trust(
        authorities=settings.ivr_uuisvr_authorities,
        certificate=settings.tls_certificate,
        key=settings.tls_key,
        minimum=settings.tls_minimum,
    )
    return Renewed(trust, clock)


def needed(tls: Tls | None) -> Tls:
    """Raises ListenError where there is none."""
    if tls is None:
        raise ListenError("TLS needs a certificate: set tls_certificate and tls_key (`ivrsvr certificate` makes one)")
    return tls


@contextmanager
def open_audit(path: str) -> Iterator[None]:
    """Send the audit log to a file for the length of the body. Raises ConfigurationError."""
    with ExitStack() as stack:
        try:
            stack.enter_context(audit_file(path))
        except OSError as error:
            raise ConfigurationError(f"audit_file: {path} cannot be written: {error.strerror}") from None
        yield


def bare(insecure: bool) -> Protection:
    """The rule for listeners of the simulator alone, where there are no keys."""
    return Protection("off", insecure, keys=lambda: False, initial=lambda: True)
