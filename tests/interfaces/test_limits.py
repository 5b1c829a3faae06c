"""Limits: how many connect, how often they ask."""

from ivrsvr.interfaces.limits import Doorkeeper


def test_the_doorkeeper_counts() -> None:
    keeper = Doorkeeper(2)
    assert keeper.enter()
    assert keeper.enter()
    assert not keeper.enter()
    keeper.leave()
    assert keeper.enter()
    assert keeper.open == 2
