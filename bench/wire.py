"""The codec against asn1tools: a Delivered event with its private data, on the same octets in the same run.

Run it with ``python -m bench.wire``; asn1tools comes with the extra ``test``.
"""

import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asn1tools

from ivrsvr.backends.tsapi.wire.codec import decode, encode
from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.private.events import ATTDeliveredV7
from ivrsvr.csta.types import ConnectionID, provided

MODULE = Path(__file__).parent.parent / "tests" / "conformance" / "data" / "tsapi" / "tsapi.asn"
FLOOR = 3.0
"""Times as fast as asn1tools that each direction has to be."""

EVENT = Delivered(
    connection=ConnectionID(4711, "102"),
    alertingDevice=provided("102"),
    callingDevice=provided("101"),
    calledDevice=provided("102"),
    lastRedirectionDevice=provided(""),
    localConnectionInfo=LocalConnectionState.CS_ALERTING,
    cause=CSTAEventCause.EC_NEW_CALL,
)
PRIVATE = ATTDeliveredV7(ucid="00001047111732345678")


def best(work: Callable[[], Any], count: int = 2000) -> float:
    """Seconds of one run, the best of five rounds."""
    return min(timeit.repeat(work, number=count, repeat=5)) / count


def measure() -> dict[str, tuple[float, float]]:
    """Direction -> seconds of asn1tools and ours for the event and its private data together."""
    module = asn1tools.compile_files(str(MODULE), "ber")
    event, private = encode(EVENT), encode(PRIVATE)
    names = ("CSTADeliveredEvent", "ATTDeliveredEventV7")
    values = [module.decode(name, octets) for name, octets in zip(names, (event, private), strict=True)]
    if [bytes(module.encode(name, value)) for name, value in zip(names, values, strict=True)] != [event, private]:
        raise AssertionError("the two codecs do not agree on the octets")
    return {
        "decode": (
            best(lambda: (module.decode(names[0], event), module.decode(names[1], private)), 300),
            best(lambda: (decode(Delivered, event), decode(ATTDeliveredV7, private))),
        ),
        "encode": (
            best(lambda: (module.encode(names[0], values[0]), module.encode(names[1], values[1])), 300),
            best(lambda: (encode(EVENT), encode(PRIVATE))),
        ),
    }


def main() -> int:
    """Print the ratios; the exit status says whether both reach the floor."""
    slow = False
    for direction, (theirs, ours) in measure().items():
        ratio = theirs / ours
        slow = slow or ratio < FLOOR
        print(f"{direction}: asn1tools {theirs * 1e6:7.1f} µs, ivrsvr {ours * 1e6:6.1f} µs, {ratio:5.1f} times as fast")
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
