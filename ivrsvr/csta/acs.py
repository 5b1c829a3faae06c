"""ACS PDUs: opening, keeping and closing a stream. Source: tsapi.asn, ACS PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import ACSEncodeType, ACSLevel, StreamType
from ivrsvr.csta.errors import ACSUniversalFailure
from ivrsvr.csta.pdu import EventClass, acs
from ivrsvr.csta.types import (
    ACSAuthInfo,
    ACSNameAddrList,
    AppName,
    ChallengeKey,
    CryptPasswd,
    LoginID,
    ServerID,
    VersionString,
    WinNTPipe,
    XmlData,
)


@acs(1, EventClass.ACSREQUEST, "ACSOpenStream", confirmation="ACSOpenStreamConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSOpenStream:
    """Open a stream to a TLINK. Sent after the key exchange; cryptPass is the transformed password.

    Source: tsapi.asn ACSOpenStream.
    """

    streamType: StreamType
    serverID: ServerID
    loginID: LoginID
    cryptPass: CryptPasswd
    applicationName: AppName
    level: ACSLevel
    apiVer: VersionString
    libVer: VersionString
    tsrvVer: VersionString


@acs(2, EventClass.ACSCONFIRMATION, "ACSOpenStreamConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSOpenStreamConf:
    """The stream is open; the four version strings are those of the server end.

    Source: tsapi.asn ACSOpenStreamConfEvent.
    """

    apiVer: VersionString
    libVer: VersionString
    tsrvVer: VersionString
    drvrVer: VersionString


@acs(3, EventClass.ACSREQUEST, "ACSCloseStream", confirmation="ACSCloseStreamConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSCloseStream:
    """Close the stream in order. Outstanding requests are answered with ACS_HANDLE_TERMINATION_REJECTION.

    Source: tsapi.asn ACSCloseStream.
    """


@acs(4, EventClass.ACSCONFIRMATION, "ACSCloseStreamConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSCloseStreamConf:
    """Confirms ACSCloseStream. Source: tsapi.asn ACSCloseStreamConfEvent."""


@acs(5, EventClass.ACSREQUEST, "ACSAbortStream")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSAbortStream:
    """Close the stream at once; never confirmed. Source: tsapi.asn ACSAbortStream."""


@acs(6, EventClass.ACSCONFIRMATION, "ACSUniversalFailureConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSUniversalFailureConf:
    """A request was refused at stream level. Source: tsapi.asn ACSUniversalFailureConfEvent."""

    error: ACSUniversalFailure


@acs(7, EventClass.ACSUNSOLICITED, "ACSUniversalFailureEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSUniversalFailureEvent:
    """The server is ending the stream. Source: tsapi.asn ACSUniversalFailureEvent."""

    error: ACSUniversalFailure


@acs(8, EventClass.ACSREQUEST, "ACSKeyRequest", confirmation="ACSKeyReply")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSKeyRequest:
    """Ask for a password challenge. Source: tsapi.asn ACSKeyRequest."""

    loginID: LoginID


@acs(9, EventClass.ACSCONFIRMATION, "ACSKeyReply")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSKeyReply:
    """Challenge for the 8-octet password transform. Source: tsapi.asn ACSKeyReply."""

    objectID: int
    key: ChallengeKey


@acs(10, EventClass.ACSREQUEST, "ACSNameSrvRequest", confirmation="ACSNameSrvReply")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSNameSrvRequest:
    """Ask the name service for the TLINKs that it advertises. Source: tsapi.asn ACSNameSrvRequest."""

    streamType: StreamType


@acs(11, EventClass.ACSCONFIRMATION, "ACSNameSrvReply")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSNameSrvReply:
    """Advertised TLINKs; more = the client asks again for the next part. Source: tsapi.asn ACSNameSrvReply."""

    more: bool
    list: ACSNameAddrList


@acs(12, EventClass.ACSCONFIRMATION, "ACSAuthReply")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSAuthReply:
    """Challenge for the 8-octet password transform, with authentication information. Source: tsapi.asn ACSAuthReply."""

    objectID: int
    key: ChallengeKey
    authInfo: ACSAuthInfo


@acs(13, EventClass.ACSCONFIRMATION, "ACSAuthReplyTwo")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSAuthReplyTwo:
    """Challenge for the reversible 40-octet password transform. Source: tsapi.asn ACSAuthReplyTwo."""

    objectID: int
    key: ChallengeKey
    authInfo: ACSAuthInfo
    encodeType: ACSEncodeType
    pipe: WinNTPipe


@acs(14, EventClass.ACSREQUEST, "ACSSetHeartbeatInterval", confirmation="ACSSetHeartbeatIntervalConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSSetHeartbeatInterval:
    """Ask for heartbeats; interval in seconds, 5 to 60. Source: tsapi.asn ACSSetHeartbeatInterval."""

    heartbeatInterval: int


@acs(15, EventClass.ACSCONFIRMATION, "ACSSetHeartbeatIntervalConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSSetHeartbeatIntervalConf:
    """Confirms ACSSetHeartbeatInterval. Source: tsapi.asn ACSSetHeartbeatIntervalConfEvent."""

    heartbeatInterval: int


@acs(16, EventClass.ACSUNSOLICITED, "ACSClientHeartbeatEvent", empty=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSClientHeartbeat:
    """Sign of life of an idle server; sent only to clients that asked. Source: tsapi.asn ACSClientHeartbeatEvent."""


@acs(17, EventClass.ACSREQUEST, "ACSRequestPrivileges", confirmation="ACSRequestPrivilegesConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSRequestPrivileges:
    """Ask for the nonce of a trusted-application exchange. Source: tsapi.asn ACSRequestPrivileges."""


@acs(18, EventClass.ACSCONFIRMATION, "ACSRequestPrivilegesConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSRequestPrivilegesConf:
    """Confirms ACSRequestPrivileges. Source: tsapi.asn ACSRequestPrivilegesConfEvent."""

    nonce: str


@acs(19, EventClass.ACSREQUEST, "ACSSetPrivileges", confirmation="ACSSetPrivilegesConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSSetPrivileges:
    """Present the signed XML document of a trusted application. Source: tsapi.asn ACSSetPrivileges."""

    xmlData: XmlData


@acs(20, EventClass.ACSCONFIRMATION, "ACSSetPrivilegesConfEvent", empty=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ACSSetPrivilegesConf:
    """Confirms ACSSetPrivileges. Source: tsapi.asn ACSSetPrivilegesConfEvent."""
