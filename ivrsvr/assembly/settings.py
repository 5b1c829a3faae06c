"""The settings of a server: the parameters in force as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ivrsvr.store.parameters import BY_NAME, is_tlink
from ivrsvr.store.secrets import SecretError, Secrets
from ivrsvr.store.settings import Setting


class ConfigurationError(Exception):
    """The server cannot run with these settings; the text says why, and what to do."""


def _default(name: str) -> Any:
    parameter = BY_NAME[name]
    return parameter.parse(parameter.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parameters of `ivrsvr.store.parameters` as typed values; see there what they mean.

    tlinks: `ivr_tlink_01`, `ivr_tlink_02` and so on, in their order.
    given:  the texts of those that are options of the command line; they win over what is stored later.
    """

    backend: str = _default("backend")
    http: str = _default("http")
    ws: tuple[str, ...] = _default("ws")
    console: tuple[str, ...] = _default("console")
    uuisvr: str = _default("uuisvr")
    uuisvr_listen: bool = _default("uuisvr_listen")
    db: str = _default("db")
    keyfile: str = _default("keyfile")
    backup_folder: str = _default("backup_folder")
    backup_every: float = _default("backup_every")
    backup_keep: int = _default("backup_keep")
    world: str = _default("world")
    seed: int = _default("seed")
    insecure: bool = _default("insecure")
    security: str = _default("security")
    api_keys: bool = _default("api_keys")
    rate_key: float = _default("rate_key")
    rate_address: float = _default("rate_address")
    jwt_issuer: str = _default("jwt_issuer")
    jwt_audience: str = _default("jwt_audience")
    jwt_keys: str = _default("jwt_keys")
    jwt_algorithms: tuple[str, ...] = _default("jwt_algorithms")
    jwt_scopeclaim: str = _default("jwt_scopeclaim")
    jwt_extensionclaim: str = _default("jwt_extensionclaim")
    jwt_extensions: tuple[str, ...] = _default("jwt_extensions")
    jwt_leeway: float = _default("jwt_leeway")
    jwt_lifetime: float = _default("jwt_lifetime")
    jwt_refresh: float = _default("jwt_refresh")
    jwt_timeout: float = _default("jwt_timeout")
    audit: str = _default("audit")
    audit_file: str = _default("audit_file")
    http_frames: tuple[str, ...] = _default("http_frames")
    http_origins: tuple[str, ...] = _default("http_origins")
    log_format: str = _default("log_format")
    log_level: str = _default("log_level")
    otel_endpoint: str = _default("otel_endpoint")
    ivr_requesttimeout: float = _default("ivr_requesttimeout")
    ivr_uuisvr: str = _default("ivr_uuisvr")
    ivr_uuisvr_peers: tuple[str, ...] = _default("ivr_uuisvr_peers")
    ivr_uuisvr_key: str = _default("ivr_uuisvr_key")
    ivr_uuisvr_tls: bool = _default("ivr_uuisvr_tls")
    ivr_uuisvr_authorities: str = _default("ivr_uuisvr_authorities")
    ivr_uuisvr_timeout: float = _default("ivr_uuisvr_timeout")
    ivr_uuisvr_age: float = _default("ivr_uuisvr_age")
    ivr_serverid: int = _default("ivr_serverid")
    ivr_custdatamaxsize: int = _default("ivr_custdatamaxsize")
    ivr_custdatainuui: bool = _default("ivr_custdatainuui")
    ivr_custdatauuisize: int = _default("ivr_custdatauuisize")
    ivr_custdatadll: str = _default("ivr_custdatadll")
    ivr_custdataconfigstring: str = _default("ivr_custdataconfigstring")
    tls_certificate: str = _default("tls_certificate")
    tls_key: str = _default("tls_key")
    tls_minimum: str = _default("tls_minimum")
    tls_clients: str = _default("tls_clients")
    tls_clientnames: tuple[str, ...] = _default("tls_clientnames")
    tls_handshake: float = _default("tls_handshake")
    tls_only: bool = _default("tls_only")
    http_tls: bool = _default("http_tls")
    ws_tls: bool = _default("ws_tls")
    console_tls: bool = _default("console_tls")
    uuisvr_tls: bool = _default("uuisvr_tls")
    connections_address: int = _default("connections_address")
    ivr_journal: str = _default("ivr_journal")
    journal_events: int = _default("journal_events")
    journal_age: float = _default("journal_age")
    journal_size: int = _default("journal_size")
    journal_sync: bool = _default("journal_sync")
    ivr_idempotency: str = _default("ivr_idempotency")
    monitor_linger: float = _default("monitor_linger")
    http_maxhead: int = _default("http_maxhead")
    http_maxbody: int = _default("http_maxbody")
    http_bodytimeout: float = _default("http_bodytimeout")
    http_keepalive: float = _default("http_keepalive")
    http_connections: int = _default("http_connections")
    sse_connections: int = _default("sse_connections")
    sse_heartbeat: float = _default("sse_heartbeat")
    webhook_targets: str = _default("webhook_targets")
    webhook_timeout: float = _default("webhook_timeout")
    ws_maxmessage: int = _default("ws_maxmessage")
    ws_connections: int = _default("ws_connections")
    ws_inflight: int = _default("ws_inflight")
    ws_queuelength: int = _default("ws_queuelength")
    ws_ping: float = _default("ws_ping")
    ws_opentimeout: float = _default("ws_opentimeout")
    ws_sendtimeout: float = _default("ws_sendtimeout")
    ws_closetimeout: float = _default("ws_closetimeout")
    ssh_hostkey: str = _default("ssh_hostkey")
    ssh_keys: str = _default("ssh_keys")
    console_connections: int = _default("console_connections")
    console_idle: float = _default("console_idle")
    aes: str = _default("aes")
    aes_csta: int = _default("aes_csta")
    aes_csta_s: int = _default("aes_csta_s")
    aes_certificates: str = _default("aes_certificates")
    aes_oldtls: bool = _default("aes_oldtls")
    tsapi_authorities: str = _default("tsapi_authorities")
    tsapi_verify: bool = _default("tsapi_verify")
    tsapi_privatedata: str = _default("tsapi_privatedata")
    tsapi_library: str = _default("tsapi_library")
    tsapi_messages: int = _default("tsapi_messages")
    tsapi_heartbeat: float = _default("tsapi_heartbeat")
    tlinks: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Setting]) -> Self:
        """The typed values of parameters in force."""
        names = {one.name for one in fields(cls)}
        values: dict[str, Any] = {name: setting.value for name, setting in settings.items() if name in names}
        given = {name: setting.text for name, setting in settings.items() if setting.source == "option"}
        tlinks = tuple(one.text for name, one in sorted(settings.items()) if is_tlink(name) and one.text.strip())
        return cls(**values, tlinks=tlinks, given=given)

    def secret(self, name: str) -> str:
        """The value of a parameter that may be stored encrypted. Raises ConfigurationError."""
        try:
            return Secrets.of(self.db, self.keyfile).reveal(str(getattr(self, name)))
        except SecretError as error:
            raise ConfigurationError(f"{name}: {error}") from None
