"""The order of events of which some must wait: what may go before which, and what may not."""

import pytest

from ivrsvr.clock import Clock
from ivrsvr.service.inorder import Held, InOrder
from ivrsvr.service.meters import Histogram


class Line:
    """Events by their names, as they go out."""

    def __init__(self) -> None:
        self.order = InOrder(Clock(0.0), Histogram())
        self.out: list[str] = []

    def hold(self, name: str, device: str, callid: int) -> Held:
        held = self.order.hold({"callid": callid}, device, lambda: self.out.append(name))
        assert held is not None
        return held

    def put(self, name: str, device: str, callid: int = 0) -> None:
        self.order.put({"callid": callid} if callid else {}, device, lambda: self.out.append(name))

    def put_last(self, name: str) -> None:
        self.order.put_last(lambda: self.out.append(name))


def test_what_belongs_to_no_device_or_call_that_waits_goes_ahead() -> None:
    line = Line()
    held = line.hold("first", "101", 7)
    line.put("same call", "102", 7)
    line.put("same device", "101", 8)
    line.put("behind the call's", "102", 9)
    line.put("another", "103", 5)
    assert line.out == ["another"]
    line.order.release(held)
    assert line.out == ["another", "first", "same call", "same device", "behind the call's"]
    assert len(line.order) == 0


def test_what_is_about_no_device_overtakes_nothing_and_is_overtaken_by_nothing() -> None:
    line = Line()
    first, second = line.hold("first", "101", 7), line.hold("second", "102", 8)
    line.put_last("linkdown")
    line.put("after it", "103", 9)
    third = line.hold("third", "104", 10)
    line.order.release(third)
    line.order.release(second)
    assert line.out == ["second"]
    line.order.release(first)
    assert line.out == ["second", "first", "linkdown", "after it", "third"]


@pytest.mark.parametrize("held", [True, False])
def test_when_it_stops_all_go_out_in_order_and_nothing_waits_any_longer(held: bool) -> None:
    line = Line()
    if held:
        line.hold("first", "101", 7)
        line.put("second", "101")
    line.order.stop()
    assert line.order.hold({}, "101", lambda: line.out.append("later")) is None
    assert line.out == [*(["first", "second"] if held else []), "later"]


def test_an_event_that_cannot_go_out_keeps_back_none_behind_it() -> None:
    line = Line()

    def fail() -> None:
        raise ValueError("it cannot be told")

    held = line.order.hold({}, "101", fail)
    line.put("behind it", "101")
    assert held is not None
    line.order.release(held)
    assert line.out == ["behind it"]
