"""The phone in another application's frame: only where the server and the page's address allow it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage, Visitors
from tests.pages.rig import PageServer

CRM = Path(__file__).parents[2] / "examples" / "crm"


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def crm() -> Iterator[str]:
    """The origin of a CRM that serves the examples."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(CRM)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(visit: NewPage, crm: str, server: PageServer) -> Page:
    return visit(f"{crm}/frame.html?phone={server.url}&extension=101")


def test_a_crm_signs_in_hears_of_calls_and_makes_them(visit: NewPage, crm: str) -> None:
    with PageServer(http_frames=(crm,)) as server:
        page = opened(visit, crm, server)
        phone = page.frame_locator("#phone")
        expect(phone.get_by_role("heading", name="Peter Berg · 101")).to_be_visible()
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


@pytest.mark.parametrize("file", ["frame.html", "salesforce.html"])
def test_examples_speak_of_what_the_phone_knows(file: str) -> None:
    text = (CRM / file).read_text(encoding="utf-8")
    for word in (
        "ivrsvr:",
        'data.ivrsvr === "event"' if file == "frame.html" else 'data.ivrsvr !== "event"',
        "embedded&parent=",
    ):
        assert word in text
