"""The AES in use is lost in every way there is; another before the same switch takes over. Nothing becomes stale."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from ivrsvr.backends.tsapi.backend import PATIENCE_S, STEADY_S
from ivrsvr.backends.tsapi.links import BACK_OFF_FIRST_S
from tests.drills.near import Near, near
from tests.drills.rig import Client, Switch, Way, ask, client, eventually, kinds, switch

SILENCE_S = 120.0
"""Two of the longest heartbeats: no sign of life for so long, and a stream is lost."""
LINK_DOWN = 2101


@dataclass
class Site:
    """A server that reaches one switch by two AES."""

    switch: Switch
    ways: list[Way]
    server: Near

    @property
    def used(self) -> Way:
        """The way in use."""
        (found,) = self._open()
        return found

    def _open(self) -> list[Way]:
        def active(way: Way) -> float:
            return self.server.metric(f'ivrsvr_tlink_active{{tlink="{way.tlink.partition("@")[0]}"}}')

        return [way for way in self.ways if active(way)]

    def heal(self) -> None:
        """All is well, on the first AES, and has been for long: what was before leads to no back-off."""
        first, second = self.ways
        first.restore()
        second.restore()
        self.switch.reset()
        self.server.pass_time(4 * BACK_OFF_FIRST_S)
        eventually(self._open, "a stream is open")
        self.server.pass_time(STEADY_S)
        if self.used is second:
            second.tell("cut")
            eventually(lambda: self._open() == [first], "the first is in use")
            second.tell("pass")
            self.server.pass_time(STEADY_S)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with switch(tmp_path_factory.mktemp("switch"), aes=2) as found, ExitStack() as stack:
        ways = []
        for place, (ports, tlink) in enumerate(zip(found.ports, found.tlinks, strict=True), 2):
            ways.append(Way(f"127.0.0.{place}", ports, tlink))
            stack.callback(ways[-1].kill)
        tlinks = [way.tlink for way in ways]
        server = stack.enter_context(near(*tlinks, tsapi_heartbeat=SILENCE_S / 2, monitor_linger=0.0))
        yield Site(found, ways, server)


@pytest.fixture
def site(whole: Site) -> Site:
    whole.heal()
    return whole


@pytest.fixture
def agent(site: Site) -> Iterator[Client]:
    """An application at 101, who talks with somebody outside."""
    with client(site.server.ws) as found:
        found.monitor("101", "102")
        site.switch.call("101")
        found.until("offer")
        assert found.ask("answer", extension="101")["result"] == "success"
        found.until("connect")
        yield found


def the_call_goes_on(site: Site, agent: Client) -> None:
    """The same call, in the same state, under control; and nothing was told that did not happen."""
    [call] = site.switch.calls()
    held = agent.ask("hold", extension="101")
    assert held["result"] == "success", held
    told = agent.until("hold")
    assert kinds(told) in (["hold"], ["(hold)"])  # in brackets where its monitor was not yet back
    assert str(told[0]["callid"]) == str(call["callid"])
    assert agent.ask("retrieve", extension="101")["result"] == "success"
    agent.until("retrieve")
    assert agent.ask("clearcall", extension="101")["result"] == "success"
    ended = agent.until("idle", extension="101")
    assert kinds(ended) in (["disconnect", "disconnect", "idle"], ["(disconnect)", "(idle)"])
    assert site.switch.calls() == []


def test_killed(site: Site, agent: Client) -> None:
    site.used.kill()
    assert kinds(agent.until("linkup")) == ["linkdown", "linkup"]
    the_call_goes_on(site, agent)


def test_frozen(site: Site, agent: Client) -> None:
    site.used.freeze()
    site.server.pass_time(SILENCE_S)
    down, up = agent.until("linkup")
    assert (down["eventtype"], up["eventtype"]) == ("linkdown", "linkup")
    assert down["reason"] == "no sign of life for 120 s"
    the_call_goes_on(site, agent)


def test_half_open_connection_and_what_it_brings_too_late(site: Site, agent: Client) -> None:
    lost = site.used
    lost.tell("stall")
    site.server.pass_time(SILENCE_S)
    assert kinds(agent.until("linkup")) == ["linkdown", "linkup"]
    lost.tell("pass")
    the_call_goes_on(site, agent)


@pytest.mark.parametrize("how", ["cut", "halfclose"])
def test_connection_that_ends(site: Site, agent: Client, how: str) -> None:
    site.used.tell(how)
    assert kinds(agent.until("linkup")) == ["linkdown", "linkup"]
    the_call_goes_on(site, agent)


def test_octets_that_are_spoilt(site: Site, agent: Client) -> None:
    site.used.tell("corrupt")
    site.switch.call("102")
    told = kinds(agent.until("offer"))
    assert told in (["linkdown", "linkup", "(offer)"], ["linkdown", "linkup", "offer"])
    assert len(site.switch.calls()) == 2
    assert ask(site.server.url, "snapshot", extension="102")[1]["result"] == "success"
    assert agent.ask("answer", extension="102")["result"] == "success"
    assert agent.ask("clearcall", extension="102")["result"] == "success"
    agent.until("idle", extension="102")
    the_call_goes_on(site, agent)


def test_slow_network_is_no_lost_one(site: Site, agent: Client) -> None:
    site.used.tell("delay 0.1")
    the_call_goes_on(site, agent)


def test_both_lost_and_what_happened_meanwhile(site: Site, agent: Client) -> None:
    for way in site.ways:
        way.tell("cut")
    agent.until("linkdown")
    eventually(lambda: site.server.ready() == (503, "no stream to the switch is open"), "it is not ready")
    status, refused = ask(site.server.url, "makecall", extension="102", destination="103")
    assert (status, refused["errorcode"]) == (503, LINK_DOWN)
    assert agent.ask("hold", extension="101")["errorcode"] == LINK_DOWN
    site.switch.hand("101", "hangup")
    site.switch.call("102")
    for way in site.ways:
        way.tell("pass")
    agent.until("linkup")
    told: list[str] = []
    while not {"(idle)", "(offer)"} <= set(told):
        agent.next()
        told = kinds(agent.events)
    assert sorted(told) == ["(disconnect)", "(idle)", "(offer)"]
    agent.events.clear()
    assert agent.ask("answer", extension="102")["result"] == "success"
    assert ask(site.server.url, "snapshot", extension="101")[1]["list"] == []


def test_cti_link_of_one_is_down(site: Site, agent: Client) -> None:
    site.switch.link("down")
    try:
        *_, down = told = agent.until("linkdown")
        assert kinds(told) == ["monitorended", "monitorended", "linkdown"]
        assert "CTI link" in down["reason"]
        site.server.pass_time(PATIENCE_S)
        assert kinds(agent.until("linkup")) == ["linkup"]
        assert site.used is site.ways[1]
        the_call_goes_on(site, agent)
    finally:
        site.switch.link("up")


def test_wrong_password_on_one(site: Site) -> None:
    first, second = (way.tlink for way in site.ways)
    wrong = f"{first.rpartition(' ')[0]} wrong"
    with near(wrong, second) as other, client(other.ws) as found:
        assert other.ready() == (200, "")
        found.monitor("103")
        site.switch.call("103")
        found.until("offer")
        site.ways[1].tell("cut")
        assert kinds(found.until("linkdown")) == ["linkdown"]
        assert ask(other.url, "answer", extension="103")[1]["errorcode"] == LINK_DOWN
        site.ways[1].tell("pass")
        other.pass_time(BACK_OFF_FIRST_S)
        found.until("linkup")
        assert ask(other.url, "answer", extension="103")[1]["result"] == "success"
