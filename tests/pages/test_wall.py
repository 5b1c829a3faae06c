"""The wallboard: what happens in the centre is seen there, and what is bad looks bad."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import NewPage, Visitors
from tests.pages.rig import PageServer, until

WALL = "/wall?skills=201,202&vdns=700&trunks=405&waiting=1,3"


def number_of(page: Page, label: str, skill: str = "201") -> Locator:
    tile = page.get_by_role("article", name=f"Skill {skill}")
    return tile.locator(".number").filter(has_text=label).locator("dd")


def test_calls_wait_are_answered_and_give_up(new_page: NewPage, server: PageServer) -> None:
    server.api("login", extension="111", agentid="12345", passwd="67890")
    page = new_page(WALL)
    expect(number_of(page, "logged in")).to_have_text("1")
    parties = [server.call_in("700", f"6789000{index}")["party"] for index in range(3)]
    server.advance(4)
    expect(number_of(page, "waiting")).to_have_text("3")
    expect(page.get_by_role("article", name="Skill 201").get_by_text("act")).to_be_visible()
    expect(page.get_by_role("article", name="Skill 202").get_by_text("well")).to_be_visible()
    server.api("setstate", extension="111", state="auto")
    server.api("answer", extension="111")
    expect(number_of(page, "answered")).to_have_text("1")
    expect(number_of(page, "within")).to_have_text("100%")
    server.party(parties[1], "hangup")
    expect(number_of(page, "gave up")).to_have_text("1")
    expect(number_of(page, "within")).to_have_text("50%")
    expect(number_of(page, "waiting")).to_have_text("1")
    expect(page.get_by_role("row", name="Service line 700")).to_contain_text("3")
    page.reload()
    expect(number_of(page, "gave up")).to_have_text("1")
    expect(number_of(page, "answered")).to_have_text("1")


CHART = re.compile("In the last four hours ([0-9]+) calls came, ([0-9]+) were answered, ([0-9]+) gave up")


def charted(page: Page) -> tuple[str, ...]:
    """What the chart tells, drawn anew: how many came, were answered, gave up."""
    dark = page.locator("html").get_attribute("data-theme") == "dark"
    page.emulate_media(color_scheme="light" if dark else "dark")
    found = CHART.match(page.locator("#chart-text").text_content() or "")
    return found.groups() if found else ()


def test_hours_of_the_simulator_s_clock_are_shown_as_hours(new_page: NewPage, server: PageServer) -> None:
    page = new_page(WALL)
    expect(number_of(page, "waiting")).to_have_text("0")
    for hour in range(3):
        parties = [server.call_in("700", f"6789{hour}00{index}")["party"] for index in range(hour + 1)]
        server.advance(30)
        server.party(parties[0], "hangup")
        server.advance(3570)
    expect(number_of(page, "longest wait")).to_have_text(re.compile(r"2:00:0\d"))
    until(page, lambda: charted(page), ("6", "0", "3"))
    server.advance(3 * 3600)
    expect(number_of(page, "longest wait")).to_have_text(re.compile(r"5:00:0\d"))
    until(page, lambda: charted(page), ("3", "0", "1"))
    # Whoever does not see the colours tells the lines apart by their kind.
    for label, kind in (("came", "dashed"), ("answered", "solid"), ("gave up", "dotted")):
        marker = page.locator(".u-series").filter(has_text=label).locator(".u-marker")
        expect(marker).to_have_css("border-top-style", kind)


QUICK_SECONDS = """
    const real = setTimeout;
    window.setTimeout = (call, ms, ...given) => real(call, ms === 1000 ? 30 : ms, ...given);
    window.said = [];
    const note = () => said.push(document.getElementById("again")?.textContent ?? "");
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Nobody waits a second for the next try, so whatever is said between tries is noted as it appears."""


def test_a_wall_that_comes_too_early_begins_by_itself(visitors: Visitors, server: PageServer, visit: NewPage) -> None:
    server.ask("POST", "/sim/link/down")
    page = visit(f"{server.url}/phone", script=QUICK_SECONDS)
    refusals = [503, 429]
    page.route("**/sim/state", lambda route: route.fulfill(status=refusals.pop()) if refusals else route.continue_())
    page.goto(f"{server.url}/wall")
    said = page.locator("#again")
    expect(said).to_contain_text("LINK_DOWN")
    noted = "\n".join(page.evaluate("said"))
    assert "the server answered 429. Trying again in" in noted
    assert "the server answered 503. Trying again in" in noted
    server.ask("POST", "/sim/link/up")
    expect(number_of(page, "waiting", "203")).to_have_text("0")
    expect(said).to_be_hidden()
    assert visitors.complaints == [] or all("status of" in one for one in visitors.complaints)
    server.ask("POST", "/sim/reset")
    server.call_in("700")
    server.advance(4)
    expect(number_of(page, "waiting")).to_have_text("1")


OTHER_WORLD = """
stations: {501: {}}
skills: {601: {name: Complaints}}
vectors: {1: ["queue-to skill 601 pri m", "stop"]}
vdns: {800: {vector: 1}}
"""


def test_a_link_that_was_down_and_another_world_leave_nothing_of_before(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/wall")
    expect(number_of(page, "waiting", "203")).to_have_text("0")
    notice = page.get_by_role("alert").filter(has_text="link to the switch is down")
    server.ask("POST", "/sim/link/down")
    expect(notice).to_have_count(1)
    server.ask("POST", "/sim/link/up")
    expect(notice).to_have_count(0)
    expect(page.locator("#again")).to_be_hidden()
    server.ask("POST", "/sim/load", text=OTHER_WORLD, name="other.yaml")
    expect(number_of(page, "waiting", "601")).to_have_text("0")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("row", name="Service line 700")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_agents_are_shown_by_state(new_page: NewPage, server: PageServer) -> None:
    server.api("login", extension="111", agentid="12345", passwd="67890")
    server.api("login", extension="112", agentid="12346", passwd="67891")
    server.advance(600)
    server.api("setstate", extension="112", state="auto")
    server.advance(45)
    page = new_page(WALL)
    expect(page.locator("#bar")).to_have_attribute(
        "aria-label", "Agents by state: 1 available, 0 talking, 0 after-call work, 1 aux"
    )
    expect(page.locator(".agent .mono")).to_have_text(["0:45", "10:45"])


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


AGENTS = 500


def states(page: Page) -> dict[str, int]:
    """How many agents are shown in each state, counted by their own tiles."""
    words = page.locator(".agent .pill").evaluate_all("all => all.map(one => one.title)")
    return {word: words.count(word) for word in words}


def test_five_hundred_agents_and_every_change_are_shown(visit: NewPage) -> None:
    numbers = range(1001, 1001 + AGENTS)
    patch = {
        "stations": {number: {"name": f"Position {number}"} for number in numbers},
        "agents": {5_0000 + number: {"name": f"Agent {number}", "skills": {"201": 1}} for number in numbers},
    }
    with PageServer(patch=patch) as server:
        for number in numbers:
            server.api("login", extension=str(number), agentid=str(5_0000 + number), passwd="")
        page = visit(f"{server.url}/wall?skills=201&vdns=700")
        expect(page.locator(".agent")).to_have_count(AGENTS)
        expect(page.locator("#bar")).to_have_attribute("aria-label", re.compile("500 aux"))
        assert len(set(page.locator(".agent .name").all_text_contents())) == AGENTS
        parties = [server.call_in("700", f"6789{index:04}")["party"] for index in range(60)]
        for number in numbers[:70]:
            server.api("setstate", extension=str(number), state="acw")
        server.advance(4)
        for party in parties[:25]:
            server.party(party, "hangup")
        expect(number_of(page, "waiting")).to_have_text("35")
        expect(number_of(page, "gave up")).to_have_text("25")
        expect(page.get_by_role("row", name="Service line 700")).to_contain_text("60")
        for number in numbers[:40]:
            server.api("setstate", extension=str(number), state="auto")
            server.api("answer", extension=str(number)) if number < 1036 else None
        server.api("logout", extension="1500", agentid="51500")
        expect(page.locator(".agent")).to_have_count(AGENTS - 1)
        expect(number_of(page, "answered")).to_have_text("35")
        wanted = {"talking": 35, "available": 5, "after-call work": 30, "aux": AGENTS - 71}
        told = ", ".join(f"{wanted[word]} {word}" for word in ("available", "talking", "after-call work", "aux"))
        expect(page.locator("#bar")).to_have_attribute("aria-label", f"Agents by state: {told}")
        assert states(page) == wanted
