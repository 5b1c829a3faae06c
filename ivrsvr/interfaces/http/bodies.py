"""The body of a request, read within limits of size and time."""

import asyncio
from typing import Any

from ivrsvr.interfaces.http.answers import Receive
from ivrsvr.service.errors import Own, own


async def read_body(receive: Receive, *, most: int, limit_s: float, name: str) -> bytes:
    """The body of a request.

    most: octets; name: of the parameter that says so. limit_s: on the network's time.

    Raises RequestError when it is too large, does not come, or breaks off.
    """
    message = await receive()
    chunks = [_checked(message, 0, most, name)]
    size = len(chunks[0])
    if not message.get("more_body"):
        return chunks[0]
    try:
        async with asyncio.timeout(limit_s):
            while message.get("more_body"):
                message = await receive()
                chunks.append(_checked(message, size, most, name))
                size += len(chunks[-1])
    except TimeoutError:
        raise own(Own.MALFORMED_JSON, f"the body did not arrive within {limit_s:g} s") from None
    return b"".join(chunks)


def _checked(message: Any, before: int, most: int, name: str) -> bytes:
    if message["type"] == "http.disconnect":
        raise own(Own.MALFORMED_JSON, "the connection ended before the body did")
    body: bytes = message.get("body", b"")
    if before + len(body) > most:
        raise own(Own.MESSAGE_TOO_LARGE, f"the body has more than {most} octets ({name})")
    return body
