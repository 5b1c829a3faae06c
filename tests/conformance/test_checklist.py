"""What real clients were found to check, octet by octet: the reference's checklist, by its numbers.

The frames are taken apart here by hand, and the requests are the recorded ones of the native client where there are
any: a mistake that both ends of ours share would be seen.
"""

import asyncio
import ipaddress
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import yaml

from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.tsapi.wire.password import BLOCKS_SIZE, block_encode
from ivrsvr.clock import Clock
from ivrsvr.csta.errors import ACSUniversalFailure
from ivrsvr.testing.settle import Settling

NAMES = bytes.fromhex("170000000100000000000000f49f00000a000500000030030a0101")
KEY = bytes.fromhex(
    "43000000010001000000ebf70000000008000800290030061604757365724e545f54435000ff00100000c0c7e8f7a0cde8f70f000000a05132"
    "0853a4d7f7070080010101030101"
)
"""The native client's own requests, with rubbish in the cross reference and behind the vendor's NUL."""

WORLD = """
stations: {"1001": {name: One}, "1002": {name: Two}, "1003": {}}
skills: {"2001": {}}
agents: {"3001": {skills: {"2001": 1}}}
vdns: {"5000": {vector: [{step: adjunct-routing, link: 1}, {step: wait, seconds: 60}]}}
aes:
  privateDataMax: 8
  monitorEndedWithCall: true
  tlinks: {"AVAYA#CM#CSTA#AES": {link: 1}}
  users: {user: {password: Passw0rd, unrestricted: true}}
  stream: {serverID: "AVAYA#CM#CSTA#AES", loginID: user, passwd: Passw0rd}
"""


class Frame:
    """A frame of the server, taken apart by hand."""

    def __init__(self, octets: bytes) -> None:
        (self.version, self.invoke, self.cross, self.kind, self.number, body, private) = struct.unpack_from(
            "<HIIHHHH", octets
        )
        assert len(octets) == 18 + body + private
        self.body, self.private = octets[18 : 18 + body], octets[18 + body :]

    @property
    def address(self) -> tuple[int, int]:
        return self.kind, self.number

    @property
    def data(self) -> bytes:
        """The data of the private block."""
        assert self.private[:4] == b"ECS\0"
        assert struct.unpack_from("<H", self.private, 32) == (len(self.private) - 34,)
        return self.private[34:]


def elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element, one behind the other."""
    found, at = [], 0
    while at < len(octets):
        tag, size, at = octets[at], octets[at + 1], at + 2
        if size > 0x80:
            count = size - 0x80
            size, at = int.from_bytes(octets[at : at + count]), at + count
        assert at + size <= len(octets)
        found.append((tag, octets[at : at + size]))
        at += size
    return found


def members(body: bytes) -> list[tuple[int, bytes]]:
    """The members of a body, which is one SEQUENCE."""
    [(tag, content)] = elements(body)
    assert tag == 0x30
    return elements(content)


def text(value: str) -> bytes:
    return bytes((0x16, len(value))) + value.encode()


NOTHING = b"\x30\x02\x05\x00"


def seq(*parts: bytes) -> bytes:
    content = b"".join(parts)
    head = bytes((0x30, len(content))) if len(content) < 0x80 else bytes((0x30, 0x81, len(content)))
    return head + content


def private_block(vendor: str, data: bytes, rubbish: bytes = b"\0") -> bytes:
    return (vendor.encode() + b"\0").ljust(32, rubbish) + struct.pack("<H", len(data)) + data


def escape(number: int, *parts: bytes, rubbish: bytes = b"\0") -> bytes:
    """The private block of a private service."""
    return private_block("ECS", struct.pack("<HH", 2, number) + seq(*parts), rubbish)


class Wire(asyncio.Protocol):
    """A client that knows octets only."""

    def __init__(self, settling: Settling, server: AesServer, simulator: Simulator) -> None:
        self.settling, self.server, self.simulator = settling, server, simulator
        self.frames: list[Frame] = []
        self.lost: Exception | str = ""
        self._octets = bytearray()
        self._transport: Any = None
        self._invoke = 100

    async def connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, self.server.host, self.server.name_port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc or "closed"

    def data_received(self, data: bytes) -> None:
        self._octets += data
        while len(self._octets) >= 4 and len(self._octets) >= 4 + (size := int.from_bytes(self._octets[:4], "little")):
            self.frames.append(Frame(bytes(self._octets[4 : 4 + size])))
            del self._octets[: 4 + size]

    async def say(self, octets: bytes) -> list[Frame]:
        """Send octets; what came back."""
        before = len(self.frames)
        self._transport.write(octets)
        await self.settling.settle(self.simulator.clock)
        return self.frames[before:]

    def vanish(self) -> None:
        """Break the connection without a word."""
        self._transport.abort()

    async def pass_time(self, seconds: float) -> list[Frame]:
        before = len(self.frames)
        await self.settling.advance(self.simulator.clock, seconds)
        return self.frames[before:]

    async def ask(self, number: int, body: bytes, *, private: bytes = b"", kind: int = 3) -> list[Frame]:
        """A request; its one answer comes first, with its invoke id, and then what it brought about."""
        self._invoke += 1
        frame = struct.pack("<HIIHHHH", 1, self._invoke, 0xA5CEF7EB, kind, number, len(body), len(private))
        came = await self.say(struct.pack("<I", len(frame) + len(body) + len(private)) + frame + body + private)
        if came:
            assert came[0].invoke == self._invoke
        return came

    async def ask_nothing(self, number: int, body: bytes) -> list[Frame]:
        """A request without a confirmation; what it brought about."""
        frame = struct.pack("<HIIHHHH", 1, 99, 0xA5CEF7EB, 3, number, len(body), 0)
        return await self.say(struct.pack("<I", len(frame) + len(body)) + frame + body)

    async def open(
        self,
        offer: bytes | None = b"\0ECS#2-7\0",
        password: bytes = b"",
        login: str = "user",
        rubbish: bytes = b"\0",
    ) -> Frame:
        """Key request and open request; the answer to the latter."""
        [challenge] = await self.say(KEY)
        key = members(challenge.body)[1][1]
        crypt = _encoded(password, key) if password else block_encode("Passw0rd", key)
        body = seq(
            b"\x0a\1\1",
            text("avaya#cm#csta#aes"),
            text(login),
            bytes((4, len(crypt))) + crypt,
            text("TSTEST"),
            b"\x0a\1\1",
            text("TS1-2"),
            text("AES3.1"),
            text(""),
        )
        private = b"" if offer is None else private_block("VERSION", offer, rubbish)
        [answer] = await self.ask(1, body, private=private, kind=0)
        return answer


def _encoded(octets: bytes, key: bytes) -> bytes:
    """40 octets as the native client encodes its buffer, with whatever stands behind the password in it."""
    blocks = [octets.ljust(BLOCKS_SIZE, b"\0")[at : at + 8] for at in range(0, BLOCKS_SIZE, 8)]
    return b"".join(block_encode(block.decode("latin-1"), key)[:8] for block in blocks)


def on_wire(work: Callable[[Wire], Awaitable[None]], host: str = "127.0.0.1", stations: int = 0) -> None:
    """stations: so many more."""
    settling = Settling()

    async def run() -> None:
        world = yaml.safe_load(WORLD)
        world["stations"] |= {str(2100 + number): {} for number in range(stations)}
        simulator = Simulator(World.from_data(world), Clock(1_700_000_000, seed=1))
        server = AesServer(simulator, Ports(host=host, names=0, csta=None, csta_s=None))
        await server.start()
        wire = Wire(settling, server, simulator)
        await wire.connect()
        try:
            await work(wire)
        finally:
            await server.stop()
            await settling.settle()

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(run())


@pytest.mark.parametrize(("host", "size"), [("127.0.0.1", 16), ("::1", 28)])
def test_1_to_4_names_on_the_port_that_is_a_tlink_as_well(host: str, size: int) -> None:
    async def work(wire: Wire) -> None:
        [reply] = await wire.say(NAMES)
        assert (reply.version, reply.invoke, reply.cross, reply.address) == (1, 0, 0, (2, 11))
        (more, (_, links)) = members(reply.body)
        assert more == (0x01, b"\0")
        [(_, link)] = elements(links)
        (_, name), (tag, address) = elements(link)
        assert (name, tag, len(address)) == (b"AVAYA#CM#CSTA#AES", 4, size)
        assert int.from_bytes(address[2:4], "big") == wire.server.name_port
        packed = ipaddress.ip_address(host).packed
        assert (address[:2], address[4:8]) == (b"\x02\0", packed) if size == 16 else address[:2] == b"\x0a\0"
        if size == 28:
            assert address[8:24] == packed
        assert (await wire.open()).address == (2, 2)

    on_wire(work, host)


def test_3_rubbish_behind_the_vendors_nul_is_not_read() -> None:
    async def work(wire: Wire) -> None:
        assert (await wire.open(rubbish=b"\xa5")).data == b"\x007\0"
        [told] = await wire.ask(89, NOTHING, private=escape(49, text("1001"), rubbish=b"\xff"))
        assert (told.address, told.data[:4]) == ((5, 90), b"\x02\0\x7d\0")

    on_wire(work)


@pytest.mark.parametrize("login", ["user", "nobody", "x" * 100])
def test_5_the_key_request_has_a_challenge_whoever_asks(login: str) -> None:
    async def work(wire: Wire) -> None:
        [answer] = await wire.ask(8, seq(text(login)), private=KEY[-41:], kind=0)
        assert answer.address == (2, 13)
        assert answer.private == b""
        assert [tag for tag, _ in members(answer.body)] == [2, 4, 0x30, 0x0A, 0x16]
        assert len(members(answer.body)[1][1]) == 8
        assert members(answer.body)[3][1] == b"\3"

    on_wire(work)


@pytest.mark.parametrize(
    ("buffer", "error"),
    [
        (b"Passw0rd", None),
        (b"Passw0rd\0rubbish of the stack \xff\x80 to the end", None),
        (b"Passw0rd\0\0Passw0rd", None),
        (b"passw0rd", ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN),
        (b"Passw0rdx", ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN),
        (b"\0Passw0rd", ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ],
)
def test_6_and_7_the_password_ends_at_its_first_zero_and_a_wrong_one_is_told_here(buffer: bytes, error: Any) -> None:
    async def work(wire: Wire) -> None:
        answer = await wire.open(password=buffer)
        if error is None:
            assert answer.address == (2, 2)
            assert [tag for tag, _ in members(answer.body)] == [0x16] * 4
            assert members(answer.body)[0][1] == b"ST2"
        else:
            assert answer.address == (2, 6)
            assert members(answer.body) == [(0x0A, bytes((error.value,)))]

    on_wire(work)


@pytest.mark.parametrize(
    ("offer", "data"),
    [
        (b"\0ECS#2-7\0", b"\x007\0"),
        (b"\0ECS#4-10#AT&T Definity G3#4-10\0", b"\x008\0"),
        (b"\0AT&T Definity G3#4-10\0", b"\x008\0"),
        (b"\0\0", None),
        (b"\0MINE#1-9\0", None),
        (b"\0ECS#9-10\0", None),
        (None, None),
    ],
)
def test_8_private_data_is_granted_as_ecs_or_not_at_all(offer: bytes | None, data: bytes | None) -> None:
    async def work(wire: Wire) -> None:
        answer = await wire.open(offer)
        assert answer.address == (2, 2)
        assert (answer.data if answer.private else None) == data
        [caps] = await wire.ask(124, b"\x30\x02\x05\x00")
        assert bool(caps.private) is (data is not None)

    on_wire(work)


def test_9_to_12_answers_with_exactly_their_members() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        [caps] = await wire.ask(124, b"\x30\x02\x05\x00")
        assert caps.address == (5, 125)
        assert [tag for tag, _ in members(caps.body)] == [2] * 79
        assert caps.data[:4] == b"\x02\0\x7f\0"
        tags = [tag for tag, _ in members(caps.data[4:])]
        assert tags == [0x16] + [1] * 15 + [2] + [0x16] * 4
        [done] = await wire.ask(103 - 1, b"\x30\x02\x05\x00")
        assert (done.address, done.body) == ((5, 103), b"\x30\x02\x05\x00")
        [refused] = await wire.ask(35, seq(text("1001")))
        assert (refused.address, members(refused.body)) == ((5, 53), [(0x0A, b"\x0f")])

    on_wire(work)


def test_13_to_17_what_a_provider_asks_as_it_comes_up() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        [monitors] = await wire.ask(128, b"\x30\x02\x05\x00")
        assert members(monitors.body) == [(1, b"\xff")]
        [started] = await wire.ask(100, seq(b"\x03\x02\x00\x00"))
        assert (started.address, members(started.body)) == ((5, 101), [(3, b"\0\0")])
        [status] = await wire.ask(98, b"\x30\x02\x05\x00")
        assert (status.address, members(status.body)) == ((5, 99), [(0x0A, b"\2")])
        for level in (1, 2, 3, 6):
            [listed] = await wire.ask(126, seq(b"\x02\x01\xff", bytes((0x0A, 1, level))))
            sdb, same, index, devices = members(listed.body)
            assert (sdb, same, index) == ((0x0A, b"\0"), (0x0A, bytes((level,))), (2, b"\xff"))
            assert len(elements(devices[1])) <= 20
            assert b"5000" in devices[1]
            assert (b"1001" in devices[1]) is (level != 6)
        for device, kind, extension in (("1001", 0, 6), ("2001", 19, 1), ("5000", 19, 0)):
            [info] = await wire.ask(37, seq(text(device)))
            assert info.address == (5, 38)
            assert members(info.body)[1] == (0x0A, bytes((kind,)))
            assert info.data[:4] == b"\x02\0\x62\0"
            [(_, own), (_, associated), (_, other)] = members(info.data[4:])
            assert (own, other) == (bytes((extension,)), b"")
            assert associated in (b"\x0a", b"\x0b")
        [unknown] = await wire.ask(37, seq(text("AllRouteAddress")))
        assert members(unknown.body) == [(0x0A, b"\x0c")]

    on_wire(work)


@pytest.mark.parametrize("stations", [0, 15, 16, 17, 36])
def test_15_device_lists_come_by_twenty(stations: int) -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        for level in (1, 2, 3):
            found, index = list[bytes](), b"\xff"
            for last in range(20, 2 * (stations + 40), 20):
                asked = bytes((2, len(index))) + index
                [listed] = await wire.ask(126, seq(asked, bytes((0x0A, 1, level))))
                assert listed.address == (5, 127)
                *_, (tag, index), (_, devices) = members(listed.body)
                names = elements(devices)
                assert tag == 2
                assert 0 < len(names) <= 20
                found += [name for _, name in names]
                if index == b"\xff":
                    break
                assert int.from_bytes(index) == last  # where to go on
            assert len(found) == len(set(found)) == 5 + stations
            assert found[0] == b"1001"

    on_wire(work, stations=stations)


FILTER = seq(b"\x03\x03\x02\0\0", b"\x03\x02\x04\0", b"\x03\x02\x02\0", b"\x03\x02\x06\0", b"\x02\1\0")


async def watched(wire: Wire, device: str) -> int:
    """A monitor; its number, which is in the confirmation before anything is told."""
    [confirmed] = await wire.ask(111, seq(text(device), FILTER))
    assert confirmed.address == (5, 114)
    (_, number), (_, filters) = members(confirmed.body)
    assert seq(filters) == FILTER
    return int.from_bytes(number)


def test_17_what_an_observer_asks_of_its_device() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        assert await watched(wire, "1001") > 0
        answers = {33: (34, [(0x0A, b"\1")]), 29: (30, [(1, b"\0")]), 27: (28, [(1, b"\0")]), 122: (123, [(0x30, b"")])}
        for number, (confirmation, content) in answers.items():
            [told] = await wire.ask(number, seq(text("1001")))
            assert (told.address, members(told.body)) == ((5, confirmation), content)
        [told] = await wire.ask(31, seq(text("1001")))
        assert told.address == (5, 32)
        [(_, entries)] = members(told.body)
        assert [[tag for tag, _ in elements(entry)] for _, entry in elements(entries)] == [[0x0A, 1, 0x16]]
        [refused] = await wire.ask(111, seq(text("9999"), FILTER))
        assert (refused.address, members(refused.body)) == ((5, 53), [(0x0A, b"\x0c")])

    on_wire(work)


def test_18_the_agent_login_query_ends_with_an_empty_list() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        wire.simulator.people.agent("3001", at="1001", login=True)
        service = private_block("ECS", b"\x02\0\x0d\0" + seq(text("2001")))
        confirmed, *told = await wire.ask(89, b"\x30\x02\x05\x00", private=service)
        assert (confirmed.address, confirmed.data[:4]) == ((5, 90), b"\x02\0\x0e\0")
        assert [(one.address, one.invoke, one.cross) for one in told] == [((6, 93), 0, 0)] * 2
        assert [one.data[:4] for one in told] == [b"\x02\0\x0f\0"] * 2
        lists = [members(one.data[4:]) for one in told]
        assert [one[0] for one in lists] == members(confirmed.data[4:]) * 2
        assert [one[1][1] for one in lists] == [text("1001"), b""]

    on_wire(work)


def test_19_to_21_a_call_from_its_beginning_to_its_end() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        first, second = await watched(wire, "1001"), await watched(wire, "1002")
        confirmed, *told = await wire.ask(23, seq(text("1001"), text("1002")))
        assert confirmed.address == (5, 24)
        assert [(one.kind, one.number, one.cross) for one in told] == [
            (4, 66, first),
            (4, 63, first),
            (4, 57, first),
            (4, 57, second),
        ]
        states = [next(content for tag, content in members(one.body) if tag == 0x0A) for one in told[2:]]
        assert states == [b"\3", b"\2"]
        ucids = {piece for one in told[2:] for tag, piece in members(one.data[4:]) if tag == 0x16 and len(piece) == 20}
        [ucid] = ucids
        assert ucid.isdigit()
        assert ucid in confirmed.data
        [(_, connection)] = members(confirmed.body)
        call = seq(elements_of(connection, 0), text(""), b"\x0a\1\0")
        started, *_ = await wire.ask(112, seq(call, FILTER))
        third = int.from_bytes(members(started.body)[0][1])
        done, *told = await wire.ask(9, seq(seq(connection)))
        assert (done.address, done.body) == ((5, 10), b"\x30\x02\x05\x00")
        assert {(one.number, one.cross) for one in told if one.cross != third} == {(56, first), (56, second)}
        assert [one.number for one in told if one.cross == third][-2:] == [54, 119]

    on_wire(work)


def test_22_a_snapshot_of_a_call_that_is_gone_is_refused() -> None:
    """With NO_ACTIVE_CALL, as Communication Manager does; for clients 11, which the checklist has, is as good."""

    async def work(wire: Wire) -> None:
        await wire.open()
        connection, _ = await talking(wire)
        call = seq(elements_of(connection, 0), text(""), b"\x0a\1\0")
        [shown] = await wire.ask(120, seq(call))
        assert shown.address == (5, 121)
        [(_, parties)] = members(shown.body)
        states = [elements(party)[2] for _, party in elements(parties)]
        assert states == [(0x0A, b"\3"), (0x0A, b"\2")]
        await wire.ask(7, seq(seq(connection)))
        for asked in (call, seq(connection)):
            [gone] = await wire.ask(120, seq(asked))
            assert (gone.address, gone.body, gone.private) == ((5, 53), seq(b"\x0a\1\x18"), b"")

    on_wire(work)


def test_23_a_ucid_is_told_by_the_call_id_alone() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        connection, ucid = await talking(wire)
        number = elements_of(connection, 0)
        for device, kind in (("", 0), ("", 1), ("1001", 0), ("1002", 0)):
            call = seq(number, text(device), bytes((0x0A, 1, kind)))
            [told] = await wire.ask(89, NOTHING, private=escape(76, call))
            assert (told.address, told.body) == ((5, 90), NOTHING)
            assert told.data == b"\x02\0\x4d\0" + seq(text(ucid))
        await wire.ask(7, seq(seq(connection)))
        [gone] = await wire.ask(89, NOTHING, private=escape(76, seq(number, text(""), b"\x0a\1\0")))
        assert (gone.address, gone.body) == ((5, 53), seq(b"\x0a\1\x18"))

    on_wire(work)


async def talking(wire: Wire) -> tuple[bytes, str]:
    """Let one telephone call another: the members of its connection, and the UCID."""
    confirmed, *_ = await wire.ask(23, seq(text("1001"), text("1002")))
    [(_, connection)] = members(confirmed.body)
    assert confirmed.data[:4] == b"\x02\0\x55\0"
    [(_, ucid)] = members(confirmed.data[4:])
    assert len(ucid) == 20
    return connection, ucid.decode()


def elements_of(octets: bytes, place: int) -> bytes:
    """One element of several, whole."""
    tag, content = elements(octets)[place]
    return bytes((tag, len(content))) + content


def test_24_a_route_dialogue() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        [registered] = await wire.ask(78, seq(text("5000")))
        assert registered.address == (5, 79)
        before = len(wire.frames)
        wire.simulator.people.dial("1003", "5000")
        [asked] = await wire.pass_time(1)
        assert (asked.address, asked.invoke, asked.cross) == ((3, 130), 0, 0)
        own, dialogue = elements_of(asked.body[2:], 0), elements_of(asked.body[2:], 1)
        chosen = seq(own, dialogue, text("1001"), b"\x02\1\xff", b"\x04\0", b"\x01\1\xff")
        told = await wire.ask_nothing(132, chosen)
        assert [one.address for one in told] == [(6, 131), (6, 87)]
        assert all((one.invoke, one.cross) == (0, 0) for one in told)
        assert members(told[1].body)[2] == (0x0A, b"\0")
        assert len(wire.frames) == before + 3

    on_wire(work)


def test_24_a_route_that_is_refused_or_given_up_ends_too() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        [registered] = await wire.ask(78, seq(text("5000")))
        own = elements_of(registered.body[2:], 0)
        wire.simulator.people.dial("1003", "5000")
        [asked] = await wire.pass_time(1)
        dialogue = elements_of(asked.body[2:], 1)
        [ended] = await wire.ask_nothing(133, seq(own, dialogue, b"\x0a\1\0"))
        assert (ended.address, ended.invoke, ended.cross) == ((6, 87), 0, 0)
        assert members(ended.body)[:2] == members(asked.body)[:2]
        wire.simulator.people.dial("1002", "5000")
        [again] = await wire.pass_time(1)
        assert members(again.body)[1] != members(asked.body)[1]
        cancelled, *told = await wire.ask(80, seq(own))
        assert (cancelled.address, cancelled.body) == ((5, 81), seq(own))
        assert [(one.address, members(one.body)[:2]) for one in told] == [((6, 87), members(again.body)[:2])]
        [gone] = await wire.ask(80, seq(own))
        assert (gone.address, gone.body) == ((5, 53), seq(b"\x0a\1\x11"))

    on_wire(work)


def test_25_no_heartbeat_unless_asked() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        assert await wire.pass_time(300) == []
        [confirmed] = await wire.ask(14, seq(b"\x02\1\x0a"), kind=0)
        assert (confirmed.address, members(confirmed.body)) == ((2, 15), [(2, b"\x0a")])
        beats = await wire.pass_time(31)
        assert [(one.address, one.body) for one in beats] == [((1, 16), b"\x30\x00")] * 3

    on_wire(work)


def test_26_close_is_confirmed_and_abort_is_not() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        await watched(wire, "1001")
        [closed] = await wire.ask(3, b"\x30\x02\x05\x00", kind=0)
        assert (closed.address, closed.body) == ((2, 4), b"\x30\x02\x05\x00")
        assert len(wire.simulator.aes.monitors) == 0
        other = Wire(wire.settling, wire.server, wire.simulator)
        await other.connect()
        await other.open()
        await watched(other, "1001")
        assert await other.ask(5, b"\x30\x02\x05\x00", kind=0) == []
        assert len(wire.simulator.aes.monitors) == 0

    on_wire(work)


def test_26_routes_of_a_stream_that_vanished_are_forgotten() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        other = Wire(wire.settling, wire.server, wire.simulator)
        await other.connect()
        await other.open()
        [registered] = await other.ask(78, seq(text("5000")))
        assert registered.address == (5, 79)
        [taken] = await wire.ask(78, seq(text("5000")))
        assert taken.address == (5, 53)
        other.vanish()
        await wire.settling.settle(wire.simulator.clock)
        [registered] = await wire.ask(78, seq(text("5000")))
        assert registered.address == (5, 79)

    on_wire(work)


def test_27_a_session_that_the_server_ends_has_a_failure_and_a_reset() -> None:
    async def work(wire: Wire) -> None:
        await wire.open()
        before = len(wire.frames)
        wire.simulator.aes.shut_down()
        await wire.settling.settle(wire.simulator.clock)
        [failure] = wire.frames[before:]
        assert failure.address == (1, 7)
        assert [tag for tag, _ in members(failure.body)] == [0x0A]
        assert isinstance(wire.lost, ConnectionResetError)

    on_wire(work)
