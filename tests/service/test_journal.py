"""The journal: what a client that comes back is given, in memory and with a file behind it, whatever happens to it."""

import asyncio
import json
import os
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrsvr.assembly.journal import open_journal
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.backends.base import Confirmation, LinkState
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.portrait import draw, restore
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.monitor import SnapshotDevice
from ivrsvr.service import journal as module
from ivrsvr.service.journal import Journal
from ivrsvr.service.service import Options, Service
from ivrsvr.store import journal as store
from ivrsvr.store.database import open_database
from ivrsvr.store.journal import Bounds, JournalError, JournalFile, Record, Wanted
from tests.service.fake import START, Client, FakeBackend, House, house, on_loop, settled
from tests.service.test_monitors import cleared, delivered, held

Adds = Callable[..., None]


def add(journal: Journal, device: str, *, eventtype: str = "hold", ucid: str = "", ucids: tuple[str, ...] = ()) -> None:
    number = journal.last + 1
    journal.add(Record(number, device, eventtype, f"{number}", journal._clock.now(), ucid, ucids))


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    journal = filed(tmp_path / "j", Clock(START))
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    del journal


async def texts(journal: Journal, since: int, epoch: str = "", device: str = "101") -> list[str] | None:
    found = await journal.since((device,), since, epoch or journal.epoch)
    return None if found is None else [record.text for record in found]


def filed(path: Path, clock: Clock, *, most: int = 10_000, **bounds: float) -> Journal:
    kept = Bounds(int(bounds.get("events", 1000)), bounds.get("age_s", 1e6), int(bounds.get("size", 0)))
    return Journal(clock, JournalFile(path, f"{int(clock.now() * 1000):x}", bounds=kept), most=most)


async def stopped(journal: Journal) -> None:
    journal.stop()
    await journal.run()


@on_loop
async def test_in_memory_it_is_bounded_by_count_and_age_and_knows_what_it_has_lost() -> None:
    clock = Clock(START)
    journal = Journal(clock, most=3, age_s=10)
    assert await texts(journal, 0) == []
    for device in ("101", "102", "", "101"):
        add(journal, device)
        clock.advance(1)
    assert len(journal) == 3
    assert await texts(journal, 1) == ["3", "4"]
    assert await texts(journal, 3) == ["4"]
    assert await texts(journal, 4) == []
    assert [await texts(journal, 0), await texts(journal, 5), await texts(journal, 1, "another")] == [None] * 3
    clock.advance(7.5)
    assert await texts(journal, 1) is None
    assert await texts(journal, 2) == ["3", "4"]
    clock.advance(10)
    assert await texts(journal, 3) is None
    assert [await texts(journal, 4), len(journal)] == [[], 0]


@on_loop
async def test_numbers_and_epoch_survive_a_restart_in_order(tmp_path: Path) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock)
    for device in ("101", "102", "", "101"):
        add(journal, device)
    await stopped(journal)
    clock.advance(60)
    again = filed(tmp_path / "j", clock)
    assert (again.epoch, again.last) == (journal.epoch, 4)
    assert await texts(again, 1) == ["3", "4"]
    add(again, "101")
    assert await texts(again, 3) == ["4", "5"]
    await stopped(again)


@on_loop
async def test_after_a_crash_no_number_is_given_twice_and_what_may_be_lost_is_a_gap(tmp_path: Path) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock)
    add(journal, "101")
    await journal.flush()
    add(journal, "101")  # sent, never written
    crash(journal)
    again = filed(tmp_path / "j", clock)
    assert again.epoch == journal.epoch
    assert again.last >= 2
    assert [await texts(again, since) for since in (0, 1, 2)] == [None] * 3
    began = again.last
    add(again, "101")
    assert await texts(again, began) == [str(began + 1)]
    crash(again)


def crash(journal: Journal) -> None:
    """The process is gone: nothing is closed in order."""
    shelf = journal._shelf
    assert isinstance(shelf, JournalFile)
    shelf._drop()


@on_loop
async def test_what_is_no_longer_in_memory_comes_from_the_file_and_nothing_twice(tmp_path: Path) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock, most=5)
    for number in range(40):
        add(journal, "101" if number % 2 else "102")
        if number in (12, 30):
            await journal.flush()
    for since in range(41):
        assert await texts(journal, since) == [str(n) for n in range(since + 1, 41) if n % 2 == 0], since
    assert len(journal) >= 5
    await stopped(journal)


@on_loop
async def test_the_file_is_bounded_by_count_age_and_size(tmp_path: Path) -> None:
    clock = Clock(START)
    by_count = filed(tmp_path / "count", clock, most=1, events=10)
    for _ in range(25):
        add(by_count, "101")
        await by_count.flush()
    assert await texts(by_count, 14) is None
    assert len(await texts(by_count, 15) or []) == 10
    by_age = filed(tmp_path / "age", clock, most=1, age_s=10)
    for _ in range(30):
        add(by_age, "101")
        clock.advance(1)
        await by_age.flush()
    assert [await texts(by_age, 10), len(await texts(by_age, 20) or [])] == [None, 10]
    by_size = filed(tmp_path / "size", clock, most=1, events=10**9, size=200_000)
    for _ in range(20):
        for _ in range(200):
            number = by_size.last + 1
            by_size.add(Record(number, "101", "hold", f"{number} {'x' * 300}", clock.now()))
        await by_size.flush()
    assert (tmp_path / "size").stat().st_size < 600_000
    assert await texts(by_size, 0) is None
    assert await texts(by_size, by_size.last - 10) is not None
    for journal in (by_count, by_age, by_size):
        await stopped(journal)


@on_loop
async def test_when_all_is_forgotten_a_restart_does_not_take_it_for_nothing_missed(tmp_path: Path) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock, age_s=10)
    add(journal, "101")
    await journal.flush()
    clock.advance(60)
    add(journal, "102")
    await journal.flush()
    await stopped(journal)
    again = filed(tmp_path / "j", clock)
    assert [await texts(again, 0), await texts(again, 1)] == [None, []]
    await stopped(again)


@on_loop
async def test_one_that_missed_too_much_is_told_of_the_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLAY_MOST", 20)
    monkeypatch.setattr(module, "PAGE", 7)
    journal = filed(tmp_path / "j", Clock(START), most=3)
    for _ in range(40):
        add(journal, "101")
    await journal.flush()
    assert [await texts(journal, 19), len(await texts(journal, 20) or [])] == [None, 20]
    await stopped(journal)


# ---- bad days


@on_loop
async def test_a_full_disk_loses_nothing_while_memory_lasts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock, most=3)
    running = asyncio.create_task(journal.run())
    shelf = journal._shelf
    assert isinstance(shelf, JournalFile)
    assert shelf._connection is not None
    pages = shelf._connection.execute("pragma page_count").fetchone()[0]
    shelf._connection.execute(f"pragma max_page_count={pages}")
    for _ in range(500):
        add(journal, "101")
    await passed(clock, module.FLUSH_S)
    assert "the disk is full" in journal.failing
    assert journal.unwritten == 500
    assert "the disk is full" in caplog.text
    assert len(await texts(journal, 0) or []) == 500
    assert len(await journal.history(Wanted(devices=["101"]))) == 500
    shelf._connection.execute("pragma max_page_count=100000")
    await passed(clock, module.RETRY_S)
    assert (journal.failing, journal.unwritten, len(journal)) == ("", 0, 3)
    assert len(await texts(journal, 0) or []) == 500
    journal.stop()
    await running


@on_loop
async def test_a_server_that_ends_and_starts_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Events are kept in memory then, under an epoch of their own; the file is as it was."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    clock, settings = Clock(START), Settings(db=str(tmp_path / "a.db"))
    first = open_journal(settings, clock)
    assert isinstance(first, Journal)
    add(first, "101")
    with monkeypatch.context() as disk:
        disk.setattr(JournalFile, "write", lambda *_: (_ for _ in ()).throw(JournalError("the disk is full")))
        await stopped(first)
        assert "1 events could not be written: who missed them is told of a gap" in caplog.text
    clock.advance(1)
    with monkeypatch.context() as disk:
        disk.setattr(JournalFile, "_open", full)
        second = open_journal(settings, clock)
    assert isinstance(second, Journal)
    assert "the disk is full" in second.failing
    assert second.about.startswith("cannot be written: ")
    assert "events are kept in memory only" in caplog.text
    add(second, "101")
    assert await texts(second, 0) == ["1"]
    assert await texts(second, 0, first.epoch) is None
    await stopped(second)
    third = open_journal(settings, clock)
    assert isinstance(third, Journal)
    assert third.epoch == first.epoch != second.epoch
    await stopped(third)


@on_loop
async def test_a_full_disk_for_too_long_is_a_gap_and_ends_out_of_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNWRITTEN_MOST", 10)
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock, most=3)
    shelf = journal._shelf
    assert isinstance(shelf, JournalFile)
    assert shelf._connection is not None
    shelf._connection.execute("pragma max_page_count=1")
    shelf._connection.execute("pragma query_only=on")
    for _ in range(20):
        add(journal, "101")
    assert [await texts(journal, 9), await texts(journal, 10)] == [None, [str(n) for n in range(11, 21)]]
    await stopped(journal)
    again = filed(tmp_path / "j", clock)
    assert await texts(again, 20) is None
    await stopped(again)


async def passed(clock: Clock, seconds: float) -> None:
    clock.advance(seconds)
    await settled()


@on_loop
async def test_a_file_that_is_deleted_begins_anew_with_the_same_numbers(tmp_path: Path) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock, most=2)
    for _ in range(5):
        add(journal, "101")
    await journal.flush()
    for name in ("j", "j-wal"):
        os.unlink(tmp_path / name)
    add(journal, "101")
    await journal.flush()
    assert (tmp_path / "j").exists()
    assert [await texts(journal, 4), await texts(journal, 5)] == [None, ["6"]]
    await stopped(journal)
    again = filed(tmp_path / "j", clock)
    assert [again.epoch, again.last, await texts(again, 5), await texts(again, 4)] == [journal.epoch, 6, ["6"], None]
    await stopped(again)


@pytest.mark.parametrize("damage", [b"this is no database", b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 4096])
@on_loop
async def test_a_damaged_file_is_moved_aside_and_clients_are_told(tmp_path: Path, damage: bytes) -> None:
    clock = Clock(START)
    path = tmp_path / "j"
    journal = filed(path, clock)
    add(journal, "101")
    await stopped(journal)
    path.write_bytes(damage)
    clock.advance(1)
    again = filed(path, clock)
    assert again.epoch != journal.epoch
    assert await texts(again, 1, journal.epoch) is None
    assert (tmp_path / "j.damaged").read_bytes() == damage
    add(again, "101")
    await again.flush()
    assert await texts(again, 0) == ["1"]
    await stopped(again)


def test_what_was_never_a_journal_stays_where_it_is(tmp_path: Path) -> None:
    """Somebody named the wrong file: nothing is moved away, nothing written into it."""

    def told(place: str) -> str:
        before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
        with pytest.raises(ConfigurationError) as refused:
            open_journal(replace(Settings(db=str(tmp_path / "a.db")), ivr_journal=place), Clock(START))
        assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
        return str(refused.value)

    (tmp_path / "notes").write_text("to be kept")
    os.mkfifo(tmp_path / "pipe")
    open_database(tmp_path / "a.db").close()
    assert told(str(tmp_path / "notes")).endswith(
        "it is no journal; name another file with ivr_journal, or move that one away"
    )
    assert "it is no journal" in told(str(tmp_path / "pipe"))
    assert "it is the database of something else" in told(str(tmp_path / "a.db"))
    assert "it cannot be written" in told(str(tmp_path))


@on_loop
async def test_two_servers_do_not_share_a_file(tmp_path: Path) -> None:
    first = filed(tmp_path / "j", Clock(START))
    with pytest.raises(JournalError, match="another server uses this journal"):
        filed(tmp_path / "j", Clock(START))
    await stopped(first)


@on_loop
async def test_a_clock_that_goes_back_loses_nothing(tmp_path: Path) -> None:
    journal = filed(tmp_path / "j", Clock(START), age_s=100)
    for _ in range(3):
        add(journal, "101")
    await stopped(journal)
    again = filed(tmp_path / "j", Clock(START - 1000), age_s=100)
    add(again, "101")
    await again.flush()
    assert await texts(again, 0) == ["1", "2", "3", "4"]
    await stopped(again)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(["101", "102", "", "cover", "flush", "restart", "crash"]), max_size=40),
    since=st.integers(0, 30),
    most=st.integers(1, 6),
)
def test_it_gives_all_that_was_missed_or_says_that_it_cannot(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], since: int, most: int
) -> None:
    async def run() -> None:
        path, clock = tmp_path_factory.mktemp("j") / "j", Clock(START)
        journal = filed(path, clock, most=most)
        sent: list[tuple[int, str]] = []
        for step in steps:
            if step == "flush":
                await journal.flush()
            elif step == "restart":
                await stopped(journal)
                journal = filed(path, clock, most=most)
            elif step == "crash":
                crash(journal)
                journal = filed(path, clock, most=most)
            elif step == "cover":
                journal.uncover("103")
                assert journal.cover("103") == journal.last
            else:
                add(journal, step)
                assert not sent or journal.last > sent[-1][0]
                sent.append((journal.last, step))
        found = await texts(journal, since)
        expected = [str(number) for number, device in sent if number > since and device in ("101", "")]
        assert found is None or found == expected
        if "crash" not in steps and since <= journal.last:
            assert found == expected
        crash(journal)

    asyncio.run(run())


@on_loop
async def test_monitors_that_come_and_go_without_an_event_use_numbers_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RESERVED_AHEAD", 10)
    journal = filed(tmp_path / "j", Clock(START))
    for _ in range(30):
        began = journal.cover("101")
        journal.uncover("101")
        await journal.flush()
    crash(journal)
    again = filed(tmp_path / "j", Clock(START))
    assert again.last >= began == 30
    crash(again)


# ---- calls and history


@pytest.mark.parametrize("stored", [False, True])
@on_loop
async def test_the_life_of_a_call_goes_across_its_ucids(tmp_path: Path, stored: bool) -> None:
    journal = filed(tmp_path / "j", Clock(START)) if stored else Journal(Clock(START))
    for ucid, ucids in (("A", ()), ("B", ()), ("C", ()), ("B", ("A", "B")), ("D", ("B", "D")), ("D", ())):
        add(journal, "101", ucid=ucid, ucids=ucids)
    for name in "ABD":
        assert [one.text for one in await journal.of_call(name, 100)] == ["1", "2", "4", "5", "6"]
    assert [one.text for one in await journal.of_call("C", 100)] == ["3"]
    assert await journal.of_call("E", 100) == []
    await stopped(journal)


@on_loop
async def test_a_ucid_leads_to_a_call_as_long_as_an_event_says_so(tmp_path: Path) -> None:
    """Although the event that said so first is forgotten."""
    journal = filed(tmp_path / "j", Clock(START), events=3)
    for ucid, ucids in (("A", ()), ("B", ("A", "B")), ("B", ("A", "B")), ("B", ("A", "B")), ("B", ("A", "B"))):
        add(journal, "101", ucid=ucid, ucids=ucids)
        await journal.flush()
    assert [one.text for one in await journal.of_call("A", 100)] == ["3", "4", "5"]
    await stopped(journal)


@pytest.mark.parametrize("stored", [False, True])
@on_loop
async def test_history_is_narrowed_by_device_type_time_and_amount(tmp_path: Path, stored: bool) -> None:
    clock = Clock(START)
    journal = filed(tmp_path / "j", clock) if stored else Journal(clock)
    for number in range(8):
        add(journal, "101" if number % 2 else "102", eventtype="hold" if number < 4 else "idle")
        clock.advance(1)

    async def found(**wanted: object) -> str:
        return "".join(one.text for one in await journal.history(Wanted(**wanted)))  # type: ignore[arg-type]

    assert await found() == "12345678"
    assert await found(devices=["101"]) == "2468"
    assert await found(devices=["101"], eventtypes=["idle"]) == "68"
    assert await found(since=START + 2, until=START + 4) == "345"
    assert [await found(most=3), await found(most=3, latest=True)] == ["123", "678"]
    await stopped(journal)


# ---- a service on it


async def on_file(path: Path, switch: FakeBackend, clock: Clock, work: Callable[[House], Awaitable[None]]) -> None:
    """One life of a server on a journal file."""
    service = Service(switch, clock, options=Options(linger_s=30), journal=filed(path, clock))
    await service.start()
    await settled()
    try:
        await work(House(service, switch, clock))
    finally:
        await service.stop()


@on_loop
async def test_a_client_that_is_cut_off_finds_its_monitor_again_and_misses_nothing() -> None:
    clock, switch = Clock(START), FakeBackend()
    service = Service(switch, clock, options=Options(linger_s=30))
    await service.start()
    it = House(service, switch, clock)
    client = await it.client("101")
    switch.report("101", held())
    (first,) = await client.events()
    service.unsubscribe(client.subscriber)
    await settled()
    switch.report("101", cleared("101", delivered().localConnectionInfo))
    await settled()
    again = await it.client()
    assert (await again.ask("startmonitor", since=first["eventid"], epoch=first["epoch"]))["result"] == "success"
    assert [one.get("eventtype") for one in again.messages()] == [None, "disconnect", "resumed"]
    service.unsubscribe(again.subscriber)
    await settled()
    clock.advance(31)
    await settled()
    assert len(service.monitors) == 0
    await service.stop()


@on_loop
async def test_across_a_restart_a_client_learns_what_it_missed_before_during_and_after(tmp_path: Path) -> None:
    clock, switch = Clock(START), FakeBackend(calls={"101": {}}, parties={48: ["102", "101"], 49: ["103", "101"]})
    seen: list[dict[str, object]] = []

    async def before(it: House) -> None:
        client = await it.client("101")
        it.switch.report("101", delivered())
        seen.extend(await client.events())
        it.service.unsubscribe(client.subscriber)
        await settled()
        it.switch.calls["101"] = {48: "hold"}
        it.switch.report("101", held())
        await settled()

    async def after(it: House) -> None:
        (last,) = seen
        client = await it.client()
        assert (await client.ask("startmonitor", since=last["eventid"], epoch=last["epoch"]))["result"] == "success"
        told = [one for one in client.messages() if one["msgtype"] == "event"]
        assert [(one["eventtype"], one.get("callid"), one.get("synthetic", False)) for one in told] == [
            ("hold", 48, False),
            ("disconnect", 48, True),
            ("idle", None, True),
            ("offer", 49, True),
            ("resumed", None, False),
        ]
        assert told[0]["epoch"] == last["epoch"]
        it.switch.report("101", held("101", 49))
        assert [one["callid"] for one in await client.events()] == [49]

    await on_file(tmp_path / "j", switch, clock, before)
    switch.calls["101"] = {49: "alert"}
    switch = FakeBackend(calls=switch.calls, parties=switch.parties)
    clock.advance(5)
    await on_file(tmp_path / "j", switch, clock, after)


@on_loop
async def test_the_return_of_many_monitors_after_a_restart_is_told_in_few_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, stations = Clock(START), tuple(str(number) for number in range(100, 140))

    async def before(it: House) -> None:
        client = await it.client(*stations)
        it.service.unsubscribe(client.subscriber)
        await settled()
        caplog.clear()

    async def after(it: House) -> None:
        for _ in range(10):
            await settled()
        assert it.service.monitors.running == len(stations)

    caplog.set_level("INFO", "ivrsvr.service.monitors")
    await on_file(tmp_path / "j", FakeBackend(stations=stations), clock, before)
    caplog.clear()
    await on_file(tmp_path / "j", FakeBackend(stations=stations), clock, after)
    told = [one.getMessage() for one in caplog.records if one.name == "ivrsvr.service.monitors"]
    tenths = [f"{number} of 40 monitors have been started again" for number in range(4, 40, 4)]
    assert told == [
        "starting the 40 monitors of the former life again, 50 at a time",
        *tenths,
        "40 of 40 monitors are back",
    ]


@on_loop
async def test_the_link_may_be_down_when_the_server_starts_again(tmp_path: Path) -> None:
    clock, switch = Clock(START), FakeBackend(calls={"101": {48: "alert"}}, parties={48: ["102", "101"]})
    last: list[dict[str, object]] = []

    async def before(it: House) -> None:
        client = await it.client("101")
        it.switch.report("101", delivered())
        last.extend(await client.events())

    async def after(it: House) -> None:
        it.switch.change_link(LinkState.UP)
        await settled()
        client = await it.client()
        await client.ask("startmonitor", since=last[0]["eventid"], epoch=last[0]["epoch"])
        told = [one["eventtype"] for one in client.messages() if one["msgtype"] == "event"]
        assert told == ["linkup", "disconnect", "idle", "resumed"] or told == ["disconnect", "idle", "resumed"]

    await on_file(tmp_path / "j", switch, clock, before)
    await on_file(tmp_path / "j", FakeBackend(link=LinkState.DOWN), clock, after)


@pytest.mark.parametrize("calls", ["{}", "[1]", '[{"callid":"x"}]', '[{"callid":1}]', "not json"])
@on_loop
async def test_a_portrait_that_cannot_be_read_is_a_gap_and_no_end(tmp_path: Path, calls: str) -> None:
    clock = Clock(START)

    async def before(it: House) -> None:
        await it.client("101")

    async def after(it: House) -> None:
        client = await it.client("101")
        it.switch.report("101", held())
        assert [one["eventtype"] for one in await client.events()] == ["hold"]

    await on_file(tmp_path / "j", FakeBackend(), clock, before)
    with sqlite3.connect(tmp_path / "j") as connection:
        connection.execute("update cover set calls = ?", [calls])
    connection.close()
    await on_file(tmp_path / "j", FakeBackend(), clock, after)


@on_loop
async def test_a_snapshot_that_a_report_overtakes_is_taken_again() -> None:
    """The link comes back; while the snapshot is on its way, the call ends."""
    clock, switch = Clock(START), FakeBackend(calls={"101": {48: "alert"}}, parties={48: ["102", "101"]})
    service = Service(switch, clock)
    await service.start()
    client = await House(service, switch, clock).client("101")
    switch.report("101", delivered())
    await client.events()
    switch.change_link(LinkState.DOWN)
    await settled()
    asked = 0

    async def overtaken(it: FakeBackend) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            it.report("101", cleared("101", delivered().localConnectionInfo.__class__.CS_NULL))
            it.calls["101"] = {}
            await settled()

    original = switch.request

    async def request(pdu: object, private: object = None) -> object:
        confirmation = await original(pdu, private)
        if type(pdu).__name__ == "SnapshotDevice":
            await overtaken(switch)
        return confirmation

    switch.request = request  # type: ignore[method-assign,assignment]
    switch.change_link(LinkState.UP)
    await settled()
    told = await client.events()
    assert [one["eventtype"] for one in told] == ["disconnect", "idle"]
    assert asked == 2
    assert service.model.calls_of("101") == []
    await service.stop()


@on_loop
async def test_a_snapshot_that_is_further_than_the_reports_takes_nothing_from_them() -> None:
    """The call ends while a new monitor is looked at: its last event waits when the snapshot without it comes."""
    switch, looks = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["102", "101"]}), 0

    def look(_pdu: Any, _private: Any) -> Confirmation:
        nonlocal looks
        looks += 1
        if looks == 1:
            switch.report("101", delivered())
        elif looks == 2:
            switch.report("101", cleared("101", LocalConnectionState.CS_NULL))
            switch.calls["101"] = {}
        return switch.snapshot("101")

    switch.answers[SnapshotDevice] = look
    async with house(switch) as it:
        client = await it.client("101")
        assert [one["eventtype"] for one in await client.events()] == ["offer", "disconnect", "idle"]
        assert looks == 3


@on_loop
async def test_a_device_that_is_never_quiet_is_known_by_its_reports() -> None:
    """One call after the other comes and ends, each while it is looked at; another one was there before and stays."""
    switch, looks = FakeBackend(parties={20: ["103", "101"], 48: ["102", "101"]}), 0

    def look(_pdu: Any, _private: Any) -> Confirmation:
        nonlocal looks
        looks += 1
        switch.calls["101"] = {20: "hold", 48: "connect"}
        shown = switch.snapshot("101")
        switch.report("101", delivered())
        switch.report("101", cleared("101", LocalConnectionState.CS_NULL))
        switch.calls["101"] = {20: "hold"}
        return shown

    switch.answers[SnapshotDevice] = look
    async with house(switch) as it:
        await it.client("101")
        assert looks > 5
        assert [call.callID for call in it.service.model.watched_by("101")] == [20]


@on_loop
async def test_devices_of_one_call_are_each_told_what_they_missed() -> None:
    """What the first one's snapshot makes of the model takes nothing from the second."""
    clock = Clock(START)
    switch = FakeBackend(calls={"101": {48: "connect"}, "102": {48: "connect"}}, parties={48: ["102", "101"]})
    service = Service(switch, clock)
    await service.start()
    it = House(service, switch, clock)
    clients: list[Client] = [await it.client("101"), await it.client("102")]
    switch.change_link(LinkState.DOWN)
    await settled()
    switch.calls, switch.parties = {}, {}
    switch.change_link(LinkState.UP)
    await settled()
    for client in clients:
        told = await client.events()
        assert [one["eventtype"] for one in told] == ["disconnect", "idle"], told
        assert all(one["synthetic"] for one in told)
    assert not service.model.calls
    await service.stop()


@on_loop
async def test_a_portrait_gives_the_model_back() -> None:
    clock = Clock(START)
    switch = FakeBackend(calls={"101": {48: "connect", 49: "hold"}}, parties={48: ["102", "101"], 49: ["101", "T49#1"]})
    service = Service(switch, clock)
    await service.start()
    await House(service, switch, clock).client("101")
    drawn = json.loads(json.dumps(draw(service.model, "101")))
    again = CallModel()
    restore(again, "101", drawn)
    assert draw(again, "101") == drawn
    assert [one["callid"] for one in drawn] == [48, 49]
    assert [(one.deviceID, one.state) for one in again.calls[49].parties] == [
        (one.deviceID, one.state) for one in service.model.calls[49].parties
    ]
    await service.stop()
