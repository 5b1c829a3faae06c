"""The idempotency key: a retry gets the first outcome and never dials twice."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from ivrsvr.backends.base import Confirmation, LinkDown, LinkState, Pdu
from ivrsvr.clock import Clock
from ivrsvr.csta import call, query
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.monitor import MonitorDevice
from ivrsvr.csta.private.call import ATTMakeCallConf
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own
from ivrsvr.service.service import Service
from ivrsvr.store.database import open_database
from ivrsvr.store.idempotency import RETRY_S, IdempotencyStore, Record
from tests.service.fake import PLAIN, START, F, FakeBackend, code, house, on_loop, settled


@on_loop
async def test_the_same_key_gets_the_first_outcome() -> None:
    async with house() as it:
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        it.switch.answers[call.MakeCall] = CstaFailure(F.RESOURCE_BUSY)
        again = await it.service.handle(
            {"id": "8", "request": "makecall", "destination": "102", "extension": "101", "idempotencykey": "k"}
        )
        assert again == {**first, "id": "8"}
        assert list(again) == list(first)
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_header_will_do_as_well_and_keys_belong_to_their_users() -> None:
    async with house() as it:
        for user in ("anna", "anna", "bert"):
            await it.ask("makecall", destination="102", caller=Caller("rest", user=user, idempotency_key="k"))
        assert len(it.switch.services(call.MakeCall)) == 2


@on_loop
async def test_a_refusal_is_an_outcome_too() -> None:
    async with house() as it:
        it.switch.answers[call.MakeCall] = CstaFailure(F.INVALID_CALLING_DEVICE)
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        del it.switch.answers[call.MakeCall]
        assert await it.ask("makecall", destination="102", idempotencykey="k") == first
        assert (await it.ask("makecall", destination="102", idempotencykey="other"))["result"] == "success"


@on_loop
async def test_another_request_with_the_same_key_is_refused() -> None:
    async with house() as it:
        await it.ask("makecall", destination="102", idempotencykey="k")
        assert code(await it.ask("makecall", destination="103", idempotencykey="k")) == Own.IDEMPOTENCY_KEY_REUSED


@on_loop
async def test_the_same_request_in_other_words_is_the_same() -> None:
    """Quoted or not, with what it would mean without, with keys that nobody knows: JSON here, a URL there."""
    async with house() as it:
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        for keys in (
            {"destination": 102},
            {"destination": " 102 "},
            {"destination": "102", "data": ""},
            {"destination": "102", "data": None, "trace": 5},
        ):
            assert await it.ask("makecall", idempotencykey="k", **keys) == first
        assert code(await it.ask("makecall", destination="102", data="x", idempotencykey="k")) == 2106
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_server_that_takes_no_new_work_gives_outcomes_that_there_are() -> None:
    """Its client would go to another server otherwise, which may know nothing of the key, and dial again."""
    async with house(FakeBackend(calls={"103": {50: "connect"}}, parties={50: ["103", "104"]})) as it:
        await it.client("103")
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.MakeCall] = gate
        under_way = asyncio.create_task(it.ask("makecall", "104", destination="102", idempotencykey="way"))
        await settled()
        it.service.drain(lambda: None)
        again = asyncio.create_task(it.ask("makecall", "104", destination="102", idempotencykey="way"))
        assert await it.ask("makecall", destination="102", idempotencykey="k") == first
        for key in ({}, {"idempotencykey": "new"}):
            assert code(await it.ask("makecall", destination="102", **key)) == Own.DRAINING
        gate.set_result(PLAIN[call.MakeCall])
        assert (await under_way)["result"] == "success"
        assert await again == await under_way
        assert len(it.switch.services(call.MakeCall)) == 2


@on_loop
async def test_a_password_is_no_part_of_what_a_key_stands_for() -> None:
    """It would have to be written down to be compared."""
    async with house() as it:
        first = await it.ask("login", agentid="12345", passwd="67890", idempotencykey="k")
        assert first["result"] == "success"
        assert await it.ask("login", agentid="12345", passwd="other", idempotencykey="k") == first
        assert len(it.switch.services(query.SetAgentState)) == 1


@on_loop
async def test_a_duplicate_in_flight_waits_for_the_outcome() -> None:
    async with house() as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.MakeCall] = gate
        asks = [
            asyncio.create_task(it.ask("makecall", destination="102", idempotencykey="k", caller=Caller("rest")))
            for _ in range(3)
        ]
        await settled()
        assert not any(ask.done() for ask in asks)
        gate.set_exception(CstaFailure(F.RESOURCE_BUSY))
        assert [code(await ask) for ask in asks] == [F.RESOURCE_BUSY] * 3
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_request_that_was_never_asked_may_try_again() -> None:
    async with house(FakeBackend(link=LinkState.DOWN)) as it:
        assert code(await it.ask("makecall", destination="102", idempotencykey="k")) == Own.LINK_DOWN
        it.switch.link = LinkState.UP
        assert (await it.ask("makecall", destination="102", idempotencykey="k"))["result"] == "success"


@pytest.mark.parametrize("found", ["it", "nothing", "one from before", "two"])
@on_loop
async def test_an_outcome_that_nobody_knows_is_looked_up_and_never_dialled_again(found: str) -> None:
    async with house() as it:
        it.switch.answers[call.MakeCall] = LinkDown("cut")
        assert code(await it.ask("makecall", destination="102", idempotencykey="k")) == Own.LINK_DOWN
        if found != "nothing":
            it.switch.calls, it.switch.parties = {"101": {48: "connect"}}, {48: ["101", "102"]}
        if found == "one from before":
            it.switch.born[48] = START - 11
        if found == "two":
            it.switch.calls["101"][49], it.switch.parties[49] = "hold", ["101", "102"]
        again = await it.ask("makecall", destination="102", idempotencykey="k")
        if found == "it":
            assert (again["callid"], again["ucid"]) == ("48", it.switch.ucid(48))
        else:
            assert code(again) == Own.OUTCOME_UNKNOWN
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_consultation_whose_outcome_was_lost_is_found_as_well() -> None:
    switch = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "T48#1"]})
    async with house(switch) as it:
        switch.answers[call.ConsultationCall] = LinkDown("cut")
        assert code(await it.ask("consultation", destination="102", idempotencykey="k")) == Own.LINK_DOWN
        switch.calls["101"] = {48: "hold", 49: "connect"}
        switch.parties[49] = ["101", "102"]
        again = await it.ask("consultation", destination="102", idempotencykey="k")
        assert (again["primarycallid"], again["secondarycallid"], again["ucid"]) == ("48", "49", switch.ucid(49))
        assert len(switch.services(call.ConsultationCall)) == 1


@pytest.mark.parametrize("moment", ["waiting for its turn", "asking the switch"])
@on_loop
async def test_after_a_crash_what_was_not_asked_is_carried_out_and_what_was_asked_is_found_out(
    tmp_path: Path, moment: str
) -> None:
    path = tmp_path / "ivrsvr.db"
    switch = FakeBackend()
    async with house(switch, database=Database(path)) as it:
        never: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        switch.answers |= {call.MakeCall: never, query.SetDnd: never}
        asks = [asyncio.create_task(it.ask("setdonotdisturb", dnd="true"))] if "turn" in moment else []
        asks.append(asyncio.create_task(it.ask("makecall", destination="102", idempotencykey="k")))
        await settled()
        for ask in reversed(asks):
            ask.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        asked = len(switch.services(call.MakeCall))
        assert asked == ("asking" in moment)
    after = FakeBackend()
    if asked:
        after.calls, after.parties = {"101": {48: "connect"}}, {48: ["101", "102"]}
    async with house(after, database=Database(path)) as it:
        answers = [await it.ask("makecall", destination="102", idempotencykey="k") for _ in range(2)]
        assert [one["callid"] for one in answers] == ["48", "48"]
        assert asked + len(after.services(call.MakeCall)) == 1


class Halting(IdempotencyStore):
    """Lets others have a turn before and after everything that it writes: a process may end at any of these moments."""

    async def begin(self, key: str, request: str) -> Record | None:
        await asyncio.sleep(0)
        known = await super().begin(key, request)
        await asyncio.sleep(0)
        return known

    async def asked(self, key: str) -> bool:
        await asyncio.sleep(0)
        await super().asked(key)
        await asyncio.sleep(0)
        return True

    async def finish(self, key: str, request: str, outcome: str, owner: str = "") -> bool:
        await asyncio.sleep(0)
        await super().finish(key, request, outcome, owner)
        await asyncio.sleep(0)
        return True


@dataclass
class Calling(FakeBackend):
    """A switch that makes the call a moment after it was asked, and confirms it a moment later."""

    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        if not isinstance(pdu, call.MakeCall):
            return await super().request(pdu, private)
        self.asked.append(pdu)
        await asyncio.sleep(0)
        self.calls.setdefault("101", {})[48] = "connect"
        self.parties[48] = ["101", "102"]
        await asyncio.sleep(0)
        return Confirmation(call.MakeCallConf(newCall=ConnectionID(48, "101")), ATTMakeCallConf(ucid=self.ucid(48)))


@on_loop
async def test_a_crash_at_any_moment_makes_one_call_and_whoever_asks_again_gets_its_ids() -> None:
    request = {"request": "makecall", "extension": "101", "destination": "102", "idempotencykey": "k"}
    ended: list[int] = []
    for moment in range(40):
        switch, database, clock = Calling(), Database(memory=True), Clock(START)
        first = Service(switch, clock, keys=Halting(database, clock.wall))
        asking = asyncio.create_task(first.handle(request))
        for _ in range(moment):
            await asyncio.sleep(0)
        if asking.done():
            break
        asking.cancel()
        await asyncio.wait([asking])
        known = await IdempotencyStore(database, clock.wall).find("\x1fk")
        second = Service(switch, clock, keys=Halting(database, clock.wall))
        answers = await asyncio.gather(*(second.handle(request) for _ in range(3)))
        asked = len(switch.services(call.MakeCall))
        if known is not None and known.asked and not switch.calls:
            # It died between writing down that it asks and asking: that nobody can know.
            assert {code(one) for one in answers} == {Own.OUTCOME_UNKNOWN}
            assert asked <= 1
        else:
            assert {(one["callid"], one["ucid"]) for one in answers} == {("48", switch.ucid(48))}
            assert asked == 1
        ended.append(asked)
    else:
        raise AssertionError("it never ended")
    assert len(ended) > 8


@on_loop
async def test_a_link_that_is_lost_in_the_middle_of_a_request_does_not_free_its_key() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect", 49: "hold"}})) as it:

        def cleared_and_cut(*_: object) -> Confirmation:
            it.switch.link = LinkState.DOWN
            return PLAIN[call.ClearCall]

        it.switch.answers[call.ClearCall] = cleared_and_cut
        assert code(await it.ask("clearcall", idempotencykey="k")) == Own.LINK_DOWN
        it.switch.link = LinkState.UP
        assert code(await it.ask("clearcall", idempotencykey="k")) == Own.OUTCOME_UNKNOWN
        assert len(it.switch.services(call.ClearCall)) == 1


@on_loop
async def test_while_the_disk_is_full_keys_are_kept_in_memory_and_written_when_there_is_room(tmp_path: Path) -> None:
    database = open_database(tmp_path / "ivrsvr.db")
    async with house(database=database) as it:
        database.execute(f"pragma max_page_count={database.execute('pragma page_count').fetchone()[0]}")
        for number in range(60):  # until the pages that it has are full
            asked = await it.ask("makecall", destination="102", idempotencykey=f"k{number} {'x' * 200}")
            assert asked["result"] == "success"
        assert it.service.keys is not None
        store = it.service.keys.store
        assert "the disk is full" in store.failing
        for number in range(60):
            again = await it.ask("makecall", destination="102", idempotencykey=f"k{number} {'x' * 200}")
            assert again["result"] == "success"
        assert len(it.switch.services(call.MakeCall)) == 60
        database.execute("pragma max_page_count=100000")
        it.clock.advance(RETRY_S)
        await it.ask("makecall", destination="102", idempotencykey="after")
        assert store.failing == ""
        assert database.execute("select count(*) from tIdempotency where outcome <> ''").fetchone() == (61,)


@on_loop
async def test_after_a_day_the_key_is_free() -> None:
    async with house() as it:
        await it.ask("makecall", destination="102", idempotencykey="k")
        it.clock.advance(24 * 3600)
        await it.ask("makecall", destination="103", idempotencykey="k")
        assert len(it.switch.services(call.MakeCall)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, True, None, ["k"], {}])
@on_loop
async def test_a_malformed_key_is_refused(key: object) -> None:
    async with house() as it:
        assert code(await it.ask("makecall", destination="102", idempotencykey=key)) == F.MISTYPED_ARGUMENT_REJECTION
        assert it.switch.asked == []


@on_loop
async def test_a_monitor_that_is_stopped_again_by_key_is_not_taken_from_who_began_it_meanwhile() -> None:
    async with house() as it:
        stop = {"request": "stopmonitor", "extension": "101", "idempotencykey": "stop"}
        rest = Caller(door="rest")
        await it.service.handle({"request": "startmonitor", "extension": "101", "idempotencykey": "one"}, rest)
        first = await it.service.handle(stop, rest)
        assert len(it.service.monitors) == 0
        again = await it.service.handle({"request": "startmonitor", "extension": "101", "idempotencykey": "two"}, rest)
        assert again["result"] == "success"
        assert await it.service.handle(stop, rest) == first
        assert len(it.service.monitors) == 1


def _the_server_dies(*_: object) -> Confirmation:
    raise asyncio.CancelledError


@on_loop
async def test_a_monitor_whose_start_was_cut_short_by_a_crash_is_started(tmp_path: Path) -> None:
    request = {"request": "startmonitor", "extension": "101", "idempotencykey": "k"}
    before = FakeBackend()
    before.answers[MonitorDevice] = _the_server_dies
    async with house(before, database=open_database(tmp_path / "ivrsvr.db")) as it:
        with pytest.raises(asyncio.CancelledError):
            await it.service.handle(request, Caller(door="rest"))
    async with house(FakeBackend(), database=open_database(tmp_path / "ivrsvr.db")) as it:
        assert (await it.service.handle(request, Caller(door="rest")))["result"] == "success"
        assert len(it.service.monitors) == 1


@on_loop
async def test_a_connection_starts_and_stops_its_monitor_as_often_as_it_asks_whatever_the_key() -> None:
    async with house() as it:
        for _ in range(2):  # two connections, one after the other, of a program that uses its keys again
            subscriber = it.service.subscribe("ws")
            caller = Caller(door="ws", subscriber=subscriber)
            for _ in range(2):
                started = {"request": "startmonitor", "extension": "101", "idempotencykey": "k"}
                assert (await it.service.handle(started, caller))["result"] == "success"
                assert [list(monitor.owners) for monitor in it.service.monitors] == [[subscriber]]
            assert len(it.switch.services(MonitorDevice)) == 1
            it.switch.asked.clear()
            for _ in range(2):
                await it.service.handle({"request": "stopmonitor", "extension": "101", "idempotencykey": "k"}, caller)
                assert len(it.service.monitors) == 0
            it.service.unsubscribe(subscriber)


@on_loop
async def test_queries_need_no_key() -> None:
    async with house() as it:
        for _ in range(2):
            await it.ask("snapshot", idempotencykey="k")
        assert len(it.switch.asked) == 2


@on_loop
async def test_old_keys_are_purged() -> None:
    now = 0.0
    store = IdempotencyStore(Database(memory=True), lambda: now, ttl_s=10)
    await store.begin("a", "{}")
    now = 5.0
    await store.begin("b", "{}")
    now = 10.0
    assert store.purge() == 1
    assert await store.find("a") is None
    assert await store.find("b") is not None
