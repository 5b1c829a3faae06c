"""Training in real browsers: a trainer at /train, a trainee at /phone, and what goes wrong between them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, WebSocketRoute, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer
from tests.pages.test_look import looked_at, violations

MINE = """
duration: 5m
training:
  title: <b>Mine</b>
  callers:
    - name: <img src=x onerror=alert(1)>
      at: 2s
      checklist: [{item: a, text: "<script>b</script>"}]
      script: [{when: answered, say: "<i>Hello</i>"}]
"""


@pytest.fixture
def trainer(new_page: NewPage) -> Page:
    page = new_page("/train")
    expect(page.get_by_role("radio")).to_have_count(7)
    return page


def assign(page: Page, training: str, trainee: str = "Ann", extension: str = "101", agent: str = "") -> None:
    page.get_by_role("radio", name=training).check()
    page.get_by_label("Trainee", exact=True).first.fill(trainee)
    page.get_by_label("Extension").fill(extension)
    if agent:
        page.get_by_label("Agent id").fill(agent)
    page.get_by_label("Trainer").fill("Tom")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("#stage")).to_have_text("assigned")


def at_phone(new_page: NewPage, extension: str = "101", **options: Any) -> Page:
    page = new_page(f"/phone?extension={extension}", **options)
    expect(page.locator("#desk")).to_be_visible()
    return page


def begin(trainer: Page, trainee: Page) -> None:
    expect(trainer.get_by_role("button", name="Start")).to_be_disabled()
    trainee.get_by_role("button", name="I am ready").click()
    trainer.get_by_role("button", name="Start").click()
    expect(trainer.locator("#stage")).to_have_text("running")


def caller(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem", name=name, exact=True)


def test_a_session_from_assignment_to_report(trainer: Page, new_page: NewPage, server: PageServer) -> None:
    assign(trainer, "Your first call")
    trainee = at_phone(new_page)
    expect(trainee.locator("#training")).to_contain_text("Somebody will call you")
    begin(trainer, trainee)
    server.advance(7)
    expect(caller(trainer, "Mrs Brown")).to_contain_text("waiting")
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    expect(trainee.locator("#training-lines")).to_contain_text("I have moved")
    expect(caller(trainer, "Mrs Brown")).to_contain_text("I have moved")
    expect(caller(trainer, "Mrs Brown")).to_contain_text("talking")
    expect(trainer.locator("#trainee-calls")).to_contain_text("talking")
    expect(trainer.locator("#trainee-state")).to_contain_text("Ann is on a call")
    trainer.get_by_role("textbox", name="To the trainee").fill("Smile!")
    trainer.get_by_role("button", name="Say", exact=True).click()
    expect(trainee.locator("#training-lines")).to_contain_text("Smile!")
    trainee.get_by_label("Ask for her name").check()
    server.advance(2)
    expect(trainee.locator("#training-lines")).to_contain_text("Susan Brown")
    expect(caller(trainer, "Mrs Brown")).to_contain_text("✓ Ask for her name")
    trainer.get_by_role("button", name="Pause").click()
    expect(trainee.locator("#training")).to_contain_text("has stopped the clock")
    trainer.get_by_role("button", name="Go on").click()
    trainee.get_by_label("Ask for the new address").check()
    server.advance(20)
    expect(trainer.locator("#stage")).to_have_text("over")
    expect(trainee.locator("#training")).to_contain_text("100 points: passed")
    trainer.get_by_role("link", name="Report", exact=True).click()
    report = trainer.locator("#report")
    expect(report.get_by_role("row", name="Speed of answer")).to_contain_text("1 of 1 calls answered within 15 s")
    expect(report.get_by_role("row", name="Mrs Brown")).to_contain_text("ended by caller")
    expect(report).to_contain_text("Smile!")
    for button, name, words in (("CSV", "session-1.csv", "Mrs Brown"), ("JSON", "session-1.json", '"trainee": "Ann"')):
        with trainer.expect_download() as download:
            report.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == name
        assert words in Path(download.value.path()).read_text()
    assert violations(trainer) == []
    trainer.emulate_media(media="print")
    expect(report).to_be_visible()
    expect(trainer.locator("iv-bar")).to_be_hidden()
    expect(report.get_by_role("button", name="Print")).to_be_hidden()


def test_a_trainee_who_closes_the_browser_comes_back_to_the_call(
    trainer: Page, new_page: NewPage, server: PageServer
) -> None:
    assign(trainer, "Your first call")
    trainee = at_phone(new_page)
    begin(trainer, trainee)
    server.advance(7)
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    expect(trainee.locator("#training-lines")).to_contain_text("I have moved")
    trainee.close()
    server.advance(10)
    expect(caller(trainer, "Mrs Brown")).to_contain_text("talking")
    again = at_phone(new_page)
    expect(again.locator(".call")).to_contain_text("talking")
    expect(again.locator("#training-lines")).to_contain_text("I have moved")
    again.get_by_label("Ask for her name").check()
    expect(caller(trainer, "Mrs Brown")).to_contain_text("✓ Ask for her name")


def test_a_second_call_and_a_fault_come_from_the_trainer(trainer: Page, new_page: NewPage, server: PageServer) -> None:
    assign(trainer, "Der erste Anruf")
    trainee = at_phone(new_page)
    trainee.evaluate(
        "() => { window.spoken = []; speechSynthesis.speak = (one) => spoken.push([one.text, one.lang]); }"
    )
    begin(trainer, trainee)
    server.advance(7)
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    said = trainee.locator("#training-lines .says span[lang]")
    expect(said).to_have_attribute("lang", "de")
    assert trainee.evaluate("spoken") == [["Guten Tag, bei mir geht das Telefon nicht mehr.", "de"]]
    trainer.get_by_role("button", name="Call now: Señora García").click()
    expect(trainee.locator(".call")).to_have_count(2)
    trainer.get_by_label("Let something break").select_option("stationout")
    trainer.get_by_role("textbox", name="Which").fill("999")
    trainer.get_by_role("button", name="Break it").click()
    expect(trainer.get_by_role("alert").filter(has_text="there is no station '999'")).to_be_visible()
    trainer.get_by_label("Let something break").select_option("linkdown")
    trainer.get_by_role("button", name="Break it").click()
    expect(trainee.get_by_role("alert").filter(has_text="link to the switch is down")).to_be_visible()
    expect(trainer.locator("#log .fault")).to_have_count(1)
    server.advance(25)
    trainer.get_by_role("button", name="End").click()
    expect(trainer.locator("#stage")).to_have_text("ended")
    trainer.get_by_role("button", name="New session").click()
    assign(trainer, "Your first call", trainee="Bob", extension="102")
    expect(trainer.locator("#log li")).to_have_count(1)


def test_a_file_of_ones_own_with_a_mistake_and_without(trainer: Page, new_page: NewPage, server: PageServer) -> None:
    wrong = FilePayload(name="my.yaml", mimeType="text/yaml", buffer=MINE.replace("at:", "att:").encode())
    trainer.get_by_label("Open a file…").set_input_files([wrong])
    expect(trainer.locator("#mistake")).to_contain_text("my.yaml")
    expect(trainer.locator("#mistake")).to_contain_text("line 7: training.callers.1.att: there is no such key here")
    right = FilePayload(name="my.yaml", mimeType="text/yaml", buffer=MINE.encode())
    trainer.get_by_label("Open a file…").set_input_files([right])
    expect(trainer.locator("#mistake")).to_be_empty()
    assign(trainer, "<b>Mine</b>", trainee="<u>Ann</u> \u05d0\u05df")
    trainee = at_phone(new_page)
    begin(trainer, trainee)
    server.advance(3)
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    expect(trainee.locator("#training-lines")).to_contain_text("“<i>Hello</i>”")
    expect(trainee.get_by_label("<script>b</script>")).to_be_visible()
    expect(trainer.locator("#live-who")).to_contain_text("<u>Ann</u> \u05d0\u05df")
    expect(caller(trainer, "<img src=x onerror=alert(1)>")).to_be_visible()
    for page in (trainer, trainee):
        assert page.locator("main img, main script, main i, main b, main u").count() == 0


def test_the_impossible_is_refused_in_words(trainer: Page, server: PageServer) -> None:
    trainer.get_by_role("radio", name="Your first call").check()
    trainer.get_by_label("Trainee", exact=True).first.fill("Ann")
    trainer.get_by_label("Extension").fill("999")
    trainer.get_by_role("button", name="Assign").click()
    expect(trainer.get_by_role("alert").filter(has_text="there is no telephone '999'")).to_be_visible()
    assign(trainer, "An agent's quarter of an hour", extension="111", agent="12345")
    expect(trainer.locator("#missing")).to_contain_text("Ann must log in at 111")
    expect(trainer.get_by_role("button", name="Start")).to_be_disabled()
    server.api("login", extension="111", agentid="12345", passwd="67890")
    trainer.get_by_role("button", name="Start").click()
    expect(trainer.locator("#stage")).to_have_text("running")


def test_a_restart_of_the_server_in_the_middle_is_told(visit: NewPage, tmp_path: Path) -> None:
    database = str(tmp_path / "a.db")
    with PageServer(db=database) as server:
        port = int(server.url.rpartition(":")[2])
        page = visit(f"{server.url}/train")
        assign(page, "Your first call")
        phone = visit(f"{server.url}/phone?extension=101")
        begin(page, phone)
    with PageServer(port=port, db=database) as server:
        expect(page.locator("#interrupted")).to_contain_text("Session 1 of Ann (Your first call) was interrupted")
        expect(phone.locator("#training")).to_contain_text("was interrupted: the server was restarted")
        page.get_by_role("link", name="Reports", exact=True).click()
        expect(page.get_by_role("row", name="#1")).to_contain_text("interrupted")


def test_trainings_that_cannot_be_had_at_first_are_had_later(visit: NewPage, server: PageServer) -> None:
    page = visit(f"{server.url}/phone", script="0")
    refusals = ["DRAINING: the server stops"]

    def between(one: WebSocketRoute) -> None:
        there = one.connect_to_server()

        def said(message: str | bytes) -> None:
            asked = json.loads(message)
            if asked["request"] == "train scenarios" and refusals:
                failed = {"msgtype": "response", "id": asked["id"], "result": "fail", "error": refusals.pop()}
                one.send(json.dumps(failed))
                one.close(code=1012)
            else:
                there.send(message)

        one.on_message(said)

    page.route_web_socket("**/ws", between)
    page.goto(f"{server.url}/train")
    expect(page.get_by_role("radio")).to_have_count(7)
    assert refusals == []


def test_progress_over_sessions(new_page: NewPage, server: PageServer) -> None:
    for answered in (False, True):
        server.ask("POST", "/sim/training", scenario="first-call", trainee="Ann", extension="101")
        server.ask("POST", "/sim/training/desk/101/ready")
        server.ask("POST", "/sim/training/start")
        server.advance(7)
        if answered:
            server.api("answer", extension="101")
            server.advance(1)
            for item in ("name", "address"):
                server.ask("POST", "/sim/training/desk/101/tick", caller="Mrs Brown", item=item)
        server.advance(90)
    page = new_page("/train#reports")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_label("Whose").select_option("Ann")
    chart = page.get_by_role("img", name=re.compile("Points over the sessions: session 1: 25, session 2: 100"))
    expect(chart).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert Path(download.value.path()).read_text().count("Ann") == 2
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_both_sides_of_a_session_are_accessible(new_page: NewPage, server: PageServer) -> None:
    server.ask("POST", "/sim/training", scenario="hold-please", trainee="Ann", extension="101", trainer="Tom")
    server.ask("POST", "/sim/training/desk/101/ready")
    server.ask("POST", "/sim/training/start")
    server.advance(7)
    server.api("answer", extension="101")
    server.advance(28)
    trainer, trainee = new_page("/train"), at_phone(new_page)
    expect(trainer.locator(".caller")).to_have_count(3)
    expect(trainee.locator("#training-lines")).to_contain_text("Where is my order?")
    looked_at(trainer)
    looked_at(trainee)
