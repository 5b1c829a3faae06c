"""Fuzz the wire: octets from a hostile peer through frames, bodies, private blocks, the trace and both stream ends.

    python -m fuzz.wire               one million mutated frames from the corpus, the same ones each time
    python -m fuzz.wire --count 1000  fewer
    python -m fuzz.wire --atheris DIR --seconds 600
                                      coverage-guided, for so long or (without --seconds) until Ctrl-C; new inputs into
                                      DIR (needs the extra `fuzz`: pip install -e '.[fuzz]')

Whatever comes in, what comes out is a value, an event or a WireError. Any other exception ends the run and prints the
octets that caused it.
"""

import argparse
import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from ivrsvr.backends.simulator.aes.versions import grant
from ivrsvr.backends.tsapi.stream.channel import Message, read_message, write_message
from ivrsvr.backends.tsapi.stream.client_end import ClientEnd, Login
from ivrsvr.backends.tsapi.stream.events import CloseAsked, NamesAsked, OpenAsked
from ivrsvr.backends.tsapi.stream.server_end import ServerEnd, Ways
from ivrsvr.backends.tsapi.wire.ber import WireError
from ivrsvr.backends.tsapi.wire.codec import compile_all
from ivrsvr.backends.tsapi.wire.frame import FrameReader
from ivrsvr.backends.tsapi.wire.trace import render

CORPUS = Path(__file__).parent / "corpus"
COUNT = 1_000_000
SEED = 20_000
WAYS = Ways(key=bytes(range(8)), object_id=1, nonce="nonce")
LOGIN = Login(tlink="AVAYA#CM1#CSTA#AES1", login="user", password="Passw0rd")


def one_input(octets: bytes) -> None:
    """Everything that may be done with octets from a peer. Raises nothing for any octets."""
    _decode(octets)
    _serve(octets)
    client = ClientEnd(LOGIN)
    client.open(0.0)
    client.receive(octets, 0.0)
    client.expire(1e9)


def _decode(octets: bytes) -> None:
    reader = FrameReader()
    reader.feed(octets)
    while True:
        try:
            frame = reader.next()
        except WireError:
            return
        if frame is None:
            return
        render(frame)
        message = read_message(frame)
        if isinstance(message, Message):
            try:
                write_message(message)
            except WireError:
                continue


def _serve(octets: bytes) -> None:
    server = ServerEnd(WAYS, now=0.0)
    for event in server.receive(octets):
        match event:
            case NamesAsked():
                server.name(event.invokeID, [])
            case OpenAsked():
                event.credentials.matches("Passw0rd")
                server.accept(grant(event.offer, 10))
            case CloseAsked():
                server.confirm_close(event.invokeID)
    server.data_to_send()


def mutated(count: int, seed: int = SEED) -> Iterator[bytes]:
    """So many mutations of the corpus, the same ones for the same seed."""
    luck = random.Random(seed)
    corpus = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
    for _ in range(count):
        octets = bytearray(luck.choice(corpus))
        for _ in range(luck.randrange(1, 5)):
            mutate(octets, luck, corpus)
        yield bytes(octets)


def mutate(octets: bytearray, luck: random.Random, corpus: list[bytes]) -> None:
    """Change octets somewhere, in one of six ways."""
    place = luck.randrange(len(octets) + 1)
    match luck.randrange(6):
        case 0 if place < len(octets):
            octets[place] = luck.randrange(256)
        case 1 if place < len(octets):
            octets[place] ^= 1 << luck.randrange(8)
        case 2:
            del octets[place : place + luck.randrange(1, 9)]
        case 3:
            octets[place:place] = luck.randbytes(luck.randrange(1, 9))
        case 4:
            octets += luck.choice(corpus)
        case 5:
            # A length that is right again lets the mutation get past the frame.
            octets[:4] = (len(octets) - 4 & 0xFFFF_FFFF).to_bytes(4, "little") if len(octets) >= 4 else b"\0"


def guided(directory: Path, seconds: int) -> None:
    """Let atheris look for inputs that reach further; it ends the process. Raises ImportError without the extra."""
    atheris = importlib.import_module("atheris")
    directory.mkdir(parents=True, exist_ok=True)
    # What is compiled later would not be seen.
    compile_all()
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", str(directory), str(CORPUS)], one_input)
    atheris.Fuzz()


def main() -> int:
    """Run what the arguments say; 1 when something broke."""
    parser = argparse.ArgumentParser(description="Fuzz the TSAPI wire.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--atheris", metavar="DIR", help="coverage-guided instead, new inputs into this directory")
    parser.add_argument("--seconds", type=int, default=0, help="how long to be guided by coverage; 0 = until Ctrl-C")
    arguments = parser.parse_args()
    if arguments.atheris:
        guided(Path(arguments.atheris), arguments.seconds)
        return 0
    for number, octets in enumerate(mutated(arguments.count, arguments.seed)):
        try:
            one_input(octets)
        except Exception:
            print(f"input {number}: {octets.hex()}")
            raise
    print(f"{arguments.count} inputs, no untyped exception")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
