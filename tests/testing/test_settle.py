"""Settling over real sockets."""

import asyncio
import os
import selectors
import socket
from collections.abc import Awaitable, Callable

import pytest

from ivrsvr.clock import Clock
from ivrsvr.testing import settle
from ivrsvr.testing.settle import NeverAtRest, Settling, in_flight


def run(work: Callable[[Settling], Awaitable[None]]) -> None:
    settling = Settling()

    async def main() -> None:
        await work(settling)

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(main())


def test_until_it_has_a_loop_it_holds_nothing_open() -> None:
    before = os.listdir("/dev/fd")
    made = [Settling() for _ in range(10)]
    assert len(os.listdir("/dev/fd")) == len(before), made


def test_an_exchange_over_sockets_is_over_when_it_has_settled() -> None:
    async def work(settling: Settling) -> None:
        got: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                number = int(line)
                if number:
                    writer.write(b"%d\n" % (number - 1))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())

        async def echo() -> None:
            while line := await reader.readline():
                got.append(line)
                writer.write(line)

        task = asyncio.create_task(echo())
        for _ in range(20):
            got.clear()
            writer.write(b"30\n")
            await settling.settle()
            assert got[-1] == b"0\n"
        writer.close()
        await settling.settle()
        server.close()
        task.cancel()

    run(work)


def test_megabytes_arrive_whole_before_it_has_settled() -> None:
    async def work(settling: Settling) -> None:
        got = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal got
            while octets := await reader.read(65536):
                got += len(octets)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(bytes(8_000_000))
        await settling.settle()
        assert got == 8_000_000
        writer.close()
        await settling.settle()
        server.close()

    run(work)


@pytest.mark.parametrize(("reads", "answer"), [(selectors.EVENT_READ, True), (selectors.EVENT_WRITE, False)])
def test_what_the_kernel_keeps_for_a_full_reader_is_on_its_way_while_that_reads(reads: int, answer: bool) -> None:
    with socket.socket() as listener, socket.socket() as reader, selectors.DefaultSelector() as selector:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(listener.getsockname())
        sender, _ = listener.accept()
        with sender:
            sender.setblocking(False)
            # One call each: a segment that finds no room at all is not counted as sent.
            for _ in range(100):
                sender.send(bytes(100))
            selector.register(sender, selectors.EVENT_READ)
            selector.register(reader, reads)
            assert in_flight(selector.get_map()) is answer


def test_virtual_time_stops_at_each_timer_until_its_consequences_have_happened() -> None:
    async def work(settling: Settling) -> None:
        clock = Clock(0.0)
        seen: list[tuple[str, float]] = []

        async def sleeper() -> None:
            for _ in range(3):
                await clock.sleep(2)
                seen.append(("slept", clock.now()))

        task = asyncio.create_task(sleeper())
        clock.call_later(3, lambda: seen.append(("rang", clock.now())))
        await settling.advance(clock, 5)
        assert seen == [("slept", 2.0), ("rang", 3.0), ("slept", 4.0)]
        assert clock.now() == 5.0
        await settling.advance(clock, 1)
        assert seen[-1] == ("slept", 6.0)
        await task

    run(work)


def test_what_is_due_now_happens_without_time_passing() -> None:
    async def work(settling: Settling) -> None:
        clock = Clock(7.0)
        seen: list[str] = []
        clock.call_at(7.0, lambda: clock.call_at(7.0, lambda: seen.append("second")))
        clock.call_at(7.5, lambda: seen.append("later"))
        await settling.settle(clock)
        assert (seen, clock.now()) == (["second"], 7.0)

    run(work)


def test_timers_of_the_loop_are_not_waited_for() -> None:
    async def work(settling: Settling) -> None:
        timer = asyncio.get_running_loop().call_later(3600, lambda: None)
        await settling.settle()
        timer.cancel()

    run(work)


def test_a_loop_that_is_always_busy_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "MAX_ROUNDS", 50)

    async def work(settling: Settling) -> None:
        async def spin() -> None:
            while True:  # noqa: ASYNC110 - to be busy is its purpose
                await asyncio.sleep(0)

        task = asyncio.create_task(spin())
        with pytest.raises(NeverAtRest, match="50 times"):
            await settling.settle()
        task.cancel()

    run(work)
