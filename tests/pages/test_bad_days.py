"""The phone on bad days: cut connections, restarts, floods of calls, wrong clocks, hostile names."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ivrsvr.cli import main
from tests.pages.conftest import NewPage, Visitors
from tests.pages.rig import PageServer, until

WORDS = {"alert": "ringing", "connect": "talking", "hold": "on hold"}


def cards(page: Page) -> set[tuple[str, str]]:
    """State and party of every call that is shown."""
    labels = page.locator(".call").evaluate_all("all => all.map(one => one.ariaLabel)")
    return {tuple(str(label).split(": ", 1)) for label in labels}  # type: ignore[misc]


def recent(page: Page) -> list[tuple[str, str]]:
    """What the list of recent calls says: missed, in or out, and who; the newest first."""
    rows = page.locator(".recent li").evaluate_all(
        "all => all.map(one => [one.querySelector('.pill').textContent, one.querySelector('.grow').textContent])"
    )
    return [(str(word), str(who)) for word, who in rows]


class Day:
    """Random calls at 101, and what a person at its phone has to see of them."""

    def __init__(self, server: PageServer, seed: int) -> None:
        self._server = server
        self._random = random.Random(seed)
        self._parties: dict[str, str] = {}
        self._answered: set[str] = set()
        self.over: list[tuple[str, str]] = []

    def calls(self) -> dict[str, tuple[int, str]]:
        """What the switch says: number -> call and state."""
        found = self._server.api("snapshot", extension="101")["list"]
        numbers = {party: number for number, party in self._parties.items()}
        return {
            numbers[member["extension"]]: (call["callid"], call["state"])
            for call in found
            for member in call["party"]
            if member["extension"] in numbers
        }

    def step(self) -> None:
        """Something happens that may happen."""
        calls = self.calls()
        talking = any(state == "connect" for _, state in calls.values())
        may = [self._come] if len(calls) < 2 else []
        for number, (callid, state) in calls.items():
            may.append(lambda number=number: self._leave(number))  # type: ignore[misc]
            for request, fits in (
                ("answer", state == "alert" and not talking),
                ("hold", state == "connect"),
                ("retrieve", state == "hold" and not talking),
                ("hangup", state == "connect"),
            ):
                if fits:
                    may.append(lambda request=request, number=number, callid=callid: self._ask(request, number, callid))  # type: ignore[misc]
        self._random.choice(may)()
        self._server.advance(self._random.randint(0, 1))

    def happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def _come(self) -> None:
        number = f"678900{len(self._parties):02}"
        self._parties[number] = self._server.call_in("101", number)["party"]

    def _ask(self, request: str, number: str, callid: int) -> None:
        self._server.api(request, extension="101", callid=callid)
        if request == "answer":
            self._answered.add(number)
        if request == "hangup":
            self._end(number)

    def _leave(self, number: str) -> None:
        self._server.party(self._parties[number], "hangup")
        self._end(number)

    def _end(self, number: str) -> None:
        self.over.insert(0, ("in" if number in self._answered else "missed", number))


@pytest.mark.parametrize("seed", [1, 6])
def test_the_connection_is_cut_at_any_moment_and_nothing_is_lost_or_double(
    visit: NewPage, server: PageServer, seed: int
) -> None:
    page = visit(f"{server.relay()}/phone?extension=101")
    expect(page.locator("#desk")).to_be_visible()
    day = Day(server, seed)
    for _ in range(45):
        if day.happens(0.2):
            server.cut()
        if day.happens(0.1):
            page.wait_for_timeout(150)
        day.step()
    until(page, lambda: cards(page), {(WORDS[state], number) for number, (_, state) in day.calls().items()})
    until(page, lambda: recent(page), day.over[:12])
    page.reload()
    until(page, lambda: cards(page), {(WORDS[state], number) for number, (_, state) in day.calls().items()})
    until(page, lambda: recent(page), day.over[:12])


@pytest.mark.parametrize("kept", [True, False], ids=["journal", "no journal"])
def test_a_restart_of_the_server_keeps_the_cards_and_doubles_none(visit: NewPage, tmp_path: Path, kept: bool) -> None:
    with PageServer(db=str(tmp_path / "a.db") if kept else ":memory:") as server:
        page = visit(f"{server.url}/phone?extension=101")
        expect(page.locator("#desk")).to_be_visible()
        first = server.call_in("101", "67890001", uui="customer 4711")["party"]
        server.api("answer", extension="101")
        server.api("hold", extension="101")
        server.call_in("101", "67890002")
        until(page, lambda: cards(page), {("on hold", "67890001"), ("ringing", "67890002")})
        server.restart()
        expect(page.locator("iv-bar .pill")).to_have_text("connected")
        server.api("answer", extension="101")
        until(page, lambda: cards(page), {("on hold", "67890001"), ("talking", "67890002")})
        expect(page.locator(".call").last).to_contain_text("customer 4711")
        server.party(first, "hangup")
        until(page, lambda: recent(page), [("in", "67890001")])


def test_what_is_known_of_calls_outlives_a_reload(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone?extension=101")
    expect(page.locator("#desk")).to_be_visible()
    server.call_in("101", "67890001", uui="customer 4711")
    server.api("answer", extension="101")
    server.advance(90)
    server.api("consultation", extension="101", destination="102")
    expect(page.locator(".call")).to_have_count(2)
    page.reload()
    until(page, lambda: cards(page), {("on hold", "67890001"), ("calling", "102")})
    held = page.locator(".call").last
    expect(held).to_contain_text("customer 4711")
    server.phone("102", "answer")
    server.api("conference", extension="101")
    until(page, lambda: cards(page), {("talking", "102, 67890001")})
    server.advance(60)
    page.reload()
    until(page, lambda: {who for _, who in cards(page)}, {"102, 67890001"})


WRONG_CLOCK = """
    const Right = Date;
    const wrong = () => Right.now() + 7 * 3600_000;
    Date = class extends Right {
        constructor(...given) { given.length ? super(...given) : super(wrong()); }
        static now() { return wrong(); }
    };
"""


def test_a_browser_whose_clock_is_hours_wrong_shows_right_times(new_page: NewPage, server: PageServer) -> None:
    server.api("startmonitor", extension="101")
    server.api("startmonitor", extension="700", events="all")
    server.call_in("101", "67890001")
    server.api("answer", extension="101")
    server.api("login", extension="111", agentid="12345", passwd="67890")
    server.call_in("700", "67890002")
    server.advance(75)
    page = new_page("/phone?extension=101", script=WRONG_CLOCK)
    expect(page.locator(".call .time")).to_have_text(re.compile(r"1:[12]\d"))
    server.api("hangup", extension="101")
    began = page.evaluate(
        "(now) => new Date(now * 1000).toLocaleTimeString([], {hour12: false}).slice(0, 5)", now(server)
    )
    expect(page.locator(".recent time")).to_contain_text(began)
    wall = new_page("/wall?skills=201&vdns=700", script=WRONG_CLOCK)
    expect(wall.locator(".tile .number").nth(1)).to_contain_text(re.compile(r"1:[12]\d"))
    expect(wall.locator("#told")).to_contain_text(began)
    expect(wall.locator(".agent .mono")).to_have_text(re.compile(r"1:[12]\d"))


def now(server: PageServer) -> float:
    return float(server.ask("GET", "/sim/clock")["now"])


INTRUDER = (Path(__file__).parent / "intruder.js").read_text(encoding="utf-8")
ONE_SECOND = """
async () => {
    const [{ Client }, { Calls }] = await Promise.all(["ivrsvr", "calls"].map((name) => import(`/ui/${name}.js`)));
    let ticks = 50000;
    const server = new Client("ws://127.0.0.1:1/ws", { ticks: () => (ticks -= 0.1) });
    server._hearTime(1000);
    const calls = new Calls("101");
    for (const callid of [1, 2, 3]) {
        const event = { eventtype: "offer", callid, calling: `6000${callid}`, called: "101", time: 990 };
        calls.take(event, server.moment(event));
    }
    return calls.list().map((call) => call.callid);
}
"""
"""Calls of one second, on ticks that are unsteady."""


def test_calls_of_one_second_stay_in_their_order(new_page: NewPage) -> None:
    page = new_page("/phone")
    assert page.evaluate(ONE_SECOND) == [1, 2, 3]


TRANSFERRED = """
async () => {
    const { Calls } = await import("/ui/calls.js");
    const calls = new Calls("101");
    for (const event of [
        { eventtype: "offer", callid: 1, calling: "60001", called: "101", time: 1 },
        { eventtype: "connect", callid: 1, answering: "101", calling: "60001", called: "101", time: 2 },
        { eventtype: "hold", callid: 1, holding: "101", time: 3 },
        { eventtype: "alert", callid: 2, calling: "101", called: "102", alerting: "102", time: 3 },
        { eventtype: "offer", callid: 3, calling: "60003", called: "101", time: 4 },
        { eventtype: "transfer", primarycallid: 1, secondarycallid: 2, transferring: "101", transferred: "102",
          party1: "60001", party2: "102", time: 5 },
        { eventtype: "disconnect", callid: 3, releasing: "101", time: 60 },
    ]) calls.take(event, event.time);
    return [calls.list().length, calls.ended.map((call) => [call.calling, call.at])];
}
"""


def test_a_call_that_was_transferred_ended_when_it_was(new_page: NewPage) -> None:
    page = new_page("/phone")
    assert page.evaluate(TRANSFERRED) == [0, [["60003", 60], ["60001", 5]]]


FLOOD = (Path(__file__).parent / "flood.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("stay", [False, True], ids=["come and go", "stay"])
def test_ten_thousand_calls_cost_a_page_no_more_than_it_shows(
    new_page: NewPage, server: PageServer, stay: bool
) -> None:
    page = new_page("/phone?extension=101")
    expect(page.locator('[data-key="dnd"]')).to_be_visible()
    cost = page.evaluate(FLOOD, [10_000, stay])
    assert cost["most"] < 2500
    assert cost["changes"] < 300 * cost["pictures"]
    assert cost["asked"] < 20
    if stay:
        expect(page.locator(".call")).to_have_count(50)
        expect(page.locator("#more-calls")).to_have_text("and 9950 more")
        expect(page.locator(".call").first).to_contain_text("610000")
    else:
        expect(page.locator(".recent li")).to_have_count(12)
        assert recent(page)[0] == ("missed", "610000")
    server.call_in("101", "67896789")
    expect(page.locator(".call").first).to_contain_text("67896789")


HOSTILE = {
    101: "<img src=x onerror=alert(1)>",
    102: "\u202egnp.exe\u202c \u0007\u0000bell",
    103: "</script><script>window.hacked = 1</script>",
    104: "\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
}


def test_names_of_any_kind_are_text_on_every_page(visit: NewPage) -> None:
    stations = {extension: {"name": name} for extension, name in HOSTILE.items()}
    skills = {201: {"name": "<b onmouseover=alert(1)>Service"}}
    with PageServer(patch={"stations": stations, "skills": skills}) as server:
        server.api("makecall", extension="103", destination="101", data="<svg onload=alert(1)>")
        page = visit(f"{server.url}/phone?extension=101")
        expect(page.locator("#who")).to_have_text("<img src=x onerror=alert(1)> · 101")
        page.goto(f"{server.url}/phone?extension=102")
        expect(page.locator("#who")).to_have_text("\u2423gnp.exe\u2423 \u2423\u2423bell · 102")
        page.goto(f"{server.url}/wall?skills=201")
        expect(page.locator(".tile h2")).to_contain_text("<b onmouseover=alert(1)>Service")
        page.goto(f"{server.url}/sim")
        expect(page.locator("#picture")).to_contain_text("103 </script>")
        expect(page.locator("#picture")).to_contain_text("\u05d0\u05d1\u05d2")
        for path in ("/phone?extension=103", "/wall?skills=201", "/sim", "/train"):
            page.goto(server.url + path)
            assert page.evaluate("window.hacked") is None
            assert page.locator("main img, main b, main script, main svg[onload]").count() == 0


def test_a_script_that_gets_into_a_page_all_the_same_does_not_run(visitors: Visitors, new_page: NewPage) -> None:
    for path in ("/phone", "/wall", "/sim", "/train"):
        page = new_page(path)
        page.evaluate(INTRUDER)
        assert page.evaluate("window.hacked") is None
    said = [one for one in visitors.complaints if "Content Security Policy" in one]
    assert len(said) >= 4 * 3
    visitors.complaints.clear()


LIVES_S = 3600


@pytest.mark.parametrize("end", ["deleted", "expired"])
def test_a_key_that_ends_is_told_and_nothing_is_lost(
    visit: NewPage, tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    database = str(tmp_path / "keys.db")
    until_when = (datetime.now(UTC) + timedelta(seconds=LIVES_S)).isoformat()
    keys = {}
    for name, scopes, expires in (
        ("desk", "call,monitor,query", until_when if end == "expired" else ""),
        ("next", "call,monitor,query", ""),
        ("test", "call,monitor,query,sim", ""),
    ):
        made = ["key", "add", name, "--scopes", scopes, "--db", database]
        assert main([*made, "--expires", expires] if expires else made) == 0
        keys[name] = capsys.readouterr().out.strip()
    with PageServer(security="on", db=database) as server:
        server.authorize(keys["test"])
        page, wall = visit(f"{server.url}/phone?extension=101"), visit(f"{server.url}/wall?skills=201&vdns=700")
        for one in (page, wall):
            give_key(one, keys["desk"])
        expect(page.locator("#desk")).to_be_visible()
        waiting = wall.locator(".tile .number dd").first
        expect(waiting).to_have_text("0")
        server.call_in("101", "67890001", uui="customer 4711")
        server.call_in("700", "67890002")
        page.get_by_role("button", name="Answer").click()
        until(page, lambda: cards(page), {("talking", "67890001")})
        server.advance(4)
        expect(waiting).to_have_text("1")
        if end == "deleted":
            assert main(["key", "delete", "desk", "--db", database]) == 0
            server.advance(6)
        else:
            server.advance(LIVES_S)
        for one in (page, wall):
            expect(one.locator("iv-bar .pill")).to_have_text("not allowed in")
            expect(one.get_by_role("dialog", name="This server asks for a key")).to_contain_text("no longer")
        assert cards(page) == {("talking", "67890001")}
        assert waiting.text_content() == "1"
        server.api("hold", extension="101")
        server.call_in("700", "67890003")
        server.advance(4)
        for one in (page, wall):
            give_key(one, keys["next"])
        expect(page.locator(".call")).to_contain_text("on hold")
        expect(page.locator(".call")).to_contain_text("customer 4711")
        expect(waiting).to_have_text("2")
        page.get_by_role("button", name="Retrieve").click()
        until(page, lambda: cards(page), {("talking", "67890001")})


def give_key(page: Page, key: str) -> None:
    """Say the key that the page asks for."""
    dialog = page.get_by_role("dialog", name="This server asks for a key")
    dialog.get_by_label("API key").fill(key)
    dialog.get_by_role("button", name="Use it").click()
