"""The simulator's desk: people, time, faults and calls, worked and seen in a browser."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer
from tests.pages.test_phone import NO_CONNECTION

PYTEST = (sys.executable, "-m", "pytest", "-q", *(f"-p{name}" for name in ("pytest-bdd", "ivrsvr.testing.plugin")))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""A pytest with what a scenario needs and nothing else: what else is installed takes seconds to load."""


@pytest.fixture
def desk(new_page: NewPage) -> Page:
    page = new_page("/sim")
    expect(page.locator("#picture svg")).to_be_visible()
    return page


def call_in(page: Page, to: str) -> None:
    form = page.locator("#call-in")
    form.get_by_label("Whom").fill(to)
    form.get_by_role("button", name="Call in").click()


def saved(page: Page, label: str) -> str:
    with page.expect_download() as download:
        page.locator("#exports").get_by_role("button", name=label).click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_a_call_is_made_worked_and_seen(desk: Page, server: PageServer) -> None:
    call_in(desk, "101")
    expect(desk.locator(".calls")).to_contain_text("101 alerting")
    expect(desk.locator("#picture .line.alerting")).to_have_count(1)
    desk.locator("#hand").get_by_role("button", name="Do it").click()
    expect(desk.locator(".calls")).to_contain_text("101 connect")
    assert server.api("snapshot", extension="101")["list"][0]["state"] == "connect"
    desk.get_by_role("button", name="Party hangs up").click()
    expect(desk.get_by_text("0 calls")).to_be_visible()


def test_a_call_is_a_ladder_that_can_be_saved(desk: Page, server: PageServer) -> None:
    server.call_in("101")
    server.api("answer", extension="101")
    server.api("consultation", extension="101", destination="103")
    server.api("answer", extension="103")
    server.advance(6)
    server.api("transfer", extension="101")
    expect(desk.get_by_role("button", name="Ladder")).to_have_count(1)
    desk.get_by_role("button", name="Ladder").click()
    ladder = desk.locator("#ladder svg")
    expect(ladder).to_have_attribute("aria-label", "\n".join((
        "+0 s  67896789 calls 101",
        "+0 s  101 answers 67896789",
        "+0 s  101 holds",
        "+0 s  101 calls 103",
        "+0 s  103 answers 101",
        "+6 s  101 transfers 103",
    )))  # fmt: skip
    assert saved(desk, "SVG").startswith("<svg xmlns=")
    assert "p0->>p1: calls" in saved(desk, "Mermaid")
    assert saved(desk, "Text").splitlines()[-1] == "+6 s  101 transfers 103"
    desk.get_by_label("Only lines with").fill("103")
    expect(ladder).not_to_have_attribute("aria-label", "+0 s  67896789 calls 101")


FLOWS = {
    "nobody answers": "in 101, 9, caller leaves",
    "hold": "101 dial 102, 3, 102 answer, 2, 102 hold, 2, 102 retrieve, 2, 101 hangup",
    "a consultation is cancelled": "in 101, 101 answer, 2, 101 ask consultation 102, 2, 102 answer, 2, "
    "101 ask reconnect, 2, 101 hangup",
    "alternate and transfer": "in 101, 2, 101 answer, 2, 101 ask consultation 102, 102 answer, 2, "
    "101 ask alternate, 2, 101 ask alternate, 2, 101 ask transfer, 3, 102 hangup",
    "conference": "in 101, 101 answer, 101 ask consultation 102, 1, 102 answer, 1, 101 ask conference, "
    "2, 102 hangup, 2, 101 hangup",
    "four; the caller leaves": "in 101, 101 answer, 101 ask consultation 102, 1, 102 answer, 1, 101 ask conference, "
    "1, 101 ask consultation 111, 1, 111 answer, 1, 101 ask conference, 2, 102 hangup, 2, caller leaves, 1, 101 hangup",
    "a number outside": "101 dial 9301, 5, 101 hangup",
    "pick up": "in 101, 2, 102 pickup 101, 2, 102 hangup",
    "held": "in 101, 1, 101 answer, 2, 101 hold, 5, 101 retrieve, 4, caller leaves",
    "a queue": "111 ask login, in 700, 8, 111 ask setstate, 2, 111 answer, 5, 111 hangup",
}
"""Calls of many kinds: who does what, and how many seconds pass."""

EXTRA = {"login": {"agentid": "12345", "passwd": "67890"}, "setstate": {"state": "auto"}}
WATCHED = ("101", "102", "111")
TOLD = ("offer", "alert", "connect", "fail", "hold", "retrieve", "disconnect", "transfer", "conference", "idle")


def happens(server: PageServer, deed: str, parties: list[str]) -> None:
    """One deed of a flow."""
    match deed.split():
        case ["in", number]:
            parties.append(server.call_in(number)["party"])
        case ["caller", "leaves"]:
            server.party(parties[-1], "hangup")
        case [seconds]:
            server.advance(float(seconds))
        case [who, "ask", request, *to]:
            server.api(request, extension=who, **EXTRA.get(request, {}), **({"destination": to[0]} if to else {}))
        case [who, action, *to]:
            server.phone(who, action, **({"number": to[0]} if to else {}))


def told(server: PageServer, after: int) -> dict[str, list[tuple[int, str]]]:
    """Of each station that is watched, what happened there since an event, and when: seconds from the first."""
    heard = {
        extension: [one for one in server.api("eventhistory", extension=extension)["list"] if one["eventid"] > after]
        for extension in WATCHED
    }
    began = min((one["time"] for events in heard.values() for one in events), default=0)
    return {
        extension: [(one["time"] - began, one["eventtype"]) for one in events if one["eventtype"] in TOLD]
        for extension, events in heard.items()
    }


def last_event(server: PageServer) -> int:
    events = [one for extension in WATCHED for one in server.api("eventhistory", extension=extension)["list"]]
    return max((one["eventid"] for one in events), default=0)


def begin_again(server: PageServer) -> int:
    """Begin the switch again, watched, early in a second: events tell whole ones. Returns the last event of before."""
    server.ask("POST", "/sim/reset")
    server.advance(1.2 - server.ask("GET", "/sim/clock")["now"] % 1)
    for extension in WATCHED:
        server.api("startmonitor", extension=extension, events="all")
    return last_event(server)


def test_what_is_saved_of_calls_of_any_kind_does_the_same_again(desk: Page, server: PageServer, tmp_path: Path) -> None:
    for place, (name, flow) in enumerate(FLOWS.items()):
        before = begin_again(server)
        expect(desk.get_by_text("0 calls")).to_be_visible()
        parties: list[str] = []
        seen = False
        for deed in flow.split(", "):
            happens(server, deed, parties)
            if not seen and server.ask("GET", "/sim/state")["state"]["calls"]:
                seen = True
                desk.get_by_role("button", name="Ladder").first.click()
        expect(desk.locator("#ladder svg")).to_have_attribute("aria-label", re.compile(r"calls[\s\S]* leaves$"))
        happened = told(server, before)
        assert happened["101"] or happened["111"], name
        feature, scenario = saved(desk, "Gherkin"), saved(desk, "Scenario")
        for extension, events in happened.items():
            if f" {extension}" in feature.split("monitors", 1)[1].splitlines()[0]:
                rows = "".join(f"      | {eventtype} |\n" for _, eventtype in events)
                feature += f"    Then {extension} has the events\n      | eventtype |\n{rows}"
        (tmp_path / f"flow{place}.feature").write_text(feature, encoding="utf-8")
        before = begin_again(server)
        server.ask("POST", "/sim/load", text=scenario, name="again.yaml")
        server.advance(1 + sum(int(deed) for deed in flow.split(", ") if deed.isdigit()))
        assert told(server, before) == happened, f"{name}\n{scenario}"
        server.ask("DELETE", "/sim/scenarios")
    (tmp_path / "test_again.py").write_text("from pytest_bdd import scenarios\nscenarios('.')\n")
    played = subprocess.run(PYTEST, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout


def test_a_button_stays_under_the_hand_that_presses_it(desk: Page, server: PageServer) -> None:
    server.call_in("101")
    server.ask("POST", "/sim/snapshot", action="save", name="mine")
    pressed = [
        desk.get_by_role("button", name=name).element_handle()
        for name in ("Ladder", "Party hangs up", "Go back to it", "+10 s")
    ]
    line = desk.locator("#picture .line").element_handle()
    for _ in range(2):
        before = desk.locator("#now").text_content() or ""
        server.advance(1)
        expect(desk.locator("#now")).not_to_have_text(before)
    assert [one.evaluate("one => one.isConnected") for one in (*pressed, line)] == [True] * 5


def test_a_ladder_that_cannot_be_read_just_now_stays(desk: Page, server: PageServer) -> None:
    server.call_in("101")
    desk.get_by_role("button", name="Ladder").click()
    expect(desk.locator("#ladder svg")).to_have_attribute("aria-label", "+0 s  67896789 calls 101")
    desk.evaluate(NO_CONNECTION, True)
    server.api("answer", extension="101")
    expect(desk.locator("#ladder svg")).to_have_attribute("aria-label", "+0 s  67896789 calls 101")
    desk.evaluate(NO_CONNECTION, False)
    server.api("hold", extension="101")
    expect(desk.locator("#ladder svg")).to_have_attribute("aria-label", re.compile(r"answers 67896789\n.*101 holds$"))


def test_time_is_stopped_stepped_and_let_run(desk: Page, server: PageServer) -> None:
    before = server.ask("GET", "/sim/clock")["now"]
    clock = desk.get_by_role("group", name="Clock")
    expect(clock).to_contain_text("stopped")
    clock.get_by_role("button", name="+10 s").click()
    clock.get_by_role("button", name="+1 min").click()
    expect(desk.locator("#clock .pill")).to_be_visible()
    assert server.ask("GET", "/sim/clock")["now"] in (before + 10, before + 70)
    clock.get_by_role("button", name="Run").click()
    expect(clock).to_contain_text("running")
    clock.get_by_role("button", name="Stop").click()
    expect(clock).to_contain_text("stopped")


def test_a_fault_is_set_seen_and_taken_away(desk: Page, server: PageServer) -> None:
    form = desk.locator("#fault")
    form.get_by_label("Service").fill("HoldCall")
    form.get_by_label("Cause or seconds").fill("INVALID_OBJECT_STATE")
    form.get_by_label("How often").fill("0")
    form.get_by_role("button", name="Set").click()
    expect(desk.locator("#rules")).to_contain_text("HoldCall")
    server.call_in("101")
    server.api("answer", extension="101")
    with pytest.raises(AssertionError, match="INVALID_OBJECT_STATE"):
        server.api("hold", extension="101")
    desk.get_by_role("button", name="Delete rule").click()
    expect(desk.locator("#rules")).to_contain_text("No rules")
    server.api("hold", extension="101")


def test_a_wrong_fault_is_refused_in_words(desk: Page) -> None:
    form = desk.locator("#fault")
    form.get_by_label("Cause or seconds").fill("NO_SUCH_CAUSE")
    form.get_by_role("button", name="Set").click()
    expect(desk.get_by_role("alert").filter(has_text="NO_SUCH_CAUSE")).to_be_visible()


def test_a_snapshot_is_kept_and_gone_back_to(desk: Page) -> None:
    call_in(desk, "101")
    expect(desk.locator(".calls")).to_contain_text("101 alerting")
    desk.get_by_role("button", name="Save a snapshot…").click()
    desk.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator("#snapshots")).to_contain_text("1 call")
    desk.get_by_role("button", name="Party hangs up").click()
    expect(desk.get_by_text("0 calls")).to_be_visible()
    desk.get_by_role("button", name="Go back to it").click()
    expect(desk.locator(".calls")).to_contain_text("101 alerting")


def test_a_world_a_scenario_and_a_wrong_file_are_loaded(desk: Page) -> None:
    def load(name: str, text: str) -> None:
        desk.locator("#file").set_input_files({"name": name, "mimeType": "text/yaml", "buffer": text.encode()})

    load("mine.yaml", "stations: {201: {name: Front desk}}")
    expect(desk.get_by_text("mine.yaml is loaded: world.")).to_be_visible()
    expect(desk.locator("#picture")).to_contain_text("Front desk")
    load("wrong.yaml", "stations:\n  201: {nme: Front desk}")
    expect(desk.get_by_role("alert").filter(has_text="nme")).to_contain_text("wrong.yaml")
    load("day.yaml", "duration: 10m\nhands:\n  - {at: 5, extension: '201', action: lift}")
    expect(desk.locator("#performance")).to_contain_text("playing")
    desk.get_by_role("button", name="Stop", exact=True).last.click()
    expect(desk.locator("#performance")).to_contain_text("stopped")


def test_messages_pass_decoded(desk: Page, server: PageServer) -> None:
    server.api("makecall", extension="101", destination="102")
    expect(desk.locator("#trace")).to_contain_text("MakeCall callingDevice=101 calledDevice=102")
    desk.locator("#mention").fill("102")
    desk.locator("#mention").press("Enter")
    expect(desk.locator("#trace")).to_contain_text("Delivered connection=1@102")


@pytest.mark.parametrize("name", ["<b>x</b>", "a\u202eb", "x" * 15])
def test_names_are_text(new_page: NewPage, server: PageServer, name: str) -> None:
    world = server.ask("GET", "/sim/state")["state"]
    assert world["stations"]
    page = new_page("/sim")
    server.api("makecall", extension="101", destination="102", data=name)
    expect(page.locator(".calls")).to_contain_text("102 alerting")
    assert page.locator("main b").count() == 0
