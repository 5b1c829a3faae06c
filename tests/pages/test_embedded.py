"""The phone in another application's frame: only where the server and the page's address allow it."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage, Visitors
from tests.pages.rig import PageServer

CRM = Path(__file__).parents[2] / "examples" / "crm"

NewSite = Callable[[Path], str]


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def new_site() -> Iterator[NewSite]:
    """Serves a folder at an origin of its own."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def crm(new_site: NewSite) -> str:
    """The origin of a CRM that serves the examples."""
    return new_site(CRM)


def opened(visit: NewPage, crm: str, server: PageServer) -> Page:
    return visit(f"{crm}/frame.html?phone={server.url}&extension=101")


def calls_of(server: PageServer, extension: str = "101") -> list[str]:
    """The states of an extension's calls."""
    return [call["state"] for call in server.api("snapshot", extension=extension)["list"]]


def test_a_crm_signs_in_hears_of_calls_and_makes_them(visit: NewPage, crm: str) -> None:
    with PageServer(http_frames=(crm,)) as server:
        page = opened(visit, crm, server)
        phone = page.frame_locator("#phone")
        expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
        server.call_in("101", uui="customer 4711")
        expect(page.locator("#customer")).to_have_text("67896789 calls: customer 4711")
        phone.get_by_role("button", name="Answer").click()
        phone.get_by_role("button", name="Hang up").click()
        page.get_by_text("Call 102").click()
        expect(phone.get_by_role("heading", name="102", exact=True)).to_be_visible()


def test_no_site_shows_the_phone_unasked(visitors: Visitors, visit: NewPage, crm: str) -> None:
    with PageServer() as server:
        page = opened(visit, crm, server)
        expect(page.frame_locator("#phone").get_by_label("Extension")).to_have_count(0)
    assert any("frame-ancestors 'none'" in one for one in visitors.complaints)
    visitors.complaints.clear()


SALESFORCE = """
window.sforce = {opencti: {CALL_TYPE: {INBOUND: "inbound"}, asked: []}};
for (const name of ["enableClickToDial", "setSoftphonePanelVisibility", "setSoftphoneItemLabel", "searchAndScreenPop"])
    sforce.opencti[name] = (keys) => sforce.opencti.asked.push([name, JSON.parse(JSON.stringify(keys))]);
sforce.opencti.onClickToDial = ({listener}) => (sforce.opencti.dial = listener);
"""
"""What the example uses of Salesforce's script; it keeps what was asked of it."""


def test_salesforce_dials_pops_the_callers_record_and_shows_the_state(
    visit: NewPage, new_site: NewSite, tmp_path: Path
) -> None:
    script = tmp_path / "support" / "api" / "62.0" / "lightning" / "opencti_min.js"
    script.parent.mkdir(parents=True)
    script.write_text(SALESFORCE)
    origin = new_site(tmp_path)
    with PageServer(http_frames=(origin,)) as server:
        example = (CRM / "salesforce.html").read_text(encoding="utf-8")
        assert example.count("https://cti.example.com") == 1
        (tmp_path / "salesforce.html").write_text(example.replace("https://cti.example.com", server.url))
        page = visit(f"{origin}/salesforce.html")

        def asked(name: str) -> list[dict[str, object]]:
            found = page.evaluate("sforce.opencti.asked")
            return [keys for one, keys in found if one == name]

        phone = page.frame_locator("#phone")
        phone.get_by_label("Extension").fill("101")
        phone.get_by_role("button", name="Sign in").click()
        expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
        assert len(asked("enableClickToDial")) == 1
        page.evaluate("sforce.opencti.dial({number: '1-0 2'})")
        expect(phone.get_by_role("heading", name="102", exact=True)).to_be_visible()
        assert asked("setSoftphonePanelVisibility") == [{"visible": True}]
        phone.get_by_role("button", name="Clear call").click()
        expect(phone.get_by_text("No calls.")).to_be_visible()
        server.call_in("101", uui="customer 4711")
        phone.get_by_role("button", name="Answer").click()
        expect(phone.locator(".call")).to_contain_text("talking")
        assert asked("searchAndScreenPop") == [
            {
                "searchParams": "customer 4711",
                "queryParams": "",
                "defaultFieldValues": {"Phone": "67896789"},
                "callType": "inbound",
                "deferred": False,
            }
        ]
        page.evaluate("sforce.opencti.dial({number: ''})")
        page.wait_for_function("sforce.opencti.asked.at(-1)[1].label?.includes('destination')")
        labels = [str(keys["label"]) for keys in asked("setSoftphoneItemLabel")]
        assert [label.split(":")[0] for label in labels[:4]] == ["Calling", "Phone", "Call from 67896789", "Talking"]


HOSTILE = """<!doctype html><title>x</title><iframe id="phone"></iframe><script>
window.heard = [];
addEventListener("message", ({data}) => heard.push(data));
</script>"""

ATTACK = """(message) => document.getElementById("phone").contentWindow.postMessage(message, "*")"""
MAKECALL = {"ivrsvr": "request", "id": "1", "request": "makecall", "destination": "102"}


def test_a_site_that_may_show_the_phone_but_is_not_its_parent_is_neither_heard_nor_told(
    visitors: Visitors, visit: NewPage, crm: str, new_site: NewSite, tmp_path: Path
) -> None:
    (tmp_path / "hostile.html").write_text(HOSTILE)
    hostile = new_site(tmp_path)
    with PageServer(http_frames=(crm, hostile)) as server:
        page = visit(f"{hostile}/hostile.html")
        for parent in (f"&parent={crm}", "", "&parent=*", "&parent=null&parent=crm"):
            source = f"{server.url}/phone?embedded&extension=101{parent}"
            page.evaluate("(source) => { document.getElementById('phone').src = source; }", source)
            phone = page.frame_locator("#phone")
            expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
            page.evaluate(ATTACK, MAKECALL)
            page.evaluate(ATTACK, {"ivrsvr": "signin", "extension": "103"})
            party = server.call_in("101")["party"]
            expect(phone.locator(".call")).to_have_count(1)
            assert calls_of(server) == ["alert"]
            server.party(party, "hangup")
            expect(phone.locator(".call")).to_have_count(0)
        assert page.evaluate("heard") == []
    visitors.complaints.clear()  # Chromium says that no message was delivered


def test_another_frame_of_the_crm_is_not_heard_and_nonsense_is_survived(visit: NewPage, crm: str) -> None:
    with PageServer(http_frames=(crm,)) as server:
        page = opened(visit, crm, server)
        phone = page.frame_locator("#phone")
        expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
        page.evaluate(
            """(message) => new Promise((sent) => {
                const advertisement = document.createElement("iframe");
                advertisement.onload = () => {
                    advertisement.contentWindow.eval(`parent.frames[0].postMessage(${JSON.stringify(message)}, "*")`);
                    sent();
                };
                document.body.append(advertisement);
            })""",
            MAKECALL,
        )
        nonsense: object
        for nonsense in (None, 7, "x", [], {}, {"ivrsvr": "request"}, {"ivrsvr": "request", "id": {}, "request": {}}):
            page.evaluate(ATTACK, nonsense)
        for refused in ({"ivrsvr": "signin", "extension": {}}, {**MAKECALL, "destination": {"a": 1}}):
            page.evaluate(ATTACK, refused)
        expect(page.locator("#customer")).to_contain_text("destination")
        assert calls_of(server) == []
        expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
        page.get_by_text("Call 102").click()
        expect(phone.get_by_role("heading", name="102", exact=True)).to_be_visible()


def test_signing_in_elsewhere_leaves_the_first_telephone(visit: NewPage, crm: str) -> None:
    with PageServer(http_frames=(crm,)) as server:
        page = opened(visit, crm, server)
        phone = page.frame_locator("#phone")
        expect(phone.get_by_role("heading", name="Peter · 101")).to_be_visible()
        page.evaluate(ATTACK, {"ivrsvr": "signin", "extension": "103"})
        expect(phone.get_by_role("heading", name="Olivia Stone · 103")).to_be_visible()
        server.call_in("101", "67890001")
        server.call_in("103", "67890003")
        expect(page.locator("#customer")).to_have_text("67890003 calls: no data")
        expect(phone.locator(".call")).to_have_count(1)
