"""The switch of a server: simulated in process, or a live AES behind its TLINKs; and the simulated AES on TCP."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.backends.base import Backend
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.server.listener import SimulatorLike
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.backends.tsapi.backend import Opener, TsapiBackend
from ivrsvr.backends.tsapi.library.binding import Library, LibraryError
from ivrsvr.backends.tsapi.library.client import LibraryLinks
from ivrsvr.backends.tsapi.links import Links, Target, Tls, parse_target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.interfaces.gate import is_loopback
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.store.database import MEMORY
from ivrsvr.store.parameters import split_address
from ivrsvr.store.secrets import SecretError, Secrets
from ivrsvr.store.tlinks import Tlink

log = logging.getLogger(__name__)


def load_world(path: str) -> World:
    """The world of a file; "" = the default world.

    Raises ConfigurationError.
    """
    try:
        return World.load(path) if path else World.default()
    except WorldError as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"the world file {path} cannot be read: {error.strerror}") from None


def build_backend(settings: Settings, clock: Clock, simulator: Simulator | None) -> Backend:
    """The switch that the server drives. simulator: there is none where the settings name TLINKs.

    Raises ConfigurationError.
    """
    if simulator is not None:
        return SimulatorBackend(simulator)
    return TsapiBackend(build_links(settings, clock), clock)


def build_links(settings: Settings, clock: Clock) -> Opener:
    """The TLINKs of the settings, in their order. Raises ConfigurationError."""
    if not settings.tlinks:
        raise ConfigurationError(
            "the backend tsapi needs a TLINK: set ivr_tlink_01 to TLINK@HOST:PORT USER PASSWORD, for example "
            "AVAYA#CM1#CSTA#AES1@10.0.0.5:450 ivrsvr enc:... (`ivrsvr encryptpasswd` makes the last word)"
        )
    logins = dict(login_of(settings, number, text) for number, text in enumerate(settings.tlinks, 1))
    if settings.tsapi_library:
        return LibraryLinks([*logins], logins.__getitem__, clock, load_library(settings))
    authorities = Path(settings.tsapi_authorities) if settings.tsapi_authorities else None
    tls = Tls(authorities=authorities, verify=settings.tsapi_verify)
    return Links([*logins], logins.__getitem__, clock, tls=tls)


def load_library(settings: Settings) -> Library:
    """The vendor's client library. Raises ConfigurationError."""
    try:
        return Library(settings.tsapi_library)
    except LibraryError as error:
        raise ConfigurationError(f"tsapi_library: {error}") from None


def login_of(settings: Settings, number: int, text: str) -> tuple[Target, Login]:
    """Where a TLINK is, and what its streams are opened with. number: its place in the list, from 1.

    Raises ConfigurationError.
    """
    name = f"ivr_tlink_{number:02}"
    try:
        given = Tlink.parse(text)
        target = parse_target(given.target)
        password = Secrets.of(settings.db, settings.keyfile).reveal(given.password)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from None
    except SecretError as error:
        raise ConfigurationError(f"{name}: {error}") from None
    if settings.tls_only and not target.secure and not is_loopback(target.host):
        raise ConfigurationError(f"{name}: {target.tlink} is in clear, which tls_only forbids; name the AES's CSTA-S")
    login = Login(
        tlink=target.tlink,
        login=given.user,
        password=password,
        application="ivrsvr",
        versions=private_versions(settings.tsapi_privatedata),
        heartbeat_s=int(settings.tsapi_heartbeat) or None,
    )
    return target, login


def private_versions(text: str) -> tuple[int, int] | None:
    """`5-8` as (5, 8); "" = no private data. Raises ConfigurationError."""
    if not text:
        return None
    first, _, last = text.partition("-")
    try:
        found = int(first), int(last or first)
    except ValueError:
        found = (0, 0)
    if not 2 <= found[0] <= found[1] <= 10:
        raise ConfigurationError(f"tsapi_privatedata: {text[:40]!r} must be versions from 2 to 10, such as 5-8")
    return found


def tlinks(backend: Backend) -> list[dict[str, Any]]:
    """How the links to the switch are, a row each."""
    if not isinstance(backend, TsapiBackend):
        return [{"tlink": "simulated switch in process", "at": "", "state": backend.link.value}]
    return [
        {
            "tlink": target.tlink,
            "at": f"{target.host}:{target.port}",
            "state": _state(backend, target),
            "reason": backend.reasons.get(target, ""),
        }
        for target in backend.links.targets
    ]


def _state(backend: TsapiBackend, target: Target) -> str:
    if target == backend.target:
        return backend.link.value
    return "failed" if target in backend.reasons else "standby"


async def start_aes(settings: Settings, simulator: SimulatorLike, further: Sequence[SimulatorLike] = ()) -> AesServer:
    """The simulated AES on TCP, listening. further: more switches behind it. Raises ListenError, ConfigurationError."""
    host, port = split_address(settings.aes)
    ports = Ports(host=host, names=port, csta=settings.aes_csta, csta_s=settings.aes_csta_s)
    folder = _folder(settings)
    server = AesServer(simulator, ports, further=further, directory=folder, old_clients=settings.aes_oldtls)
    try:
        await server.start()
    except UnicodeError:
        raise ListenError(f"{settings.aes}: there is no such host; name another one with --aes") from None
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        if error.filename is not None:
            text = f"{error.filename}: {error.strerror}; name another folder with aes_certificates"
            raise ConfigurationError(f"the certificate of the simulated AES cannot be kept in {text}") from None
        raise ListenError(
            f"the simulated AES cannot listen at {settings.aes} with TLINK ports {ports.csta} and {ports.csta_s}: "
            f"{error.strerror or error}; name others with --aes, aes_csta and aes_csta_s (0 = any free port)"
        ) from None
    return server


def _folder(settings: Settings) -> Path | None:
    """Where the certificate is kept; None = nowhere: it is made anew at each start."""
    if settings.aes_certificates:
        return Path(settings.aes_certificates)
    return None if settings.db == MEMORY else Path(settings.db).absolute().parent
