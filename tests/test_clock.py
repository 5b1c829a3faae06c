"""The clock: order of timers, virtual and real time, waiting on it."""

import asyncio

import pytest

from ivrsvr.clock import SWEEP_FROM, Clock


def test_timers_run_in_order_of_time_and_then_of_setting() -> None:
    clock = Clock(0)
    ran: list[str] = []
    for name, when in (("c", 3), ("a1", 1), ("b", 2), ("a2", 1)):
        clock.call_at(when, lambda name=name: ran.append(f"{name}@{clock.now():g}"))  # type: ignore[misc]
    clock.advance(2)
    assert ran == ["a1@1", "a2@1", "b@2"]
    clock.advance(1)
    assert ran[-1] == "c@3"


def test_a_timer_may_set_another_one_within_the_same_advance() -> None:
    clock = Clock(0)
    ran: list[float] = []

    def again() -> None:
        ran.append(clock.now())
        if clock.now() < 5:
            clock.call_later(2, again)

    clock.call_later(1, again)
    clock.advance(10)
    assert ran == [1, 3, 5]
    assert clock.now() == 10


def test_a_cancelled_timer_never_runs_and_does_not_stay() -> None:
    clock = Clock(0)
    keep = clock.call_at(1000, lambda: None)
    for _ in range(10 * SWEEP_FROM):
        clock.call_at(500, lambda: None).cancel()
    assert len(clock._timers) < 3 * SWEEP_FROM
    assert clock.next_when() == 1000
    keep.cancel()
    keep.cancel()
    assert clock.next_when() is None


def test_virtual_time_stands_and_goes_forward_only() -> None:
    clock = Clock(100)
    assert clock.now() == clock.now() == 100
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(99)


def test_the_rate_of_real_time_is_above_nothing() -> None:
    clock = Clock(0)
    with pytest.raises(ValueError, match="rate"):
        clock.set_mode("real", 0)


def test_the_present_goes_on_from_where_the_mode_changed() -> None:
    clock = Clock(1000)
    clock.set_mode("real", rate=1000)
    clock.set_mode("virtual")
    moved = clock.now()
    assert moved >= 1000
    assert clock.now() == moved


def test_a_timeout_raises_on_this_clocks_time_only() -> None:
    clock = Clock(0)

    async def wait() -> str:
        try:
            async with clock.timeout(8):
                await asyncio.get_running_loop().create_future()
        except TimeoutError:
            return f"gave up at {clock.now():g}"
        return "never"

    async def main() -> str:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        clock.advance(7.9)
        await asyncio.sleep(0)
        assert not task.done()
        clock.advance(0.1)
        return await task

    assert asyncio.run(main()) == "gave up at 8"


def test_a_timeout_that_is_not_reached_leaves_no_timer() -> None:
    clock = Clock(0)

    async def main() -> None:
        async with clock.timeout(8):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert clock.next_when() is None


def test_cancelling_a_task_within_a_timeout_stays_a_cancellation() -> None:
    clock = Clock(0)

    async def wait() -> None:
        async with clock.timeout(8):
            await asyncio.get_running_loop().create_future()

    async def main() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert clock.next_when() is None


def test_sleeping_ends_when_its_time_has_come() -> None:
    clock = Clock(0)

    async def main() -> float:
        task = asyncio.create_task(clock.sleep(3))
        await asyncio.sleep(0)
        clock.advance(3)
        await task
        return clock.now()

    assert asyncio.run(main()) == 3


def test_the_driver_runs_timers_of_real_time_and_wakes_for_earlier_ones() -> None:
    clock = Clock(0, mode="real")
    clock.set_mode("real", rate=1000)

    async def main() -> list[str]:
        ran: list[str] = []
        done = asyncio.Event()

        def soon() -> None:
            ran.append("soon")
            done.set()

        driver = asyncio.create_task(clock.run())
        clock.call_later(3600, lambda: ran.append("late"))
        await asyncio.sleep(0)
        clock.call_later(1, soon)
        await done.wait()
        driver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await driver
        return ran

    assert asyncio.run(main()) == ["soon"]


def test_the_same_seed_gives_the_same_randomness() -> None:
    assert [Clock(0, seed=7).random.random() for _ in range(3)] == [Clock(0, seed=7).random.random() for _ in range(3)]
    assert Clock(0, seed=7).random.random() != Clock(0, seed=8).random.random()


def test_the_time_of_day_may_be_set_and_what_is_measured_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivrsvr.clock.time.time", lambda: 1000.0)
    real, started = Clock(mode="real"), Clock(5000, mode="real")
    before = real.now()
    monkeypatch.setattr("ivrsvr.clock.time.time", lambda: 400.0)
    assert real.wall() == 400.0
    assert before <= real.now() < before + 60
    assert started.wall() >= 5000
    real.set_mode("real", rate=2)
    assert real.wall() >= before
    assert Clock(7).wall() == 7
