"""What a server counts: in virtual time, so to the number."""

import asyncio
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ivrsvr.assembly.telemetry import Telemetry
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller
from ivrsvr.service.meters import BUCKETS_S, Histogram, Meters, Rate
from ivrsvr.service.service import Service
from ivrsvr.service.spans import Spans


def test_durations_are_counted_by_class() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.001, 0.0011, 0.3, 10.0, 11.0):
        histogram.observe(seconds)
    assert histogram.counts[:2] == [2, 1]
    assert histogram.counts[BUCKETS_S.index(0.5)] == 1
    assert histogram.counts[-2:] == [1, 1]
    assert histogram.total_s == pytest.approx(21.3021)


def test_a_rate_is_of_the_last_ten_whole_seconds() -> None:
    clock = Clock(100.0)
    rate = Rate(clock)
    for _ in range(30):
        rate.count()
    assert rate.per_second() == 0.0
    clock.advance(1)
    assert rate.per_second() == 3.0
    for _ in range(20):
        clock.advance(1)
        rate.count()
    clock.advance(1)
    assert rate.per_second() == 1.0
    clock.advance(60)
    assert (rate.per_second(), rate.total) == (0.0, 50)


async def _served(requests: list[dict[str, Any]], spans: Spans | None = None, caller: Caller | None = None) -> Meters:
    clock = Clock(1000.0)
    service = Service(SimulatorBackend(Simulator(World.default(), clock)), clock, spans=spans)
    await service.start()
    try:
        for request in requests:
            await service.handle(request, caller or Caller())
        await asyncio.sleep(0)
        return service.meters
    finally:
        await service.stop()


MAKE = {"request": "makecall", "extension": "101", "destination": "102"}


def test_requests_are_counted_by_name_and_result() -> None:
    meters = asyncio.run(_served([MAKE, {"request": "retrieve", "extension": "101"}, {"request": "x" * 50}, {}]))
    assert meters.requests == {
        ("makecall", "success"): 1,
        ("retrieve", "NO_HELD_CALL"): 1,
        ("unknown", "UNRECOGNIZED_OPERATION_REJECTION"): 1,
        ("unknown", "OBJECT_NOT_KNOWN"): 1,
    }
    assert meters.failures() == 3
    assert meters.services["MakeCall", "success"] == 1
    assert sum(meters.asked["MakeCall"].counts) == sum(meters.handled["makecall"].counts) == 1


def test_what_the_switch_refuses_is_counted_by_its_failure() -> None:
    meters = asyncio.run(_served([{**MAKE, "destination": "9012"}]))
    assert meters.services == {("MakeCall", "INVALID_CSTA_DEVICE_IDENTIFIER"): 1}


def test_a_request_is_one_trace_from_the_client_to_the_switch() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    asyncio.run(_served([MAKE], Telemetry(provider), Caller(door="rest", traceparent=parent)))
    asked, handled = exporter.get_finished_spans()
    assert (handled.name, asked.name) == ("makecall", "MakeCall")
    assert handled.context is not None
    assert asked.parent is not None
    assert handled.parent is not None
    assert f"{handled.context.trace_id:032x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert f"{handled.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert asked.parent.span_id == handled.context.span_id
    assert dict(handled.attributes or {}) == {"ivrsvr.door": "rest", "ivrsvr.result": "success"}
    assert dict(asked.attributes or {}) == {"ivrsvr.outcome": "success"}


@pytest.mark.parametrize("parent", ["", "garbage", "00-0-0-00", "\x00" * 40])
def test_a_parent_that_is_none_begins_a_trace_of_its_own(parent: str) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    asyncio.run(_served([MAKE], Telemetry(provider), Caller(traceparent=parent)))
    _, handled = exporter.get_finished_spans()
    assert handled.parent is None
