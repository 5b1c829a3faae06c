"""TLS of the listeners, and of what the server asks itself: files are read anew when they are renewed.

Listeners have one certificate for all, and look at clients' certificates where that is wanted.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509

from ivrsvr.clock import Clock
from ivrsvr.interfaces.listeners import ListenError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How often the files are looked at, at most."""

WARN_S = 14 * 86400.0
"""How long before its end a certificate is warned of."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption, nothing else. TLS 1.3 has no others."""

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True)
class Files:
    """What TLS is made from.

    certificate: the server's, with those between it and the authority (PEM).
    key:         its key; "" = in the same file.
    minimum:     the oldest version that is spoken.
    clients:     authorities of clients' certificates; "" = none is asked for.
    names:       of the clients that may connect; () = all that have a certificate.
    """

    certificate: str
    key: str = ""
    minimum: str = "1.2"
    clients: str = ""
    names: tuple[str, ...] = ()

    def context(self) -> ssl.SSLContext:
        """Raises OSError, ssl.SSLError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = VERSIONS[self.minimum]
        context.set_ciphers(CIPHERS)
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        context.load_cert_chain(self.certificate, self.key or None, password=_no_password)
        if self.clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.clients)
        return context

    def expires(self) -> float:
        """When the certificate does, in seconds since 1970-01-01 UTC. Raises OSError, ValueError."""
        return x509.load_pem_x509_certificate(Path(self.certificate).read_bytes()).not_valid_after_utc.timestamp()

    def state(self) -> tuple[tuple[int, int, int], ...]:
        """Something else whenever one of the files is another one. Raises OSError."""
        return _state(self.certificate, self.key, self.clients)

    def explained(self, error: OSError) -> str:
        """What is wrong with the files, and what to do."""
        return _explained(error, self.certificate, self.key, self.clients)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the server believes that it asks itself, and what it shows when it is asked who it is.

    authorities: of the others' certificates (PEM); "" = those of the system.
    certificate: of this server, for those who want to see one; "" = none.
    key:         its key; "" = in the same file.
    minimum:     the oldest version that is spoken.
    """

    authorities: str = ""
    certificate: str = ""
    key: str = ""
    minimum: str = "1.2"

    def context(self) -> ssl.SSLContext:
        """Raises OSError, ssl.SSLError."""
        context = ssl.create_default_context(cafile=self.authorities or None)
        context.minimum_version = VERSIONS[self.minimum]
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None, password=_no_password)
        return context

    def state(self) -> tuple[tuple[int, int, int], ...]:
        """Something else whenever one of the files is another one. Raises OSError."""
        return _state(self.authorities, self.certificate, self.key)

    def explained(self, error: OSError) -> str:
        """What is wrong with the files, and what to do."""
        return _explained(error, self.certificate or self.authorities, self.key, self.authorities)


class Source(Protocol):
    """Files that TLS is made from: `Files` or `Trust`."""

    def context(self) -> ssl.SSLContext: ...

    def state(self) -> tuple[tuple[int, int, int], ...]: ...

    def explained(self, error: OSError) -> str: ...


class Renewed:
    """What is made from files, made anew when they change. Files that were renewed and cannot be used change nothing.

    again: called when they were read anew.

    Raises ListenError where the files cannot be used.
    """

    def __init__(self, source: Source, clock: Clock, again: Callable[[], None] = lambda: None) -> None:
        self._source = source
        self._clock = clock
        self._again = again
        try:
            self._state = source.state()
            self._context = source.context()
        except (OSError, ssl.SSLError) as error:
            raise ListenError(f"TLS cannot be used: {source.explained(error)}") from None
        self._looked = clock.now()

    def context(self) -> ssl.SSLContext:
        """What a new connection is encrypted with."""
        if self._clock.now() - self._looked < LOOK_EVERY_S:
            return self._context
        self._looked = self._clock.now()
        try:
            state = self._source.state()
            if state != self._state:
                self._state = state
                self._context = self._source.context()
                self._again()
        except (OSError, ssl.SSLError) as error:
            log.error(
                "the renewed certificate cannot be used, the earlier one stays: %s", self._source.explained(error)
            )
        return self._context


def _state(*paths: str) -> tuple[tuple[int, int, int], ...]:
    found = [Path(one).stat() for one in paths if one]
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)


def _no_password() -> str:
    """Called where the key is encrypted; without it the library would ask on the terminal."""
    raise ssl.SSLError("the key is encrypted; store it without a password, readable by the server's user only")


class Tls:
    """The encryption of the listeners.

    handshake_s: time for the handshake.

    Raises ListenError where the files cannot be used.
    """

    def __init__(self, files: Files, clock: Clock, handshake_s: float = 10.0) -> None:
        self.files = files
        self.handshake_s = handshake_s
        self._clock = clock
        self._renewed = Renewed(files, clock, self._read_anew)
        self._warn()

    def _read_anew(self) -> None:
        log.info("the certificate %s was read anew", self.files.certificate)
        self._warn()

    def _warn(self) -> None:
        """Say so where the certificate will soon be refused by clients."""
        left = self.files.expires() - self._clock.wall()
        if left < WARN_S:
            when = "has expired" if left <= 0 else f"expires in {left / 86400:.0f} days"
            log.warning("the certificate %s %s; renew it, it is read anew at once", self.files.certificate, when)

    def context(self) -> ssl.SSLContext:
        """What a new connection is encrypted with."""
        return self._renewed.context()

    def admits(self, certificate: Mapping[str, Any] | None) -> bool:
        """Whether a client with that certificate may connect; its signature was checked already."""
        return not self.files.names or bool(names_of(certificate or {}) & set(self.files.names))


def names_of(certificate: Mapping[str, Any]) -> set[str]:
    """The names in a certificate: alternative ones, and the common name where there are none."""
    found = {str(value) for _, value in certificate.get("subjectAltName", ())}
    if found:
        return found
    return {str(value) for part in certificate.get("subject", ()) for key, value in part if key == "commonName"}


def _explained(error: OSError, certificate: str, key: str, authorities: str) -> str:
    if isinstance(error, ssl.SSLError):
        if "KEY_VALUES_MISMATCH" in str(error):
            return f"the key {key or certificate} does not belong to the certificate {certificate}"
        reason = error.reason or str(error)
        return f"{certificate}, {key or 'its key'} or {authorities or 'the like'} is no PEM file ({reason})"
    return f"{error.filename or certificate} cannot be read: {error.strerror or error}"
