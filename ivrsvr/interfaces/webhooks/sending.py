"""One delivery over HTTP: to an address that the policy allows, no redirects, a bounded answer, a bounded time."""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import httpx

from ivrsvr import __version__

Policy: TypeAlias = Literal["remote", "public", "any"]

ANSWER_MOST = 64 * 1024
"""Octets of an answer that are read; what it says is of no interest beyond that."""

GONE = 410

RESOLVE_S = 5.0
"""How long a new target waits for its name to be looked up, on the network's time."""


class NotTaken(Exception):  # noqa: N818 - says what became of it
    """The target did not take a delivery; the text says why. retry_s: when it asks to be asked again; 0 = it does not.

    final: it never will.
    """

    def __init__(self, reason: str, *, retry_s: float = 0.0, final: bool = False) -> None:
        super().__init__(reason)
        self.retry_s = retry_s
        self.final = final


class Forbidden(NotTaken):
    """A parameter forbids that deliveries go there."""


def refused(address: IPv4Address | IPv6Address, policy: Policy) -> str:
    """Why deliveries may not go to an address; "" = they may."""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if policy == "any":
        return ""
    if address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast:
        return f"{address} is this machine or its link, which webhook_targets does not allow; `any` does"
    if policy == "public" and not address.is_global:
        return f"{address} is private, which webhook_targets does not allow; `remote` does"
    return ""


async def forbidden(url: str, policy: Policy, *, tls_only: bool) -> str:
    """Why a target may not be one; "" = it may, as far as can be told now: each delivery looks again."""
    try:
        async with asyncio.timeout(RESOLVE_S):
            await _destination(url, policy, tls_only)
    except Forbidden as reason:
        return str(reason)
    except (OSError, UnicodeError):
        pass  # a name that leads nowhere yet, or for whom nobody answers (TimeoutError)
    return ""


async def _destination(url: str, policy: Policy, tls_only: bool) -> IPv4Address | IPv6Address:
    """The address of a target. Raises Forbidden; OSError, UnicodeError for a name that leads nowhere."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    addresses = await _resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    for one in addresses:
        reason = refused(one, policy)
        if reason:
            raise Forbidden(reason)
    address = addresses[0]
    if tls_only and parts.scheme != "https" and not address.is_loopback:
        raise Forbidden(f"{host} would be sent events in clear, which tls_only forbids; name an https address")
    return address


async def _resolve(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass  # it is a name
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(one[4][0]).partition("%")[0]) for one in found]


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends. timeout_s: for a whole delivery, on the network's time. tls_only: nothing in clear leaves the machine."""

    client: httpx.AsyncClient
    policy: Policy
    timeout_s: float
    tls_only: bool = False

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Raises NotTaken."""
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._send(url, headers, body)
        except TimeoutError:
            raise NotTaken(f"it did not answer within {self.timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NotTaken(f"{type(error).__name__}: {error}"[:300]) from None

    async def _send(self, url: str, headers: dict[str, str], body: bytes) -> None:
        parts = urlsplit(url)
        address = await _destination(url, self.policy, self.tls_only)
        # To the very address that was looked at: a name that is resolved again may lead elsewhere.
        target = httpx.URL(url).copy_with(host=str(address))
        named = {**headers, "host": parts.netloc, "user-agent": f"ivrsvr/{__version__}"}
        request = self.client.build_request(
            "POST", target, headers=named, content=body, extensions={"sni_hostname": parts.hostname or ""}
        )
        response = await self.client.send(request, stream=True, follow_redirects=False)
        try:
            size = 0
            async for chunk in response.aiter_raw(8192):
                size += len(chunk)
                if size > ANSWER_MOST:
                    break  # garbage without end; the status says enough
        finally:
            await response.aclose()
        _judge(response)


def _judge(response: httpx.Response) -> None:
    """Raises NotTaken for any answer but success."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotTaken(f"it answered {status}, and redirects are not followed: name the new address")
    after = response.headers.get("retry-after", "")
    retry_s = float(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0.0
    raise NotTaken(f"it answered {status}", retry_s=retry_s, final=status == GONE)
