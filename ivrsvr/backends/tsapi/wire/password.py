"""The password transforms of the open stream, and the inverse of the reversible one. Source: wire.md section 7.

They keep a password from being read at a glance, no more: the 40-octet form can be undone by anybody who saw the key.
"""

from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError

# fmt: off
_SUBSTITUTION = (
    7, 8, 0, 8, 6, 4, 14, 4, 5, 12, 1, 7, 11, 15, 10, 8, 15, 8, 12, 12, 9, 4, 1, 14, 4, 6, 2, 4, 0, 10, 11, 9,
    2, 15, 11, 1, 13, 2, 1, 9, 5, 14, 7, 0, 0, 2, 6, 6, 0, 7, 3, 8, 2, 9, 3, 15, 7, 15, 12, 15, 6, 4, 10, 0,
    2, 3, 10, 11, 13, 8, 3, 10, 1, 7, 12, 15, 1, 8, 9, 13, 9, 1, 9, 4, 14, 4, 12, 5, 5, 12, 8, 11, 2, 3, 9, 14,
    7, 7, 6, 9, 14, 15, 12, 8, 13, 1, 10, 6, 14, 13, 0, 7, 7, 10, 0, 1, 15, 5, 4, 11, 7, 11, 14, 12, 9, 5, 13, 1,
    11, 13, 1, 3, 5, 13, 14, 6, 3, 0, 11, 11, 15, 3, 6, 4, 9, 13, 10, 3, 1, 4, 9, 4, 8, 3, 11, 14, 5, 0, 5, 2,
    12, 11, 13, 5, 13, 5, 13, 2, 13, 9, 10, 12, 10, 0, 11, 3, 5, 3, 6, 9, 5, 1, 14, 14, 0, 14, 8, 2, 13, 2, 2, 0,
    4, 15, 8, 5, 9, 6, 8, 6, 11, 10, 11, 15, 0, 7, 2, 8, 12, 7, 3, 10, 1, 4, 2, 5, 15, 7, 10, 12, 14, 5, 9, 3,
    14, 7, 1, 2, 14, 1, 15, 4, 10, 6, 12, 6, 15, 4, 3, 0, 12, 0, 3, 6, 15, 8, 7, 11, 2, 13, 12, 6, 10, 10, 8, 13,
)
_POSITION = (
    72, 147, 70, 103, 152, 61, 230, 141, 183, 16, 122, 38, 90, 185, 177, 53,
    107, 15, 213, 112, 174, 251, 173, 17, 244, 71, 220, 167, 236, 207, 80, 192,
)
_BLOCK_SUBSTITUTION = (
    (15, 8, 5, 7, 12, 2, 14, 9, 0, 1, 6, 13, 3, 4, 11, 10),
    (2, 12, 14, 6, 15, 0, 1, 8, 13, 3, 10, 4, 9, 11, 5, 7),
    (5, 2, 9, 15, 12, 4, 13, 0, 14, 10, 6, 8, 11, 1, 3, 7),
    (15, 13, 2, 6, 7, 8, 5, 9, 0, 4, 12, 3, 1, 10, 11, 14),
    (5, 14, 2, 11, 13, 10, 7, 0, 8, 6, 4, 1, 15, 12, 3, 9),
    (8, 2, 15, 10, 5, 9, 6, 12, 0, 11, 1, 13, 7, 3, 4, 14),
    (14, 8, 0, 9, 4, 11, 2, 7, 12, 3, 10, 5, 13, 1, 6, 15),
    (1, 4, 8, 10, 13, 11, 7, 14, 5, 15, 3, 9, 0, 2, 6, 12),
    (5, 3, 12, 8, 11, 2, 14, 10, 4, 1, 13, 0, 6, 7, 15, 9),
    (6, 0, 11, 14, 13, 4, 12, 15, 7, 2, 8, 10, 1, 5, 3, 9),
    (11, 5, 10, 14, 15, 1, 12, 0, 6, 4, 2, 9, 3, 13, 7, 8),
    (7, 2, 10, 0, 14, 8, 15, 4, 12, 11, 9, 1, 5, 13, 3, 6),
    (7, 4, 15, 9, 5, 1, 12, 11, 0, 3, 8, 14, 2, 10, 6, 13),
    (9, 4, 8, 0, 10, 3, 1, 12, 5, 15, 7, 2, 11, 14, 6, 13),
    (9, 5, 4, 7, 14, 8, 3, 1, 13, 11, 12, 2, 0, 15, 6, 10),
    (9, 10, 11, 13, 5, 3, 15, 0, 1, 12, 8, 7, 6, 4, 14, 2),
)
_BLOCK_PERMUTATION = (
    3, 14, 15, 2, 13, 12, 4, 5, 9, 6, 0, 1, 11, 7, 10, 8,
)
# fmt: on

KEY_SIZE = 8
SCRAMBLED_SIZE = 8
BLOCKS_SIZE = 40
MAX_PASSWORD = 47
"""Characters of a password; clients refuse more (wire.md section 13)."""

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_ROUNDS = 16
_INVERSE_SUBSTITUTION = tuple(tuple(row.index(nibble) for nibble in range(16)) for row in _BLOCK_SUBSTITUTION)


def _shuffle(octets: list[int]) -> bytes:
    """32 octets to 16; the octets are changed in place while they are read, which later steps see."""
    total = 0
    for _ in range(2):
        for index in range(32):
            value = (octets[index] + total) ^ (octets[(index + total) % 32] - _POSITION[index])
            total = (total + value) & 0xFF
            octets[index] = value & 0xFF
    return bytes(_SUBSTITUTION[octets[2 * index]] + 16 * _SUBSTITUTION[octets[2 * index + 1]] for index in range(16))


def _fold(identifier: bytes, data: bytes) -> bytes:
    """Any octets to 16, under four octets."""
    data = data.rstrip(b"\0")
    folded = [0] * 32
    whole = len(data) - len(data) % 32
    for index, octet in enumerate(data[:whole]):
        folded[index % 32] ^= octet
    rest = data[whole:]
    if rest:
        cursor = 0
        for index in range(32):
            if cursor == len(rest):
                folded[index] ^= _POSITION[index]
                cursor = 0
            else:
                folded[index] ^= rest[cursor]
                cursor += 1
    return _shuffle([octet ^ identifier[index % 4] for index, octet in enumerate(folded)])


def scramble(password: str, object_id: int, key: bytes) -> bytes:
    """The one-way form of 8 octets, without regard to case. A server compares it with its own.

    Raises EncodeError for a password that clients can't transform or a key that hasn't 8 octets.
    """
    octets = _checked(password, key).upper()
    inner = _fold((object_id & 0xFFFF_FFFF).to_bytes(4, "little"), octets)
    first, second = _fold(key[:4], inner), _fold(key[4:], inner)
    mixed = [octet ^ second[15 - index] for index, octet in enumerate(first)]
    return bytes(mixed[index] ^ mixed[15 - index] for index in range(SCRAMBLED_SIZE))


def block_encode(password: str, key: bytes) -> bytes:
    """The reversible form of 40 octets; what a password has beyond 40 is cut. Raises EncodeError as `scramble`."""
    octets = _checked(password, key)[:BLOCKS_SIZE].ljust(BLOCKS_SIZE, b"\0")
    keys = _round_keys(key)
    return b"".join(_encode_block(octets[at : at + 8], keys) for at in range(0, BLOCKS_SIZE, 8))


def block_decode(octets: bytes, key: bytes) -> str:
    """The password in the reversible form, cut at its first NUL: native clients encode rubbish behind it.

    Raises DecodeError for anything but 40 octets and a key of 8.
    """
    if len(octets) != BLOCKS_SIZE or len(key) != KEY_SIZE:
        raise DecodeError(f"{len(octets)} octets under a key of {len(key)}; {BLOCKS_SIZE} and 8 are right", "cryptPass")
    keys = _round_keys(key)
    clear = b"".join(_decode_block(octets[at : at + 8], keys) for at in range(0, BLOCKS_SIZE, 8))
    return clear.partition(b"\0")[0].decode("latin-1")


def _checked(password: str, key: bytes) -> bytes:
    if len(key) != KEY_SIZE:
        raise EncodeError(f"{len(key)} octets; a key has {KEY_SIZE}", "key")
    try:
        octets = password.encode("latin-1")
    except UnicodeError as error:
        raise EncodeError("a password has Latin-1 characters only", "password") from error
    if len(octets) > MAX_PASSWORD:
        raise EncodeError(f"{len(octets)} characters; a password has at most {MAX_PASSWORD}", "password")
    return octets


def _round_keys(key: bytes) -> list[bytes]:
    number = int.from_bytes(key, "little")
    keys = []
    for _ in range(_ROUNDS):
        keys.append(number.to_bytes(8, "little"))
        number = (number << 4 | number >> 60) & _MASK
    return keys


def _encode_block(block: bytes, keys: list[bytes]) -> bytes:
    for key in keys:
        nibbles = [0] * 16
        for index in range(8):
            octet = block[index] ^ key[index]
            nibbles[2 * index] = _BLOCK_SUBSTITUTION[2 * index][octet & 15]
            nibbles[2 * index + 1] = _BLOCK_SUBSTITUTION[2 * index + 1][octet >> 4]
        moved = [nibbles[source] for source in _BLOCK_PERMUTATION]
        block = bytes(moved[2 * index] + 16 * moved[2 * index + 1] for index in range(8))
    return block


def _decode_block(block: bytes, keys: list[bytes]) -> bytes:
    for key in reversed(keys):
        nibbles = [0] * 16
        for index, source in enumerate(_BLOCK_PERMUTATION):
            nibbles[source] = block[index // 2] >> 4 if index % 2 else block[index // 2] & 15
        block = bytes(
            (
                _INVERSE_SUBSTITUTION[2 * index][nibbles[2 * index]]
                + 16 * _INVERSE_SUBSTITUTION[2 * index + 1][nibbles[2 * index + 1]]
            )
            ^ key[index]
            for index in range(8)
        )
    return block
