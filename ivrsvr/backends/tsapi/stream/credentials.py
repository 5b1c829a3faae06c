"""What a client proves with a password, and how a server checks it. Source: wire.md sections 6 and 7."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from ivrsvr.backends.tsapi.wire import password as transforms
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.csta.acs import ACSAuthReply, ACSAuthReplyTwo, ACSKeyReply
from ivrsvr.csta.enums import ACSAuthType, ACSEncodeType
from ivrsvr.csta.types import ACSAuthInfo

Challenge: TypeAlias = ACSKeyReply | ACSAuthReply | ACSAuthReplyTwo
"""The three answers to a key request; the PDU alone says which transform the client uses."""

KEY_SIZE = transforms.KEY_SIZE


class ChallengeForm(Enum):
    """Which answer a server gives to a key request."""

    KEY_REPLY = 9
    AUTH_REPLY = 12
    AUTH_REPLY_TWO = 13


def challenge(form: ChallengeForm, object_id: int, key: bytes) -> Challenge:
    """A server's answer to a key request. AUTH_REPLY_TWO alone lets it recover the password (wire.md section 6)."""
    info = ACSAuthInfo(ACSAuthType.NEED_LOGIN_ID_AND_PASSWD, "")
    match form:
        case ChallengeForm.KEY_REPLY:
            return ACSKeyReply(objectID=object_id, key=key)
        case ChallengeForm.AUTH_REPLY:
            return ACSAuthReply(objectID=object_id, key=key, authInfo=info)
        case ChallengeForm.AUTH_REPLY_TWO:
            kind = ACSEncodeType.WIN_NT_LOCAL
            return ACSAuthReplyTwo(objectID=object_id, key=key, authInfo=info, encodeType=kind, pipe="")


def respond(asked: Challenge, password: str) -> bytes:
    """A client's cryptPass. Raises EncodeError for a password or key that can't be transformed."""
    if isinstance(asked, ACSAuthReplyTwo):
        return transforms.block_encode(password, asked.key)
    return transforms.scramble(password, asked.objectID, asked.key)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login with what proves its password.

    asked: the challenge that the client answered; None when it never asked for one.
    """

    loginID: str  # noqa: N815 - TSAPI's name
    cryptPass: bytes  # noqa: N815
    asked: Any | None

    @property
    def password(self) -> str | None:
        """The password in clear; None when the form that was used can't be undone."""
        if self.asked is None:
            return None
        try:
            return transforms.block_decode(self.cryptPass, self.asked.key)
        except DecodeError:
            return None

    def matches(self, password: str) -> bool:
        """Whether it proves this password. The one-way form does not regard case, the other cuts at 40 characters."""
        clear = self.password
        if clear is not None:
            return clear == password[: transforms.BLOCKS_SIZE]
        if self.asked is None:
            return False
        try:
            return transforms.scramble(password, self.asked.objectID, self.asked.key) == self.cryptPass
        except EncodeError:
            return False
