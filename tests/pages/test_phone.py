"""The softphone in a real browser: what an agent does all day, and what goes wrong on such a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from ivrsvr.cli import main
from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer


def sign_in(page: Page, extension: str, agentid: str = "", passwd: str = "") -> Page:
    page.get_by_label("Extension").fill(extension)
    if agentid:
        page.get_by_text("Log in as an agent, too").click()
        page.get_by_label("Agent id").fill(agentid)
        page.get_by_label("Password").fill(passwd)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#desk")).to_be_visible()
    return page


@pytest.fixture
def phone(new_page: NewPage) -> Callable[..., Page]:
    """A signed-in phone: ``phone("101")``."""

    def signed_in(extension: str, agentid: str = "", passwd: str = "", **options: object) -> Page:
        return sign_in(new_page("/phone", **options), extension, agentid, passwd)

    return signed_in


def cards(page: Page) -> list[str]:
    """The state of each call, the newest first."""
    return [
        str(label).split(":")[0] for label in page.locator(".call").evaluate_all("all => all.map(one => one.ariaLabel)")
    ]


def card(page: Page, who: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=who, exact=True))


def press(page: Page, key: str) -> None:
    """A key that no field gets."""
    page.locator("#calls-title").evaluate("() => document.activeElement.blur()")
    page.keyboard.press(key)


def test_a_call_comes_is_answered_held_taken_back_and_ended(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    expect(page.get_by_role("heading", name="Peter · 101")).to_be_visible()
    server.call_in("101", uui="customer 4711")
    expect(card(page, "67896789")).to_contain_text("ringing")
    expect(card(page, "67896789")).to_contain_text("customer 4711")
    page.get_by_role("button", name="Answer").click()
    expect(card(page, "67896789")).to_contain_text("talking")
    page.get_by_role("button", name="Hold").click()
    expect(card(page, "67896789")).to_contain_text("on hold")
    page.get_by_role("button", name="Retrieve").click()
    expect(card(page, "67896789")).to_contain_text("talking")
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("No calls.")).to_be_visible()
    expect(page.locator(".recent")).to_contain_text("67896789")


def test_a_call_that_nobody_takes_is_a_missed_one(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    party = server.call_in("101")["party"]
    expect(card(page, "67896789")).to_contain_text("ringing")
    server.party(party, "hangup")
    expect(page.locator(".recent")).to_contain_text("missed")


def test_recent_calls_are_there_again_after_a_reload(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    server.call_in("101")
    page.get_by_role("button", name="Answer").click()
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator(".recent li")).to_have_count(1)
    page.reload()
    expect(page.locator(".recent li")).to_have_count(1)
    expect(page.locator(".recent")).to_contain_text("67896789")


def test_a_call_that_comes_while_the_page_is_away_is_a_missed_one(
    phone: Callable[..., Page], server: PageServer
) -> None:
    page = phone("101")
    address = page.url
    page.goto("about:blank")
    while server.connections:
        page.wait_for_timeout(1)
    server.party(server.call_in("101")["party"], "hangup")
    page.goto(address)
    expect(page.locator(".recent")).to_contain_text("missed")


def test_all_of_it_goes_by_the_keyboard(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone")
    keys = page.keyboard
    page.get_by_label("Extension").focus()
    keys.type("101")
    keys.press("Enter")
    expect(page.locator("#who")).to_be_focused()
    keys.press("d")
    keys.type("102")
    keys.press("Enter")
    expect(card(page, "102")).to_contain_text("calling")
    expect(page.locator("#calls")).to_be_focused()
    server.phone("102", "answer")
    expect(card(page, "102")).to_contain_text("talking")
    keys.press("5")
    expect(page.locator("#sent")).to_have_text("5")
    keys.press("H")  # Caps Lock
    expect(card(page, "102")).to_contain_text("on hold")
    keys.press("r")
    expect(card(page, "102")).to_contain_text("talking")
    keys.press("d")
    keys.type("1e")
    keys.press("Escape")
    keys.press("e")
    expect(page.get_by_text("No calls.")).to_be_visible()
    expect(page.get_by_label("Call", exact=True)).to_have_value("1e")


def test_a_caller_is_answered_and_transferred_by_the_keyboard_alone(
    phone: Callable[..., Page], server: PageServer
) -> None:
    page = phone("101")
    server.call_in("101")
    page.get_by_role("button", name="Answer").focus()
    page.keyboard.press("Enter")
    expect(card(page, "67896789")).to_contain_text("talking")
    expect(card(page, "67896789")).to_be_focused()
    page.keyboard.press("w")
    page.keyboard.type("102")
    page.keyboard.press("Enter")
    expect(card(page, "102")).to_contain_text("calling")
    server.phone("102", "answer")
    expect(card(page, "102")).to_contain_text("talking")
    page.get_by_role("button", name="Alternate").focus()
    page.keyboard.press("Enter")
    expect(card(page, "67896789")).to_contain_text("talking")
    page.get_by_role("button", name="Transfer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No calls.")).to_be_visible()
    expect(page.get_by_role("group", name="Second call")).to_be_focused()


def test_of_several_held_calls_the_last_one_is_taken_back_by_its_key(
    phone: Callable[..., Page], server: PageServer
) -> None:
    page = phone("101")
    for number in ("67890001", "67890002"):
        server.call_in("101", number)
        press(page, "a")
        expect(card(page, number)).to_contain_text("talking")
        press(page, "h")
        expect(card(page, number)).to_contain_text("on hold")
        server.advance(1)
    expect(page.get_by_role("button", name="Retrieve").locator("kbd")).to_have_count(1)
    press(page, "r")
    expect(card(page, "67890002")).to_contain_text("talking")
    expect(card(page, "67890001")).to_contain_text("on hold")


def test_signing_in_twice_is_signing_in_and_signing_out_waits_for_nobody(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone")
    page.get_by_label("Extension").fill("101")
    page.get_by_role("button", name="Sign in").dblclick()
    expect(page.locator("#who")).to_have_text("Peter · 101")
    server.call_in("101")
    expect(card(page, "67896789")).to_contain_text("ringing")
    assert page.locator(".toast").count() == 0
    hidden = """() => {
        document.getElementById("sign-out").click();
        return document.getElementById("desk").hidden && !document.getElementById("signin").hidden;
    }"""
    assert page.evaluate(hidden)


NO_CONNECTION = """
async (lost) => {
    const { Client, Disconnected } = await import("/ui/ivrsvr.js");
    window.request ??= Client.prototype.request;
    Client.prototype.request = lost ? () => Promise.reject(new Disconnected("lost")) : window.request;
}
"""
"""What is asked has no answer in time, while events come."""


def test_what_cannot_be_asked_just_now_is_asked_later(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    expect(page.locator("#agent-line")).to_contain_text("No agent")
    page.evaluate(NO_CONNECTION, True)
    server.call_in("101")
    server.api("login", extension="101", agentid="12345", passwd="67890")
    expect(card(page, "67896789")).to_contain_text("ringing")
    page.evaluate(NO_CONNECTION, False)
    expect(page.locator("#agent-line")).to_contain_text("12345: aux")
    server.api("setstate", extension="101", state="auto")
    expect(page.locator("#agent-line")).to_contain_text("12345: ready")
    server.ask("POST", "/sim/link/down")
    expect(page.get_by_role("alert").filter(has_text="link to the switch is down")).to_be_visible()
    page.get_by_role("button", name="Aux").click()
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("alert").filter(has_text="LINK_DOWN")).to_be_visible()
    expect(page.locator("#agent-line")).to_contain_text("12345: ready")


def test_the_link_is_said_to_be_down_only_while_it_is(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    server.ask("POST", "/sim/link/down")
    expect(page.get_by_role("alert").filter(has_text="link to the switch is down")).to_have_count(1)
    server.ask("POST", "/sim/link/up")
    expect(page.get_by_role("status").filter(has_text="is back")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="link to the switch is down")).to_have_count(0)


HOURS_PASS = """
    const [ticks, wait, every] = [performance.now.bind(performance), setTimeout, setInterval];
    window.passed = 0;
    performance.now = () => ticks() + window.passed;
    window.setTimeout = (call, ms, ...given) => wait(call, ms === 2000 ? 50 : ms, ...given);
    window.setInterval = (call, ms, ...given) => every(call, ms === 1000 ? 50 : ms, ...given);
"""
"""Time passes on the machine of the browser when the test says so."""


def test_the_time_of_a_call_stands_still_with_the_simulator_s_clock(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone?extension=101", script=HOURS_PASS)
    expect(page.locator("#who")).to_contain_text("101")
    server.call_in("101")
    time = page.locator(".call .time")
    expect(time).to_have_text("0:00")
    page.evaluate("window.passed = 3600_000")
    server.advance(5)
    expect(time).to_have_text("0:05")
    server.phone("101", "answer")
    expect(page.get_by_role("listitem").filter(has_text="talking")).to_be_visible()
    page.evaluate("window.passed = 7200_000")
    server.advance(65)
    expect(time).to_have_text("1:05")


def test_a_consultation_shows_both_calls_and_ends_as_a_transfer(phone: Callable[..., Page], server: PageServer) -> None:
    first, second = phone("101"), phone("102")
    server.call_in("101")
    first.get_by_role("button", name="Answer").click()
    first.get_by_label("Whom").fill("102")
    first.get_by_role("button", name="Consult").click()
    expect(card(first, "67896789")).to_contain_text("on hold")
    second.get_by_role("button", name="Answer").click()
    expect(card(first, "102")).to_contain_text("talking")
    first.get_by_role("button", name="Alternate").click()
    expect(card(first, "67896789")).to_contain_text("talking")
    first.get_by_role("button", name="Alternate").click()
    expect(card(first, "102")).to_contain_text("talking")
    first.get_by_role("button", name="Transfer").click()
    expect(first.get_by_text("No calls.")).to_be_visible()
    expect(second.locator(".call")).to_have_count(1)
    expect(second.locator(".call")).to_contain_text("talking")


def test_a_call_that_rings_elsewhere_is_picked_up(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    server.call_in("102")
    page.get_by_role("button", name="Pick up…").click()
    page.get_by_label("At which extension").fill("102")
    page.get_by_role("button", name="Pick up", exact=True).click()
    page.get_by_role("button", name="Answer").click()
    expect(card(page, "67896789")).to_contain_text("talking")


def test_a_conference_shows_everybody_and_drops_one(phone: Callable[..., Page], server: PageServer) -> None:
    first, second = phone("101"), phone("102")
    server.call_in("101")
    first.get_by_role("button", name="Answer").click()
    first.get_by_label("Whom").fill("102")
    first.get_by_role("button", name="Consult").click()
    second.get_by_role("button", name="Answer").click()
    expect(card(first, "102")).to_contain_text("talking")
    first.get_by_role("button", name="Conference").click()
    expect(first.locator(".call")).to_have_count(1)
    first.get_by_role("button", name="Drop 102").click()
    expect(second.get_by_text("No calls.")).to_be_visible()
    expect(first.locator(".call")).to_contain_text("talking")


SITUATIONS = {
    "ringing": "in",
    "talking": "in, answer",
    "on hold": "in, answer, hold",
    "calling": "makecall 102",
    "dialling": "makecall 967890001",
    "it rings outside": "makecall 967890001, T ring",
    "failed": "makecall 999999",
    "consulting": "in, answer, consultation 102",
    "consulted": "in, answer, consultation 102, 102 answer",
    "consulting outside": "in, answer, consultation 967890001",
    "conference": "in, answer, consultation 102, 102 answer, conference",
    "a third one rings": "in, answer, consultation 102, 102 answer, in",
}
"""What came to be at 101, deed by deed."""

REQUESTS = {"deflect": "deflectcall", "consult": "consultation", "pad": "dtmf", "drop": "dropparty"}
"""The requests of buttons with another name."""

BUTTONS = """() => [...document.querySelectorAll("#calls [data-key], #second-actions button, [data-key='pad-5']")]
    .filter((one) => one.localName === "button").map((one) => [one.dataset.key, !one.disabled, one.textContent])"""


def calls_of(server: PageServer) -> list[int]:
    return sorted(call["callid"] for call in server.api("snapshot", extension="101")["list"])


def cleared(server: PageServer) -> None:
    for extension in ("101", "102", "103"):
        server.try_api("clearcall", extension=extension)


def comes_to_be(server: PageServer, situation: str, page: Page | None = None) -> None:
    """page: dials and consults; without it a request does."""
    for deed in situation.split(", "):
        match deed.split():
            case ["in"]:
                server.call_in("101")
            case ["102", action]:
                server.phone("102", action)
            case ["T", action]:
                server.party(f"T{calls_of(server)[-1]}", action)
            case [request, to] if page:
                dials(page, "Call" if request == "makecall" else "Whom", to)
            case [request, *to]:
                server.api(request, extension="101", **({"destination": to[0]} if to else {}))


def dials(page: Page, field: str, number: str) -> None:
    """In a field of the phone."""
    settled(page)
    before = page.locator(".call").count()
    page.get_by_label(field, exact=True).fill(number)
    page.keyboard.press("Enter")
    expect(page.locator(".call")).to_have_count(before + 1)


def test_buttons_are_enabled_exactly_when_the_request_is_possible(
    phone: Callable[..., Page], server: PageServer
) -> None:
    page = phone("101")
    for name, situation in SITUATIONS.items():
        cleared(server)
        settled(page)
        expect(page.locator(".call")).to_have_count(0)
        comes_to_be(server, situation, page)
        calls = calls_of(server)
        expect(page.locator(".call")).to_have_count(len(calls))
        settled(page)
        buttons = page.evaluate(BUTTONS)
        assert buttons, name
        two = any(key == "alternate" for key, _, _ in buttons)
        for key, enabled, text in buttons:
            cleared(server)
            comes_to_be(server, situation)
            if text.startswith("Hold and answer"):
                server.api("hold", extension="101")
            answer = asked_as(server, key, dict(zip(calls, calls_of(server), strict=True)), two=two)
            assert (answer["result"] == "success") is enabled, f"{name}: {text}: {answer}"


def asked_as(server: PageServer, key: str, same: dict[int, int], *, two: bool) -> dict[str, Any]:
    """Ask for what the button with a key asks for.

    same: call ids of when the button was seen -> those of the same calls now. two: there are two calls to join.
    """
    button, callid, party = (*key.split("-"), "", "")[:3]
    request = REQUESTS.get(button, button)
    keys: dict[str, Any] = {}
    if request in ("deflectcall", "consultation") or (request in ("transfer", "conference") and not two):
        keys["destination"] = "103"
    elif request == "dtmf":
        return server.try_api(request, extension="101", dtmf="5")
    elif request == "dropparty":
        number, _, place = party.removeprefix("T").partition("#")
        keys["party"] = f"T{same[int(number)]}#{place}" if place else party
    if callid:
        keys["callid"] = same[int(callid)]
    return server.try_api(request, extension="101", **keys)


def settled(page: Page) -> None:
    """Everything that the server has told is drawn."""
    page.evaluate(SETTLED)


SETTLED = """async () => {
    const { Client } = await import("/ui/ivrsvr.js");
    const answered = new Promise((done) => {
        const request = Client.prototype.request;
        Client.prototype.request = function (...given) {
            Client.prototype.request = request;
            return request.apply(this, given).finally(done);
        };
    });
    document.dispatchEvent(new Event("visibilitychange"));
    await answered;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


def test_a_second_caller_is_answered_and_the_first_one_held(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    server.call_in("101", "67890001")
    press(page, "a")
    expect(card(page, "67890001")).to_contain_text("talking")
    server.call_in("101", "67890002")
    page.get_by_role("button", name="Hold and answer").click()
    expect(card(page, "67890002")).to_contain_text("talking")
    expect(card(page, "67890001")).to_contain_text("on hold")
    server.call_in("101", "67890003")
    expect(card(page, "67890003")).to_contain_text("ringing")
    press(page, "a")
    expect(card(page, "67890003")).to_contain_text("talking")
    expect(card(page, "67890002")).to_contain_text("on hold")


def test_a_refusal_is_told_in_the_servers_words(phone: Callable[..., Page]) -> None:
    page = phone("101")
    press(page, "r")
    expect(page.get_by_role("alert").filter(has_text="NO_HELD_CALL")).to_be_visible()


def test_an_extension_that_does_not_exist_keeps_one_at_the_door(new_page: NewPage) -> None:
    page = new_page("/phone")
    page.get_by_label("Extension").fill("99")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="INVALID")).to_be_visible()
    expect(page.locator("#desk")).to_be_hidden()


def test_an_agent_logs_in_works_and_logs_out(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101", "12345", "67890")
    expect(page.locator("#agent-line")).to_contain_text("aux")
    page.get_by_role("button", name="Auto-in").click()
    expect(page.locator("#agent-line")).to_contain_text("ready")
    server.call_in("700")
    server.advance(4)
    expect(page.locator(".call")).to_contain_text("ringing")
    expect(page.locator(".call")).to_contain_text("201")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".call")).to_contain_text("talking")
    page.get_by_role("button", name="Aux").click()
    page.get_by_label("Reason code").fill("3")
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_text("as soon as the call is over")).to_be_visible()
    expect(page.locator("#agent-line")).to_contain_text("ready")
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("No calls.")).to_be_visible()
    expect(page.locator("#agent-line")).to_contain_text("reason 3")
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#agent-line")).to_contain_text("No agent")


def test_features_of_the_set(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("116")
    page.get_by_role("button", name="Send all calls").click()
    expect(page.get_by_role("button", name="Send all calls")).to_have_attribute("aria-pressed", "true")
    assert server.api("querydonotdisturb", extension="116")["dnd"] == "true"
    page.get_by_role("button", name="Message lamp").click()
    expect(page.locator("#lamp")).to_be_visible()
    page.get_by_role("button", name="Forward…").click()
    page.get_by_label("Where").fill("103")
    page.get_by_role("button", name="Forward", exact=True).click()
    expect(page.get_by_role("button", name="Forwarded to 103")).to_be_visible()


def test_the_network_breaks_and_no_card_is_lost(phone: Callable[..., Page], server: PageServer) -> None:
    page = phone("101")
    server.call_in("101")
    page.get_by_role("button", name="Answer").click()
    expect(card(page, "67896789")).to_contain_text("talking")
    page.context.set_offline(True)
    server.api("hold", extension="101")
    page.context.set_offline(False)
    expect(card(page, "67896789")).to_contain_text("on hold")
    expect(page.locator("iv-bar .pill")).to_have_text("connected")


def test_two_windows_on_one_extension_show_the_same(phone: Callable[..., Page], server: PageServer) -> None:
    one, other = phone("101"), phone("101")
    server.call_in("101")
    one.get_by_role("button", name="Answer").click()
    for page in (one, other):
        expect(card(page, "67896789")).to_contain_text("talking")
    other.get_by_role("button", name="Hang up").click()
    for page in (one, other):
        expect(page.get_by_text("No calls.")).to_be_visible()


def test_of_two_windows_one_opens_the_caller_s_page(phone: Callable[..., Page], server: PageServer) -> None:
    windows = phone("101"), phone("101")
    for window in windows:
        window.evaluate("() => { window.opened = []; window.open = (...given) => opened.push(given); }")
        window.evaluate("localStorage.setItem('ivrsvr.pop', '/find?number={calling}')")
        window.evaluate("localStorage.setItem('ivrsvr.pop.auto', 'on')")
    server.call_in("101")
    for window in windows:
        expect(window.locator("#pop a")).to_have_attribute("href", "/find?number=67896789")
    opened = [one for window in windows for one in window.evaluate("opened")]
    assert opened == [["/find?number=67896789", "ivrsvr-caller", "noopener"]]


@pytest.mark.parametrize(
    "data", ["<img src=x onerror=alert(1)>", "</script><script>document.title='x'</script>", "a\u202eb"]
)
def test_what_comes_from_outside_is_text_and_nothing_else(
    phone: Callable[..., Page], server: PageServer, data: str
) -> None:
    page = phone("101")
    server.api("makecall", extension="102", destination="101", data=data)
    expect(page.locator(".call .data")).to_have_text(data.replace("\u202e", "\u2423"))
    assert page.title() == "101 · ivrsvr"
    assert page.locator("main img, main script").count() == 0


def test_a_protected_server_asks_for_a_key_and_takes_a_right_one(
    visit: NewPage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = str(tmp_path / "keys.db")
    assert main(["key", "add", "desk", "--db", database]) == 0
    key = capsys.readouterr().out.strip()
    with PageServer(security="on", db=database) as server:
        page = visit(f"{server.url}/phone")
        page.get_by_label("Extension").fill("101")
        page.get_by_role("button", name="Sign in").click()
        dialog = page.get_by_role("dialog", name="This server asks for a key")
        expect(dialog).to_be_visible()
        dialog.get_by_label("API key").fill("wrong")
        dialog.get_by_role("button", name="Use it").click()
        expect(dialog).to_be_visible()
        dialog.get_by_label("API key").fill(key)
        dialog.get_by_role("button", name="Use it").click()
        expect(page.locator("iv-bar .pill")).to_have_text("connected")
        expect(dialog).to_be_hidden()
        sign_in(page, "101")
