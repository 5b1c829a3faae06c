"""Octets written as text: plain hexadecimal, `hexdump -C`, `xxd`, Wireshark's dumps; several messages below each other.

An empty line, a line that begins anew at offset 0, or a line of other text ends a piece. A piece behind a line with
`client` or `->` comes from the client, one behind `server` or `<-` from the server.
"""

import re
from collections.abc import Iterator

_OFFSET = re.compile(r"^\s*(?:0x)?([0-9a-fA-F]{4,16})(?::\s*|\s{2,}|\s+(?=(?:[0-9a-fA-F]{2}\s)))")
_PAIRS = re.compile(r"[0-9a-fA-F]{2}(?:[0-9a-fA-F]{2})*")
_PLAIN = re.compile(r"^[\s0-9a-fA-F:]+$")


def pieces(text: str) -> Iterator[tuple[str, bytes]]:
    """Who sent it ("client", "server" or "" = not told), and the octets."""
    sender, octets = "", bytearray()
    for line in [*text.splitlines(), ""]:
        found = _octets(line)
        if found is None or found[0] == 0:
            if octets:
                yield sender, bytes(octets)
                octets.clear()
            if found is None:
                sender = _sender(line) or sender
                continue
        octets += found[1]


def _octets(line: str) -> tuple[int | None, bytes] | None:
    """The offset (None = there is none) and the octets of a line; None = it has none."""
    line = line.split("#", 1)[0].partition("|")[0].rstrip()
    if not line.strip():
        return None
    offset = _OFFSET.match(line)
    if offset is not None:
        words: list[str] = []
        for word in re.split(r"\s+", line[offset.end() :].strip()):
            if _PAIRS.fullmatch(word) is None or len("".join(words)) >= 32:
                break
            words.append(word)
        if words:
            return int(offset[1], 16), bytes.fromhex("".join(words))
    digits = line.replace(" ", "").replace(":", "").replace("\t", "")
    if _PLAIN.match(line) and len(digits) % 2 == 0 and digits:
        return None if len(digits) < 2 else (None, bytes.fromhex(digits))
    return None


def _sender(line: str) -> str:
    lowered = line.lower()
    if "client->server" in lowered or re.search(r"^\s*(client\b|->|>|c:)", lowered):
        return "client"
    if "server->client" in lowered or re.search(r"^\s*(server\b|<-|<|s:)", lowered):
        return "server"
    return ""
