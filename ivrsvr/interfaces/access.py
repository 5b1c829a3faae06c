"""Who may come in: the same rules for every door. Browsers' pages, and how many connect."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(authority: str) -> str:
    """The host of `host:port`, without brackets; "" where it is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def foreign(headers: Mapping[str, str]) -> str:
    """Why a request seems to be made by another site's page in a browser, which nobody asked for; "" = it is not.

    Programs other than browsers send neither header. On this machine, only pages of this machine count as ours: a
    foreign name that resolves to the loopback address does not.

    headers: by lower-case name.
    """
    if headers.get("sec-fetch-site") == "cross-site":
        return "a page of another site may not use this server"
    origin = headers.get("origin")
    if origin is None:
        return ""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        host = ""
    if is_loopback(host):
        return ""
    own = host_of(headers.get("host", ""))
    if host and host == own and _is_address(own):
        return ""
    return f"a page of {origin[:100]} may not use this server; only pages from this machine may"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Doorkeeper:
    """Counts the connections that are open on one kind of door.

    most: how many may be open at once.
    """

    __slots__ = ("_most", "open")

    def __init__(self, most: int) -> None:
        self.open = 0
        self._most = most

    def enter(self) -> bool:
        """Count one more; False = there are too many already, and this one is not counted."""
        if self.open >= self._most:
            return False
        self.open += 1
        return True

    def leave(self) -> None:
        self.open -= 1
