"""The manual's page on training, followed to the letter by somebody who does not program."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
OWN_CALLER = PAGE.partition("Save this as `my-training.yaml`")[2].partition("```yaml\n")[2].partition("```")[0]
MISTAKE = PAGE.partition("a mistake is named with its line:")[2].partition("```\n")[2].partition("```")[0].strip()


def press(page: Page, name: str) -> None:
    """Press what the manual calls by this name."""
    assert f"*{name}*" in PAGE
    page.get_by_role("button", name=name, exact=True).click()


def assigned(page: Page, training: str) -> None:
    page.get_by_role("radio", name=training).check()
    page.get_by_label("Trainee", exact=True).first.fill("Ann")
    page.get_by_label("Extension").fill("101")
    press(page, "Assign")


def trained(new_page: NewPage) -> Page:
    page = new_page("/phone")
    page.get_by_label("Extension").fill("101")
    page.get_by_role("button", name="Sign in").click()
    assert "The panel *Training*" in PAGE
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible()
    press(page, "I am ready")
    return page


def reported(page: Page) -> None:
    """The report of the newest session, from the list of reports, made ready for paper."""
    assert "*Reports* on `/train` keeps them; *Print*" in PAGE
    page.get_by_role("link", name="Reports", exact=True).click()
    page.locator("#list tbody tr").first.get_by_role("link").first.click()
    expect(page.get_by_role("row", name="Score")).to_contain_text("100")
    page.evaluate("() => { window.printed = 0; window.print = () => (window.printed += 1); }")
    press(page, "Print")
    assert page.evaluate("window.printed") == 1


def test_a_first_session(new_page: NewPage, server: PageServer) -> None:
    trainer = new_page("/train")
    assigned(trainer, "Your first call")
    trainee = trained(new_page)
    press(trainer, "Start")
    assert "After five seconds Mrs Brown calls." in PAGE
    server.advance(6)
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    for entry in ("Ask for her name", "Ask for the new address"):
        trainee.get_by_label(entry).check()
        server.advance(3)
    server.advance(20)
    expect(trainee.locator("#training")).to_contain_text("100 points: passed")
    expect(trainer.locator("#stage")).to_have_text("over")
    reported(trainer)


def test_a_caller_of_ones_own(new_page: NewPage, server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "my-training.yaml"
    trainer = new_page("/train")
    expect(trainer.get_by_role("radio")).to_have_count(7)
    assert "*Open a file…*" in PAGE
    file.write_text(OWN_CALLER.replace("mood: friendly", "mood: frendly"), encoding="utf-8")
    trainer.get_by_label("Open a file…").set_input_files(file)
    expect(trainer.locator("#mistake")).to_contain_text(MISTAKE)
    file.write_text(OWN_CALLER, encoding="utf-8")
    trainer.get_by_label("Open a file…").set_input_files(file)
    expect(trainer.locator("#mistake")).to_be_empty()
    assigned(trainer, "Opening hours")
    trainee = trained(new_page)
    press(trainer, "Start")
    server.advance(6)
    trainee.get_by_role("button", name="Answer").click()
    server.advance(2)
    expect(trainee.locator("#training-lines")).to_contain_text("Hello! When are you open?")
    trainee.get_by_label("Say when we are open").check()
    server.advance(10)
    expect(trainee.locator("#training")).to_contain_text("100 points: passed")
    reported(trainer)


IMPOSSIBLE = {
    "a transfer to nowhere": ("patience: 30", 'patience: 30\n      transferTo: ["sales"]'),
    "a call to nowhere": ("patience: 30", 'patience: 30\n      to: "nobody"'),
    "an entry that is not on the checklist": ("item: hours, say", "item: days, say"),
    "a training without time": ("duration: 5m", "duration: 0"),
}


def test_a_file_that_asks_for_the_impossible_is_refused_in_words(new_page: NewPage, tmp_path: Path) -> None:
    trainer = new_page("/train")
    expect(trainer.get_by_role("radio")).to_have_count(7)
    for what, (before, after) in IMPOSSIBLE.items():
        file = tmp_path / f"{what}.yaml"
        file.write_text(OWN_CALLER.replace(before, after), encoding="utf-8")
        trainer.get_by_label("Open a file…").set_input_files(file)
        expect(trainer.locator("#mistake")).to_contain_text(f"{what}.yaml")
        expect(trainer.locator("#mistake")).to_contain_text(re.compile(r"line \d+: "))
    expect(trainer.get_by_role("radio")).to_have_count(7)
