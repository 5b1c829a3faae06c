"""Looking up user data elsewhere: who is asked, for how long, and how events wait for it without losing their order."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from sqlite_utils import Database

from ivrsvr.backends.base import LinkState
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta import call
from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.private.events import ATTDeliveredV7
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.service.errors import Own
from ivrsvr.service.lookups import AT_ONCE, AWAY_S, KEPT_S, Embedded, Found, Lookups
from ivrsvr.store.userdata import Keys, Store, UserDataError, UserDataStore
from tests.service.fake import START, FakeBackend, House, code, house, on_loop, settled
from tests.service.test_monitors import delivered

ME, PEER, STRANGER = "10.0.0.1:5100", "10.0.0.2:5100", "10.9.9.9:80"


class Elsewhere:
    """A service that answers when it is told to."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, open_: bool = False) -> None:
        self.texts = dict(texts or {})
        self.asked: list[str] = []
        self.fault = ""
        self.gate = asyncio.Event()
        if open_:
            self.gate.set()

    async def get(self, key: str) -> str | None:
        self.asked.append(key)
        await self.gate.wait()
        if self.fault:
            raise UserDataError(self.fault)
        return self.texts.get(key)

    async def set(self, data: str) -> str:
        await self.gate.wait()
        if self.fault:
            raise UserDataError(self.fault)
        key = key_of(PEER, len(self.texts))
        self.texts[key] = data
        return key

    async def update(self, key: str, data: str) -> bool:
        await self.gate.wait()
        known = key in self.texts
        self.texts[key] = data
        return known

    async def close(self) -> None:
        self.gate.set()


def key_of(place: str, number: int = 0) -> str:
    host, _, port = place.partition(":")
    keys = Keys(lambda: START, address=host, port=int(port))
    return [keys.next() for _ in range(number + 1)][-1]


def embedded(clock: Clock, peer: Store) -> Lookups:
    store = UserDataStore(Database(memory=True), clock.now, keys=Keys(clock.now, address="10.0.0.1"))
    return Lookups(Embedded(store), clock, peers={PEER: peer}, me=ME)


def offer(it: House, uui: str, callid: int = 48, to: str = "101") -> None:
    info = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, uui.encode())
    it.switch.report(to, delivered(callid, to=to), ATTDeliveredV7(ucid=f"U{callid}", userInfo=info))


@on_loop
async def test_a_key_of_a_peer_is_asked_of_the_peer_and_kept_for_a_moment() -> None:
    clock, key = Clock(START), key_of(PEER)
    peer = Elsewhere({key: "theirs"}, open_=True)
    lookups = embedded(clock, peer=peer)
    assert lookups.at_hand(key) is None
    assert (await lookups.find(key)).text == "theirs"
    assert (await lookups.find(key)).text == "theirs"
    assert peer.asked == [key]
    clock.advance(KEPT_S + 0.1)
    peer.texts[key] = "changed"
    assert (await lookups.find(key)).text == "changed"
    assert await lookups.update(key, "again")
    assert (await lookups.find(key)).text == "again"
    assert lookups.counts == Counter({("peer", "found"): 3})


@on_loop
async def test_a_key_that_names_a_service_that_is_not_configured_is_never_followed() -> None:
    peer = Elsewhere(open_=True)
    lookups = embedded(Clock(START), peer=peer)
    for place in (STRANGER, "127.0.0.1:22", "169.254.169.254:80"):
        found = await lookups.find(key_of(place))
        assert (found.text, found.foreign) == (None, True)
        assert place in found.fault
        assert not await lookups.update(key_of(place), "x")
    assert peer.asked == []
    assert lookups.counts["here", "foreign"] == 3


@pytest.mark.parametrize("forged", ["FCCCCCCC", "FCCCCCCC" + "0" * 35, "fcccccc" + "0" * 37, "x" * 44, "", "\x00" * 44])
@on_loop
async def test_what_is_no_key_is_not_looked_up_at_all(forged: str) -> None:
    peer = Elsewhere(open_=True)
    lookups = embedded(Clock(START), peer=peer)
    found = lookups.at_hand(forged)
    assert found == Found()
    assert (lookups.counts, peer.asked) == (Counter(), [])


@on_loop
async def test_two_servers_that_give_the_same_address_out_are_told_apart_by_their_ids() -> None:
    """As where each server was left with the address that it has by default, on a machine of its own."""
    clock = Clock(START)
    store = UserDataStore(Database(memory=True), clock.now)
    lookups = Lookups(Embedded(store), clock, me=ME, server=7)
    theirs = Keys(clock.now, address="10.0.0.1", server=8).next()
    found = await lookups.find(theirs)
    assert (found.text, found.foreign) == (None, True)
    assert "made by server 8, whose uuisvr is 10.0.0.1:5100" in found.fault
    assert await lookups.find(Keys(clock.now, address="10.0.0.1", server=7).next()) == Found()


@on_loop
async def test_many_who_want_the_same_key_ask_once_and_one_who_leaves_takes_nothing_along() -> None:
    key = key_of(PEER)
    peer = Elsewhere({key: "theirs"})
    lookups = embedded(Clock(START), peer=peer)
    several = [asyncio.create_task(lookups.find(key)) for _ in range(5)]
    await settled()
    several[0].cancel()  # the first is the one that asks
    await settled()
    peer.gate.set()
    assert [(await one).text for one in several[1:]] == ["theirs"] * 4
    assert peer.asked == [key] * 2
    assert lookups.away() == []


@on_loop
async def test_a_peer_that_hangs_costs_the_time_limit_once_and_is_left_alone_then() -> None:
    clock = Clock(START)
    peer = Elsewhere()
    lookups = embedded(clock, peer=peer)
    first = asyncio.create_task(lookups.find(key_of(PEER)))
    await settled()
    clock.advance(0.9)
    await settled()
    assert not first.done()
    clock.advance(0.1)
    await settled()
    assert "within 1 s" in (await first).fault
    assert lookups.away() == [PEER]
    assert "a moment ago" in (await lookups.find(key_of(PEER, 1))).fault
    assert len(peer.asked) == 1
    clock.advance(AWAY_S)
    peer.gate.set()
    assert (await lookups.find(key_of(PEER, 2))).fault == ""
    assert lookups.away() == []


class Busy(Clock):
    """The clock of a machine that does something else once a timer is set."""

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        timer = super().call_later(delay_s, callback)
        self.move_to(self.now() + 0.01)
        return timer


@on_loop
async def test_a_peer_that_hangs_is_left_alone_by_a_busy_machine_too() -> None:
    clock = Busy(START)
    lookups = embedded(clock, peer=Elsewhere())
    first = asyncio.create_task(lookups.find(key_of(PEER)))
    await settled()
    clock.advance(0.99)
    await settled()
    assert "within 1 s" in (await first).fault
    assert lookups.away() == [PEER]


@on_loop
async def test_no_more_than_so_many_are_asked_for_at_once() -> None:
    peer = Elsewhere()
    lookups = embedded(Clock(START), peer=peer)
    several = [asyncio.create_task(lookups.find(key_of(PEER, n))) for n in range(AT_ONCE)]
    await settled()
    assert "asked for already" in (await lookups.find(key_of(PEER, AT_ONCE))).fault
    peer.gate.set()
    assert [(await one).fault for one in several] == [""] * AT_ONCE


# ---- events


@on_loop
async def test_events_wait_for_their_data_in_order_and_hold_up_no_other_call() -> None:
    key = key_of(PEER)
    peer = Elsewhere({key: "theirs"})
    async with house(lookups=lambda clock: embedded(clock, peer=peer)) as it:
        client = await it.client("101", "102", "103")
        offer(it, key, 48, "101")
        offer(it, "", 48, "102")  # the same call
        offer(it, "", 50, "101")  # the same device
        offer(it, "plain", 49, "103")  # neither
        (other,) = await client.events()
        assert (other["monitored"], other["callid"], other["custdata"]) == ("103", 49, "plain")
        assert it.service.model.call(48) is not None  # requests see the call meanwhile
        peer.gate.set()
        came = await client.events()
        assert [(one["monitored"], one["callid"], one["custdata"]) for one in came] == [
            ("101", 48, "theirs"),
            ("102", 48, ""),
            ("101", 50, ""),
        ]
        assert [one["eventid"] - other["eventid"] for one in came] == [1, 2, 3]
        assert "custdatafault" not in came[0]
        assert sum(it.service.meters.held.counts) == 3


@on_loop
async def test_an_event_goes_out_without_its_data_when_the_time_is_over() -> None:
    async with house(lookups=lambda clock: embedded(clock, peer=Elsewhere())) as it:
        client = await it.client("101")
        offer(it, key_of(PEER))
        assert await client.events() == []
        it.clock.advance(1)
        (event,) = await client.events()
        assert (event["uui"], event["custdata"]) == (key_of(PEER), "")
        assert "within 1 s" in event["custdatafault"]
        answer = await it.ask("userdata", type="alert")
        assert code(answer) == Own.USERDATA_SERVICE_FAILED
        assert it.service.meters.lookups["peer", "timeout"] == 1


@on_loop
async def test_that_the_link_goes_down_overtakes_nothing() -> None:
    async with house(lookups=lambda clock: embedded(clock, peer=Elsewhere())) as it:
        client = await it.client("101", events="all")
        offer(it, key_of(PEER))
        await settled()
        it.switch.change_link(LinkState.DOWN, "gone")
        offer_of_later = await client.events()
        assert offer_of_later == []
        it.clock.advance(1)
        assert [one["eventtype"] for one in await client.events()] == ["offer", "linkdown"]


@on_loop
async def test_a_server_that_stops_tells_what_still_waits() -> None:
    async with house(lookups=lambda clock: embedded(clock, peer=Elsewhere())) as it:
        await it.client("101")
        offer(it, key_of(PEER))
        await settled()
        before = it.service.journal.last
    assert it.service.journal.last == before + 1


@on_loop
async def test_data_that_cannot_be_stored_call_nobody() -> None:
    own = Elsewhere(open_=True)
    own.fault = "the disk is full"
    async with house(lookups=lambda clock: Lookups(own, clock)) as it:
        answer = await it.ask("makecall", destination="102", data="é")
        assert code(answer) == Own.USERDATA_SERVICE_FAILED
        assert "the disk is full" in answer["error"]
        assert it.switch.services(call.MakeCall) == []
        assert (await it.ask("makecall", destination="102", data="short"))["result"] == "success"
        own.fault, own.gate = "", asyncio.Event()
        waiting = asyncio.create_task(it.ask("makecall", destination="102", data="é"))
        await settled()
        it.clock.advance(1)
        assert "within 1 s" in (await waiting)["error"]


@on_loop
async def test_data_that_look_like_a_key_arrive_as_they_are() -> None:
    """Otherwise the far side would get what is stored under it."""
    async with house() as it:
        secret = (await it.ask("userdata", type="set", data="of somebody else"))["uui"]
        await it.ask("makecall", destination="102", data=secret)
        sent = it.switch.privates[-1].userInfo.data.decode()
        assert sent != secret
        assert (await it.ask("userdata", type="get", uui=sent))["data"] == secret


@on_loop
async def test_a_plug_ins_key_that_finds_no_room_on_the_link_calls_nobody() -> None:
    class Site(Elsewhere):
        async def set(self, data: str) -> str:
            return "K" * 40 if data == "é" else "K" * 32

    async with house(FakeBackend(uui_room=32), lookups=lambda clock: Lookups(Site(), clock, any_key=True)) as it:
        refused = await it.ask("makecall", destination="102", data="é")
        assert code(refused) == Own.DATA_TOO_LONG
        assert "the plug-in's key has 40 octets, and UUI has room for 32" in refused["error"]
        assert it.switch.services(call.MakeCall) == []
        assert (await it.ask("makecall", destination="102", data="è"))["result"] == "success"
