"""The codec against asn1tools: a Delivered event with its private data, on the same octets in the same run.

``usual`` is what a call between two stations brings, ``full`` has every component filled. asn1tools comes with the
extra ``test``.
"""

import json
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asn1tools

from ivrsvr.backends.tsapi.wire.codec import decode, encode
from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.pdu import BY_NAME
from ivrsvr.csta.private.events import ATTDeliveredV7
from ivrsvr.csta.types import ConnectionID, provided

DATA = Path(__file__).parent.parent / "tests" / "conformance" / "data" / "tsapi"
NAMES = ("CSTADeliveredEvent", "ATTDeliveredEventV7")
GOAL = 3.0
"""Times as fast as asn1tools that each direction has to be; 5 is aimed for."""

USUAL = (
    Delivered(
        connection=ConnectionID(4711, "102"),
        alertingDevice=provided("102"),
        callingDevice=provided("101"),
        calledDevice=provided("102"),
        lastRedirectionDevice=provided(""),
        localConnectionInfo=LocalConnectionState.CS_ALERTING,
        cause=CSTAEventCause.EC_NEW_CALL,
    ),
    ATTDeliveredV7(ucid="00001047111732345678"),
)


def full() -> tuple[Any, Any]:
    """The reference's event with everything in it."""
    vectors = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))["body_vectors"]
    found = {one["pdu"]: one["hex"] for one in vectors if one["label"] == "typical"}
    event, private = (decode(BY_NAME[name], bytes.fromhex(found[name])) for name in NAMES)
    return event, private


def best(work: Callable[[], Any], count: int) -> float:
    """Microseconds of one run, the best of many short rounds: some of them are not disturbed by other work."""
    return min(timeit.repeat(work, number=count, repeat=40)) / count * 1e6


def compare(module: Any, message: tuple[Any, Any]) -> dict[str, float]:
    """Direction -> how many times as fast as asn1tools. Raises AssertionError when the two do not agree."""
    octets = [encode(part) for part in message]
    values = [module.decode(name, body) for name, body in zip(NAMES, octets, strict=True)]
    if [bytes(module.encode(name, value)) for name, value in zip(NAMES, values, strict=True)] != octets:
        raise AssertionError("the two codecs do not agree on the octets")
    event, private = octets
    theirs = best(lambda: (module.decode(NAMES[0], event), module.decode(NAMES[1], private)), 40)
    ours = best(lambda: (decode(Delivered, event), decode(ATTDeliveredV7, private)), 200)
    their_writing = best(lambda: (module.encode(NAMES[0], values[0]), module.encode(NAMES[1], values[1])), 40)
    our_writing = best(lambda: (encode(message[0]), encode(message[1])), 200)
    return {
        "decode": theirs / ours,
        "encode": their_writing / our_writing,
        "decode_us": ours,
        "encode_us": our_writing,
    }


def measure() -> dict[str, object]:
    """The figures with the goal."""
    module = asn1tools.compile_files(str(DATA / "tsapi.asn"), "ber")
    figures = {"usual": compare(module, USUAL), "full": compare(module, full())}
    met = all(found[direction] >= GOAL for found in figures.values() for direction in ("decode", "encode"))
    rounded = {name: {key: round(value, 1) for key, value in found.items()} for name, found in figures.items()}
    return {**rounded, "goal": GOAL, "met": met}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
