"""The AES in use is lost in every way there is; another before the same switch takes over. Nothing becomes stale."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.rig import Client, Server, Switch, Way, ask, client, eventually, get, kinds, server, switch

HEARTBEAT_S = "5"
LINK_DOWN = 2101


@dataclass
class Site:
    """A server that reaches one switch by two AES."""

    switch: Switch
    ways: list[Way]
    server: Server

    @property
    def used(self) -> Way:
        """The way in use."""
        return self.ways[self._used()]

    def _used(self) -> int:
        states = [self.metric(f'ivrsvr_tlink_active{{tlink="{way.tlink.partition("@")[0]}"}}') for way in self.ways]
        assert sum(states) == 1, states
        return states.index(1)

    def metric(self, name: str) -> float:
        text = get(f"{self.server.url}/metrics")[1]["text"]
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} "))


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Switch, list[Way]]]:
    with switch(tmp_path_factory.mktemp("switch"), aes=2) as found, ExitStack() as stack:
        ways = []
        for place, (ports, tlink) in enumerate(zip(found.ports, found.tlinks, strict=True), 2):
            ways.append(Way(f"127.0.0.{place}", ports, tlink))
            stack.callback(ways[-1].kill)
        yield found, ways


@pytest.fixture
def site(behind: tuple[Switch, list[Way]], tmp_path: Path) -> Iterator[Site]:
    found, ways = behind
    with server(tmp_path / "one", *(way.tlink for way in ways), IVRSVR_TSAPI_HEARTBEAT=HEARTBEAT_S) as running:
        yield Site(found, ways, running)
    for way in ways:
        way.restore()
    found.reset()


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
    down, up = agent.until("linkup")
    assert (down["eventtype"], up["eventtype"]) == ("linkdown", "linkup")
    assert down["reason"] == "no sign of life for 10 s"
    the_call_goes_on(site, agent)


def test_half_open_connection_and_what_it_brings_too_late(site: Site, agent: Client) -> None:
    lost = site.used
    lost.tell("stall")
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
    site.used.tell("delay 0.25")
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
        *_, down, _ = told = agent.until("linkup")
        assert kinds(told) == ["monitorended", "monitorended", "linkdown", "linkup"]
        assert "CTI link" in down["reason"]
        assert site.used is site.ways[1]
        the_call_goes_on(site, agent)
    finally:
        site.switch.link("up")


def test_wrong_password_on_one(site: Site, tmp_path: Path) -> None:
    first, second = (way.tlink for way in site.ways)
    wrong = f"{first.rpartition(' ')[0]} wrong"
    with server(tmp_path, wrong, second) as other, client(other.ws) as found:
        assert other.ready() == (200, "")
        found.monitor("103")
        site.switch.call("103")
        found.until("offer")
        site.ways[1].tell("cut")
        assert kinds(found.until("linkdown")) == ["linkdown"]
        assert ask(other.url, "answer", extension="103")[1]["errorcode"] == LINK_DOWN
        site.ways[1].tell("pass")
        found.until("linkup")
        assert ask(other.url, "answer", extension="103")[1]["result"] == "success"
