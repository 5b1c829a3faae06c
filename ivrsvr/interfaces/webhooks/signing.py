"""How deliveries are signed, after the Standard Webhooks scheme (standardwebhooks.com, version 1). Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

MARK = "whsec_"
"""What a secret begins with; base64 of 24 to 64 octets follows."""


def new_secret() -> str:
    """A secret of 32 random octets."""
    return MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def octets_of(secret: str) -> bytes:
    """Raises ValueError for a text that is no secret."""
    try:
        found = base64.b64decode(secret.removeprefix(MARK), validate=True)
    except binascii.Error:
        found = b""
    if not 24 <= len(found) <= 64:
        raise ValueError(f"a secret is {MARK} and base64 of 24 to 64 octets")
    return found


def signature(secret: str, messageid: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64 of the HMAC-SHA256 of `ID.TIMESTAMP.BODY`."""
    signed = f"{messageid}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(octets_of(secret), signed, hashlib.sha256)).decode()


def headers(keys: Sequence[str], messageid: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery; with several keys, a signature by each, so that a receiver may know either."""
    return {
        "content-type": "application/json",
        "webhook-id": messageid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, messageid, timestamp, body) for key in keys),
    }
