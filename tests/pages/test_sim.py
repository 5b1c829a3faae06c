"""The simulator's desk: people, time, faults and calls, worked and seen in a browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer

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


def test_a_call_is_a_ladder_that_can_be_saved_and_played_again(desk: Page, server: PageServer, tmp_path: Path) -> None:
    server.call_in("101")
    server.api("answer", extension="101")
    server.api("consultation", extension="101", destination="103")
    server.api("answer", extension="103")
    server.advance(6)
    server.api("transfer", extension="101")
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
    feature = tmp_path / "recorded.feature"
    feature.write_text(saved(desk, "Gherkin"), encoding="utf-8")
    (tmp_path / "test_recorded.py").write_text('from pytest_bdd import scenarios\nscenarios("recorded.feature")\n')
    played = subprocess.run(PYTEST, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout
    desk.get_by_label("Only lines with").fill("103")
    expect(ladder).not_to_have_attribute("aria-label", "+0 s  67896789 calls 101")


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
    expect(desk.locator("#snapshots")).to_contain_text("1 calls")
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
