# ruff: noqa: E501 - a table has one row per line
"""The parameters of the server: one table, from which settings, the database, the environment and the manual are read.

A parameter is set by, in this order: command-line option, environment variable `IVRSVR_<NAME>`, database, default.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from ivrsvr.store.tlinks import Tlink

Value: TypeAlias = str | int | float | bool | tuple[str, ...]
Kind: TypeAlias = Literal[
    "tlink",
    "text",
    "file",
    "database",
    "whole",
    "seconds",
    "flag",
    "address",
    "addresses",
    "choice",
    "number",
    "list",
    "origins",
]

ENVIRONMENT = "IVRSVR_"
"""What the name of a parameter's environment variable begins with."""


class ParameterError(Exception):
    """A parameter that does not exist, or a value that it cannot have; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    default: as it would be written in the database; "" where there is none.
    least, most: bounds of a number.
    zero:    0 is allowed as well, and means none.
    choices: of kind "choice".
    stored:  whether the database can hold it (the name of the database cannot).
    hot:     a change takes effect without a restart.
    secret:  shown only as dots.
    """

    name: str
    kind: Kind
    default: str
    help: str
    least: float = 0
    most: float = math.inf
    zero: bool = False
    choices: tuple[str, ...] = ()
    stored: bool = True
    hot: bool = False
    secret: bool = False

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return ENVIRONMENT + self.name.upper()

    def parse(self, text: str) -> Value:
        """The value that a text stands for.

        Raises ParameterError.
        """
        text = text.strip()
        try:
            return self._parsed(text)
        except ValueError as error:
            hidden = self.secret or self.kind == "tlink" or _WITH_PASSWORD.search(text)
            shown = "the value" if hidden else f'"{text[:100]}"'
            raise ParameterError(f"{self.name}: {shown} is wrong: {error}") from None

    def _parsed(self, text: str) -> Value:
        if not self.secret and _WITH_PASSWORD.search(text):
            raise ValueError("it is shown and stored in clear, so no address in it may have a password")
        if self.kind == "whole":
            return int(self._bounded(_whole(text)))
        if self.kind in ("seconds", "number"):
            return self._bounded(_number(text))
        if self.kind == "flag":
            return _flag(text)
        if self.kind == "address" and (text or self.default):  # one that is empty by default may be empty
            return checked_address(text)
        if self.kind == "addresses":
            return tuple(checked_address(one.strip()) for one in text.split(",") if one.strip())
        if self.kind == "list":
            return tuple(one.strip() for one in text.split(",") if one.strip())
        if self.kind == "origins":
            return tuple(checked_origin(one.strip()) for one in text.split(",") if one.strip())
        if self.kind == "choice" and text not in self.choices:
            raise ValueError(f"it must be one of {', '.join(self.choices)}")
        if "\x00" in text:
            raise ValueError("it has a NUL character")
        if self.kind == "tlink" and text:
            Tlink.parse(text)
        if self.kind == "database" and (not text or text.startswith("file:")):
            # SQLite would take a URI, but key file, lock, copies and events stand beside a file: a URI has no such place.
            raise ValueError("it must be the name of a file, such as ivrsvr.db, and no URI")
        return text

    def _bounded(self, number: float) -> float:
        if not self.least <= number <= self.most and not (self.zero and number == 0):
            upper = "" if self.most == math.inf else f" and at most {_plain(self.most)}"
            zero = ", or 0" if self.zero else ""
            raise ValueError(f"it must be at least {_plain(self.least)}{upper}{zero}")
        return number


_WITH_PASSWORD = re.compile(r"//[^/\s]*@")
"""An address such as https://USER:PASSWORD@HOST."""


def _plain(number: float) -> str:
    """A number as people write it: with all its digits, and no exponent."""
    return str(int(number)) if number == int(number) else f"{number:g}"


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError("it must be a whole number of at most 18 digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) else math.nan
    if not math.isfinite(number):
        raise ValueError("it must be a number")
    return number


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("true", "yes", "on", "1"):
        return True
    if lowered in ("false", "no", "off", "0", ""):
        return False
    raise ValueError("it must be true or false")


def checked_origin(text: str) -> str:
    """`https://HOST` or `https://HOST:PORT`, in lower case. Raises ValueError when it is none."""
    if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", text.lower()):
        raise ValueError("it must be a list of sites such as https://crm.example.org")
    return text.lower()


def checked_address(text: str) -> str:
    """`HOST:PORT` as it is. Raises ValueError when it is none."""
    split_address(text)
    return text


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` (an IPv6 address in brackets); port 0 = any free one.

    Raises ValueError.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError("it must be HOST:PORT, for example 127.0.0.1:8080")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an IPv6 address must stand in brackets, for example [::1]:8080")
    return host, int(port)


PARAMETERS: tuple[Parameter, ...] = (
    # ---- where and how it runs; each of these is an option of `ivrsvr serve`, too
    Parameter("backend", "choice", "simulator", "The switch that the server drives: simulated in process, or behind the TLINKs of an AES.", choices=("simulator", "tsapi")),
    Parameter("http", "address", "127.0.0.1:8080", "Address of the HTTP listener; port 0 = any free one."),
    Parameter("ws", "addresses", "", "Addresses of further WebSocket listeners, separated by commas."),
    Parameter("console", "addresses", "127.0.0.1:14012", "Addresses of the telnet console, separated by commas; empty = none."),
    Parameter("uuisvr", "address", "127.0.0.1:5100", "Address of this server's user-data service, as other servers reach it: it becomes part of the keys. Port 0 = any free one."),
    Parameter("uuisvr_listen", "flag", "true", "Open that service to others; false = only this server uses it."),
    Parameter("db", "database", "ivrsvr.db", "The SQLite file of settings, user data and idempotency keys.", stored=False),
    Parameter("keyfile", "file", "", "The key file of encrypted passwords; empty = beside the database, with the ending .key.", stored=False),
    Parameter("backup_folder", "file", "", "Where the server keeps copies of the database; empty = in a folder beside it with the ending .backups.", stored=False),
    Parameter("backup_every", "seconds", "86400", "Time between copies of the database; 0 = none are made.", hot=True),
    Parameter("backup_keep", "whole", "7", "Copies that are kept; the oldest are deleted.", least=1, most=10_000, hot=True),
    Parameter("world", "file", "", "World file of the simulator (YAML or JSON); empty = the default world."),
    Parameter("seed", "whole", "0", "Seed of the simulator's randomness.", most=2**63 - 1),
    Parameter("insecure", "flag", "false", "Listen beyond this machine although nobody has to log in."),
    Parameter("security", "choice", "auto", "Who must bring a key or token: everybody (on), nobody (off), or those who use a listener that other machines can reach (auto).", choices=("auto", "on", "off")),
    Parameter("api_keys", "flag", "true", "Take API keys; false = only tokens of the identity provider, which change and end by themselves (`jwt_issuer`)."),
    Parameter("rate_key", "number", "1000", "Requests a second of one key or token; twice as many at once. 0 = no limit.", least=0.01, zero=True, hot=True),
    Parameter("rate_address", "number", "2000", "Requests a second from one address, where a key is asked for. 0 = no limit.", least=0.01, zero=True, hot=True),
    Parameter("jwt_issuer", "text", "", "The identity provider whose tokens are taken as keys are (`iss`); empty = none."),
    Parameter("jwt_audience", "text", "ivrsvr", "What its tokens for this server say as `aud`."),
    Parameter("jwt_keys", "text", "", "Its public keys: a file or https address (JWKS)."),
    Parameter("jwt_algorithms", "list", "RS256,ES256", "Algorithms that its tokens may be signed with."),
    Parameter("jwt_scopeclaim", "text", "scope", "The claim that lists scopes: call, monitor, query, admin, sim, each also as ivrsvr:call."),
    Parameter("jwt_extensionclaim", "text", "extensions", "The claim that lists patterns of devices."),
    Parameter("jwt_extensions", "list", "*", "Patterns of devices for tokens without that claim."),
    Parameter("jwt_leeway", "seconds", "30", "By how much clocks may differ.", most=600),
    Parameter("jwt_lifetime", "seconds", "86400", "The longest that a token may be valid."),
    Parameter("jwt_refresh", "seconds", "300", "How long the keys are kept; a token with an unknown one has them read at once.", least=10),
    Parameter("jwt_timeout", "seconds", "5", "Time for reading the keys.", least=0.1, most=60),
    Parameter("audit", "choice", "commands", "What the audit log has: commands (console, administration, simulator, log-ins), all (also every request that changes anything), or nothing.", choices=("commands", "all", "off"), hot=True),
    Parameter("audit_file", "file", "", "A file of its own for the audit log; empty = the server's log."),
    Parameter("http_frames", "origins", "", "Sites that may show pages of this server (/phone) in a frame, such as https://crm.example.org, separated by commas."),
    Parameter("http_origins", "origins", "", "Sites whose pages may use the server, such as https://crm.example.org, separated by commas."),
    Parameter("log_format", "choice", "text", "Form of the log on standard error.", choices=("text", "json")),
    Parameter("log_level", "choice", "info", "Least weight of what is logged.", choices=("debug", "info", "warning", "error"), hot=True),
    Parameter("otel_endpoint", "text", "", "OpenTelemetry collector that is sent spans (OTLP over HTTP), such as http://127.0.0.1:4318; empty = none. Needs the extra otel."),
    # ---- the service
    Parameter("ivr_requesttimeout", "seconds", "8", "Time that the switch has to answer a request.", least=0.1, most=600, hot=True),
    Parameter("ivr_uuisvr", "text", "", "Where user data are kept: HOST:PORT of the user-data service of another process, or redis://HOST:PORT/DB (needs ivrsvr[redis]); empty = in the database of this server.", secret=True),
    Parameter("ivr_uuisvr_peers", "addresses", "", "Other user-data services that may be asked for keys that name them, separated by commas; no other is ever contacted."),
    Parameter("ivr_uuisvr_key", "text", "", "The API key (scope call) that this server shows to other user-data services.", secret=True),
    Parameter("ivr_uuisvr_tls", "flag", "false", "Ask other user-data services over TLS, and check their certificates."),
    Parameter("ivr_uuisvr_authorities", "file", "", "Authorities of those certificates (PEM); read anew when the file changes. Empty = those of the system."),
    Parameter("ivr_uuisvr_timeout", "seconds", "1", "Time for asking for user data elsewhere, or a plug-in; no event waits longer.", least=0.05, most=10),
    Parameter("ivr_uuisvr_age", "seconds", "86400", "Time for which user data are kept from their last change.", least=1),
    Parameter("ivr_serverid", "whole", "1", "Number of this server in the keys of user data; each server has its own.", most=2**32 - 1),
    Parameter("ivr_custdatamaxsize", "whole", "4096", "Octets of user data; longer data are refused.", least=1, most=1_000_000, hot=True),
    Parameter("ivr_custdatainuui", "flag", "true", "Send short ASCII data as the UUI itself; false = always under a key."),
    Parameter("ivr_custdatauuisize", "whole", "96", "Octets of UUI that are used at most: fewer where another server's link, or a trunk, carries fewer.", least=22, most=96),
    Parameter("ivr_custdatadll", "text", "", "Python class that keeps the user data, as package.module:Class or the name of an entry point; empty = the database."),
    Parameter("ivr_custdataconfigstring", "text", "", "What that class is opened with.", secret=True),
    # ---- TLS
    Parameter("tls_certificate", "file", "", "The server's certificate, with those between it and its authority (PEM); read anew when the file changes."),
    Parameter("tls_key", "file", "", "Its key (PEM); empty = in the same file."),
    Parameter("tls_minimum", "choice", "1.2", "The oldest version of TLS that is spoken.", choices=("1.2", "1.3")),
    Parameter("tls_clients", "file", "", "Authorities of clients' certificates (PEM); a client without one is refused then. Empty = none is asked for."),
    Parameter("tls_clientnames", "list", "", "Names in the certificates of clients that may connect, separated by commas; empty = all that are signed."),
    Parameter("tls_handshake", "seconds", "10", "Time for the handshake of TLS.", least=0.05),
    Parameter("tls_only", "flag", "false", "Speak with other machines by TLS only: what would listen or ask beyond this machine in clear is refused."),
    Parameter("http_tls", "flag", "false", "Encrypt the HTTP listener, and WebSocket on it."),
    Parameter("ws_tls", "flag", "false", "Encrypt the further WebSocket listeners."),
    Parameter("console_tls", "flag", "false", "Encrypt the console (for `openssl s_client` and the like, not for telnet)."),
    # ---- limits of every listener
    Parameter("uuisvr_tls", "flag", "false", "Encrypt the user-data service."),
    Parameter("connections_address", "whole", "250", "Open connections from one address to a listener that asks for a key; 0 = any number, for load balancers.", hot=True),
    # ---- events that are kept
    Parameter("ivr_journal", "text", "", "Where events are kept: a SQLite file; redis://HOST:PORT/DB = in Redis or Valkey, shared by all servers that name it (needs ivrsvr[redis]); memory = nowhere beyond the process; empty = a file beside the database, with the ending .events.", secret=True),
    Parameter("journal_events", "whole", "1000000", "Events kept for clients that come back.", most=100_000_000),
    Parameter("journal_age", "seconds", "86400", "Time for which they are kept."),
    Parameter("journal_size", "whole", "1000000000", "Octets of the journal's file, or of its stream in Redis; 0 = whatever the other bounds allow."),
    Parameter("journal_sync", "flag", "false", "With a file: have every batch of events on the disk (fsync) before the next is written, so that a loss of power costs none that was written."),
    Parameter("ivr_idempotency", "text", "", "Where several servers share their idempotency keys: redis://HOST:PORT/DB (needs ivrsvr[redis]); empty = in the database of this one.", secret=True),
    Parameter("monitor_linger", "seconds", "60", "Time for which monitors outlive a client that was cut off, so that when it comes back it has missed nothing. A WebSocket closed by its client with code 1000 ends them at once.", most=86_400, hot=True),
    # ---- HTTP
    Parameter("http_maxhead", "whole", "16384", "Octets of a request's head.", least=256, most=1_048_576),
    Parameter("http_maxbody", "whole", "65536", "Octets of a request's body.", least=256, most=16_777_216),
    Parameter("http_bodytimeout", "seconds", "10", "Time in which a request's body must have arrived.", least=0.1),
    Parameter("http_keepalive", "seconds", "30", "Time for which an idle connection stays open.", least=1),
    Parameter("http_connections", "whole", "1000", "Open connections; further requests are refused.", least=1),
    Parameter("sse_connections", "whole", "500", "Open event streams; further ones are refused.", least=1, hot=True),
    Parameter("sse_heartbeat", "seconds", "15", "Time between signs of life on an event stream.", least=1),
    # ---- webhooks
    Parameter("webhook_targets", "choice", "remote", "Where deliveries may go: remote = to other machines, public = not to private addresses, any = to this machine as well.", choices=("remote", "public", "any")),
    Parameter("webhook_timeout", "seconds", "10", "Time for one delivery.", least=0.1, most=300),
    # ---- WebSocket
    Parameter("ws_maxmessage", "whole", "65536", "Octets of a message.", least=256, most=16_777_216, hot=True),
    Parameter("ws_connections", "whole", "1000", "Open connections; further ones are refused.", least=1, hot=True),
    Parameter("ws_inflight", "whole", "32", "Requests of one connection that are carried out at the same time.", least=1, hot=True),
    Parameter("ws_queuelength", "whole", "1000", "Messages that may wait for one connection; then it is told and closed.", least=1, hot=True),
    Parameter("ws_ping", "seconds", "20", "Time between signs of life; none for twice as long ends the connection. 0 = never ask.", hot=True),
    Parameter("ws_opentimeout", "seconds", "10", "Time for the opening handshake.", least=0.05, hot=True),
    Parameter("ws_sendtimeout", "seconds", "10", "Time for which a client may take nothing that is sent to it.", least=0.05, hot=True),
    Parameter("ws_closetimeout", "seconds", "5", "Time for the closing handshake.", least=0.05, hot=True),
    # ---- the console
    Parameter("ssh_hostkey", "file", "", "The key that the console shows by SSH, made on first use; empty = beside the database, with the ending .ssh."),
    Parameter("ssh_keys", "file", "", "People's public keys for SSH, a line each: ssh-ed25519 AAAA... USER; empty = passwords only."),
    Parameter("console_connections", "whole", "20", "Consoles at which somebody has logged in; further ones are refused.", least=1, most=1000, hot=True),
    Parameter("console_idle", "seconds", "1800", "Time without a key after which a console is closed; 0 = never.", hot=True),
    # ---- the simulated AES
    Parameter("aes", "address", "", "Address of the simulated AES's name service; empty = the AES is not on TCP."),
    Parameter("aes_csta", "whole", "1050", "Port of its TLINKs in clear; 0 = any free one.", most=65535),
    Parameter("aes_csta_s", "whole", "1066", "Port of its encrypted TLINKs; 0 = any free one.", most=65535),
    Parameter("aes_certificates", "file", "", "Folder of their certificate and key, made on first use; empty = that of the database."),
    Parameter("aes_oldtls", "flag", "false", "Take TLS 1.0 and its ciphers too, as old clients need it; on a trusted network only."),
    # ---- TLINKs
    Parameter("tsapi_authorities", "file", "", "Certificates to trust on encrypted TLINKs (PEM); empty = those of the system."),
    Parameter("tsapi_verify", "flag", "true", "Check the AES's certificate and name; false = trust whoever answers."),
    Parameter("tsapi_privatedata", "text", "2-10", "Versions of private data to offer; the AES takes the best it has. Empty = none."),
    Parameter("tsapi_library", "file", "", "The vendor's client library (libcsta.so, csta32.dll) to reach the AES by; empty = by the protocol itself."),
    Parameter("tsapi_messages", "whole", "1000", "Messages a second that the AES takes, for displays and alerts.", least=1, hot=True),
    Parameter("tsapi_heartbeat", "seconds", "20", "Time between heartbeats to ask the AES for, 5 to 60: an AES refuses others; 0 = ask for none.", least=5, most=60, zero=True),
)  # fmt: skip

BY_NAME: Mapping[str, Parameter] = {one.name: one for one in PARAMETERS}

TLINK = Parameter(
    "ivr_tlink_01",
    "tlink",
    "",
    "A TLINK to the switch: TLINK@HOST:PORT USER PASSWORD, the password as `ivrsvr encryptpasswd` makes it. "
    "01 is tried first.",
    hot=True,
)
"""Stands for `ivr_tlink_01`, `ivr_tlink_02` and so on, any number of them."""


def is_tlink(name: str) -> bool:
    """Whether it is one of `ivr_tlink_01`, `ivr_tlink_02` and so on."""
    return re.fullmatch(r"ivr_tlink_[0-9]{2}", name) is not None


def find(name: str) -> Parameter:
    """The parameter of a name.

    Raises ParameterError with the nearest right name.
    """
    known = BY_NAME.get(name)
    if known is not None:
        return known
    if is_tlink(name):
        return Parameter(name, TLINK.kind, TLINK.default, TLINK.help, hot=TLINK.hot)
    near = get_close_matches(name, [*BY_NAME, TLINK.name], n=1)
    hint = f"did you mean {near[0]}?" if near else "`ivrsvr parameter list` shows all"
    raise ParameterError(f'there is no parameter "{name[:100]}"; {hint}')


def is_secret(name: str) -> bool:
    """Whether the value of a parameter is not to be shown; a name that is none has no secret."""
    try:
        return find(name).secret or is_tlink(name)
    except ParameterError:
        return False


def may_be_told(name: str, text: str) -> bool:
    """Whether what was given for a parameter may be written down and shown: it has no secret, and nobody slipped.

    The value of a name that is none may be meant for one that is secret.
    """
    return name in BY_NAME and not BY_NAME[name].secret and not _WITH_PASSWORD.search(text)
