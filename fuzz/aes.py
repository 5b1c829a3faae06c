"""Fuzz the simulated AES: mutated requests on an open stream, through the AES and its switch, and back to octets.

    python -m fuzz.aes               one million mutated requests from the corpus, the same ones each time
    python -m fuzz.aes --count 1000  fewer

Half of the mutations only change octets, so that many requests are still understood. Whatever a client asks, what comes
back has octets, and nothing is raised but a WireError.
"""

import argparse
import random
from collections.abc import Iterator
from typing import Any

from fuzz.wire import CORPUS, COUNT, SEED, mutate
from ivrsvr.backends.simulator.aes import AesStream, Message
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.tsapi.stream.client_end import ClientEnd, Login
from ivrsvr.backends.tsapi.stream.events import Asked, CloseAsked, Ended, OpenAsked
from ivrsvr.backends.tsapi.stream.server_end import ServerEnd, Ways
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSCloseStreamConf, ACSUniversalFailureEvent

LIFE = 500
"""Requests after which everything begins anew, so that one that fails can be reached again quickly."""

DEVICES = (
    "1001",
    "1002",
    "1003",
    "1004",
    "1010",
    "2001",
    "2002",
    "7001",
    "7004",
    "8001",
    "5001",
    "4005",
    "9123",
    "1#1",
)
"""Four characters, as the devices of most of the corpus have."""

WORLD: dict[str, Any] = {
    "stations": {"1001": {}, "1002": {}, "1003": {}, "1004": {}, "1010": {"type": "analog", "callAppearances": 1}},
    "agents": {"5001": {"skills": {"2001": 1}}, "3001": {"skills": {"2001": 1}}},
    "skills": {"2001": {}, "2002": {"vectorControlled": False}},
    "announcements": {"8001": {"seconds": 5}},
    "vdns": {
        "7001": {
            "vector": [{"step": "queue-to", "skill": "2001", "priority": "medium"}, {"step": "wait", "seconds": 60}]
        },
        "7004": {"vector": [{"step": "adjunct-routing", "link": 1}, {"step": "wait", "seconds": 5}, {"step": "busy"}]},
    },
    "trunkGroups": {"5": {"tac": "4005", "members": 8}},
    "dialPlan": {"9": {"trunkGroups": ["5"]}},
    "aes": {
        "tlinks": {"AVAYA#CM1#CSTA#AES1": {"link": 1}},
        "privateDataMax": 10,
        "users": {"ivrsvr": {"password": "ivrsvr", "unrestricted": True}},
    },
}
WAYS = Ways(key=bytes(range(8)), object_id=1)
LOGIN = Login(tlink="AVAYA#CM1#CSTA#AES1", login="ivrsvr", password="ivrsvr", heartbeat_s=None)


class Site:
    """A simulated site with one stream, without sockets."""

    def __init__(self, world: World) -> None:
        self.clock = Clock(1_700_000_000, seed=1)
        self.simulator = Simulator(world, self.clock)
        self.stream: AesStream | None = None
        self._connect()
        self.simulator.people.dial("1001", "1002")
        self.simulator.people.answer("1002")
        for number in ("1001", "7001", "7004"):
            self.simulator.people.call_in("0301234567", number)

    def _connect(self) -> None:
        """A new connection with an open stream."""
        self.end = ServerEnd(WAYS, now=self.clock.now())
        client = ClientEnd(LOGIN)
        client.open(self.clock.now())
        for _ in range(2):
            self.take(client.data_to_send())
            client.receive(self.end.data_to_send(), self.clock.now())

    def take(self, octets: bytes) -> None:
        """Take what a client sent; where its stream ends, it comes back."""
        for event in self.end.receive(octets):
            self._handle(event)

    def ask(self, octets: bytes) -> None:
        """Take octets on an open stream."""
        self.take(octets)
        self.end.data_to_send()
        if self.end.ended or self.end.version is None:
            if self.stream is not None:
                self.stream.abort()
            self._connect()

    def _handle(self, event: Any) -> None:
        match event:
            case OpenAsked():
                self.stream = self.simulator.aes.open(
                    serverID=LOGIN.tlink, loginID="ivrsvr", passwd="ivrsvr", privateData="ECS#2-10", send=self._send
                )
                self.end.accept(self.stream.version)
            case Asked() if self.stream is not None:
                self.stream.request(event.invokeID, event.pdu, event.private)
            case CloseAsked() if self.stream is not None:
                self.stream.close(event.invokeID)
            case Ended() if self.stream is not None:
                self.stream.abort()

    def _send(self, message: Message) -> None:
        if isinstance(message.pdu, ACSCloseStreamConf):
            self.end.confirm_close(message.invokeID)
        elif isinstance(message.pdu, ACSUniversalFailureEvent):
            self.end.fail(message.pdu.error, "")
        else:
            # What has no octets raises here.
            self.end.send(message.event_class, message.invokeID, message.crossRef, message.pdu, message.private)


def mutated(count: int, seed: int = SEED) -> Iterator[tuple[float, bytes]]:
    """So many requests, each with the seconds that pass after it; the same ones for the same seed."""
    luck = random.Random(seed)
    corpus = [path.read_bytes() for path in sorted(CORPUS.glob("3-*"))]
    for _ in range(count):
        octets = bytearray(luck.choice(corpus))
        if luck.random() < 0.3:
            mutate(octets, luck, corpus)
        else:
            _change(octets, luck)
        yield luck.choice((0.0, 0.0, 0.1, 1.0, 7.0)), bytes(octets)


def _change(octets: bytearray, luck: random.Random) -> None:
    """Keep every length: other devices, other numbers, sometimes another octet anywhere."""
    octets[6:10] = luck.randrange(1, 1 << 20).to_bytes(4, "little")
    for place in range(22, len(octets) - 4):
        size = octets[place + 1]
        if octets[place] == 0x16 and 3 <= size < 0x80 and luck.random() < 0.7:
            octets[place + 2 : place + 2 + size] = luck.choice(DEVICES).encode()[:size].rjust(size, b"9")
        elif octets[place] in (0x02, 0x0A) and octets[place + 1] == 1 and luck.random() < 0.4:
            octets[place + 2] = luck.randrange(12)
    if luck.random() < 0.3:
        octets[luck.randrange(22, len(octets))] = luck.randrange(256)


def run(count: int, seed: int = SEED) -> int:
    """Ask so many; the number of the requests that were carried out or refused by the switch's AES."""
    world = World.from_data(WORLD)
    site = Site(world)
    answered = 0
    for number, (pause, octets) in enumerate(mutated(count, seed)):
        if number % LIFE == 0:
            site = Site(world)
        before = site.end.version
        try:
            site.ask(octets)
            site.clock.advance(pause)
        except Exception:
            print(f"input {number}: {octets.hex()}")
            raise
        answered += before is not None
    return answered


def main() -> int:
    """Run what the arguments say; a traceback when something broke."""
    parser = argparse.ArgumentParser(description="Fuzz the simulated AES.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    print(f"{run(arguments.count, arguments.seed)} requests on an open stream, no exception")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
