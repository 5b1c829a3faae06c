"""The wallboard: what happens in the centre is seen there, and what is bad looks bad."""

from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer

WALL = "/wall?skills=201,202&vdns=700&trunks=405&waiting=1,3"


def number(page: Page, label: str, skill: str = "201") -> Locator:
    tile = page.get_by_role("article", name=f"Skill {skill}")
    return tile.locator(".number").filter(has_text=label).locator("dd")


def test_calls_wait_are_answered_and_give_up(new_page: NewPage, server: PageServer) -> None:
    server.api("login", extension="111", agentid="12345", passwd="67890")
    page = new_page(WALL)
    expect(number(page, "logged in")).to_have_text("1")
    parties = [server.call_in("700", f"6789000{index}")["party"] for index in range(3)]
    server.advance(4)
    expect(number(page, "waiting")).to_have_text("3")
    expect(page.get_by_role("article", name="Skill 201").get_by_text("act")).to_be_visible()
    expect(page.get_by_role("article", name="Skill 202").get_by_text("well")).to_be_visible()
    server.api("setstate", extension="111", state="auto")
    server.api("answer", extension="111")
    expect(number(page, "answered")).to_have_text("1")
    expect(number(page, "within")).to_have_text("100%")
    server.party(parties[1], "hangup")
    expect(number(page, "gave up")).to_have_text("1")
    expect(number(page, "within")).to_have_text("50%")
    expect(number(page, "waiting")).to_have_text("1")
    expect(page.get_by_role("row", name="Service line 700")).to_contain_text("3")
    page.reload()
    expect(number(page, "gave up")).to_have_text("1")
    expect(number(page, "answered")).to_have_text("1")


def test_agents_are_shown_by_state(new_page: NewPage, server: PageServer) -> None:
    server.api("login", extension="111", agentid="12345", passwd="67890")
    server.api("login", extension="112", agentid="12346", passwd="67891")
    server.api("setstate", extension="112", state="auto")
    page = new_page(WALL)
    expect(page.locator("#bar")).to_have_attribute(
        "aria-label", "Agents by state: 1 available, 0 talking, 0 after-call work, 1 aux"
    )
    expect(page.locator(".agent")).to_have_count(2)


def test_a_world_of_its_own_is_suggested_on_the_simulator(new_page: NewPage) -> None:
    page = new_page("/wall")
    expect(page.get_by_role("article", name="Skill 203")).to_be_visible()
    page.get_by_role("button", name="What to show…").click()
    page.get_by_label("Skills (splits)").fill("202")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("article", name="Skill 203")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("article", name="Skill 202")).to_be_visible()
    expect(page.get_by_role("article", name="Skill 203")).to_have_count(0)


def test_a_skill_that_does_not_exist_is_told(new_page: NewPage) -> None:
    page = new_page("/wall?skills=299")
    expect(page.get_by_role("alert").filter(has_text="INVALID")).to_be_visible()
