"""A site's own class for user data: whatever it does fails one look-up, in time, and nothing else."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ivrsvr.clock import Clock
from ivrsvr.store.userdata import UserDataError, UserDataTimeout
from ivrsvr.store.userdata_plugin import THREADS, WAITING_MOST, PluginUserData
from tests.service.fake import on_loop, settled


class Site:
    """A plug-in whose `get` is given."""

    def __init__(self, get: Callable[[str], Any]) -> None:
        self.get = get
        self.closed = False

    def open(self, configstring: str) -> None:
        if configstring == "wrong":
            raise ValueError("there is no such database")

    def set(self, data: str) -> Any:
        return data

    def update(self, key: str, _data: str) -> Any:
        return key == "known"

    def close(self) -> None:
        self.closed = True


class AsyncSite(Site):
    """One whose `get` is a coroutine that is never done, and does not care that it is cancelled."""

    def __init__(self) -> None:
        super().__init__(str)
        self.free = threading.Event()
        self.begun = threading.Semaphore(0)

    async def hang(self, _key: str) -> str:
        self.begun.release()
        while not self.free.is_set():
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                continue
        return "late"

    async def block(self, _key: str) -> str:
        self.begun.release()
        self.free.wait()
        return "late"


def plugin(site: Site, clock: Clock | None = None) -> PluginUserData:
    return PluginUserData("site", site, clock or Clock(0.0), data_most=100, limit_s=1.0)


def leave(_key: str) -> str:
    raise SystemExit("bye")


@pytest.mark.parametrize(
    ("get", "said"),
    [
        (lambda _: 1 / 0, "ZeroDivisionError"),
        (lambda _: [][0], "IndexError"),
        (leave, "SystemExit"),
        (lambda _: 7, "gave int"),
        (lambda _: b"octets", "gave bytes"),
        (lambda _: "x" * 101, "101 octets; ivr_custdatamaxsize is 100"),
        (lambda _: "é" * 51, "102 octets"),
        (lambda _: "\ud800", "half a character"),
    ],
)
@on_loop
async def test_what_goes_wrong_is_told_and_the_next_look_up_goes_well(get: Callable[[str], Any], said: str) -> None:
    site = Site(get)
    it = plugin(site)
    with pytest.raises(UserDataError, match=said):
        await it.get("key")
    site.get = lambda key: f"text of {key}"
    assert await it.get("key") == "text of key"
    site.get = lambda _: None
    assert await it.get("key") is None
    await it.close()
    assert site.closed


@pytest.mark.parametrize("key", ["", "x" * 97, "é", "a\nb"])
@on_loop
async def test_a_key_must_fit_into_uui(key: str) -> None:
    it = plugin(Site(str))
    with pytest.raises(UserDataError, match="printable ASCII"):
        await it.set(key)
    assert await it.set("k1") == "k1"
    assert [await it.update("known", "x"), await it.update("other", "x")] == [True, False]
    await it.close()


@on_loop
async def test_one_that_cannot_be_opened_says_why() -> None:
    it = plugin(Site(str))
    with pytest.raises(UserDataError, match="open: ValueError: there is no such database"):
        await it.open("wrong")
    await it.open("right")
    await it.close()


@on_loop
async def test_methods_that_hang_are_given_up_and_cost_a_thread_until_they_come_back() -> None:
    clock, free = Clock(0.0), threading.Event()
    running = threading.Semaphore(0)

    def hang(key: str) -> str:
        running.release()
        free.wait()
        return key

    site = Site(hang)
    it = plugin(site, clock)
    waiting = [asyncio.create_task(it.get(str(n))) for n in range(THREADS + WAITING_MOST)]
    await settled()
    for _ in range(THREADS):
        assert await asyncio.to_thread(running.acquire, timeout=10)
    with pytest.raises(UserDataError, match="too many calls wait"):
        await it.get("one more")
    clock.advance(1)
    for one in waiting:
        with pytest.raises(UserDataTimeout, match="did not come back within 1 s"):
            await one
    assert it.hanging == THREADS + WAITING_MOST
    free.set()
    site.get = lambda key: f"text of {key}"
    while it.hanging:
        await asyncio.to_thread(time.sleep, 0)
    assert await it.get("key") == "text of key"
    await it.close()


@pytest.mark.parametrize("how", ["hang", "block"])
@on_loop
async def test_coroutines_that_hang_are_given_up_even_where_they_do_not_care(how: str) -> None:
    """They ignore that they are cancelled, or block their loop altogether: that is not the server's."""
    clock = Clock(0.0)
    site = AsyncSite()
    site.get = getattr(site, how)
    it = plugin(site, clock)
    waiting = [asyncio.create_task(it.get(str(n))) for n in range(THREADS)]
    await settled()
    assert await asyncio.to_thread(site.begun.acquire, timeout=10)
    clock.advance(1)
    for one in waiting:
        with pytest.raises(UserDataTimeout):
            await one
    with pytest.raises(UserDataError, match="hang"):
        await it.get("one more")
    site.free.set()
    while it.hanging:
        await asyncio.to_thread(time.sleep, 0)
    assert await it.get("key") == "late"
    await it.close()


@on_loop
async def test_a_coroutine_that_wants_to_end_the_process_fails_alone() -> None:
    async def leave_async(_key: str) -> str:
        raise SystemExit("bye")

    site = Site(str)
    site.get = leave_async
    it = plugin(site)
    with pytest.raises(UserDataError, match="SystemExit: bye"):
        await it.get("key")
    await it.close()
