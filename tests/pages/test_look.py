"""What every page has to be: accessible, in both themes and at any width, and quick."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from ivrsvr.interfaces.http.pages.files import PAGES, load
from tests.pages.conftest import NewPage, Visitors
from tests.pages.rig import PageServer

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PRACTICE = (Path(__file__).parent / "practice.js").read_text(encoding="utf-8")
HERE = sorted(set(PAGES) & set(load()))


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, a line each."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}" for one in found]


def looked_at(page: Page, *, loaded: bool = False) -> None:
    """In both themes nothing is wrong with a page, and it fits on every screen.

    loaded: nothing has happened on it but that it was loaded.
    """
    assert page.evaluate(PRACTICE, loaded) == []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert violations(page) == []
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


DRAWN = {"/phone": "#signin", "/sim": "#picture svg", "/train": "#assign-panel", "/wall": "#chart canvas"}
"""What is there when a page has all that it shows at first."""


@pytest.mark.parametrize("path", HERE)
def test_a_page_is_accessible_and_fits(visitors: Visitors, new_page: NewPage, path: str) -> None:
    page = new_page(path)
    expect(page.locator("iv-bar .pill")).to_have_text("connected")
    expect(page.locator(DRAWN[path])).to_be_visible()
    looked_at(page, loaded=True)
    assert visitors.complaints == []


def test_bad_practice_is_noticed(new_page: NewPage) -> None:
    page = new_page("/phone")
    page.evaluate(
        """() => {
            document.documentElement.lang = "";
            document.querySelector('meta[name="viewport"]').content = "width=device-width, user-scalable=no";
            const button = document.createElement("button");
            button.id = "main";
            button.style.cssText = "min-height: 0; height: 12px; padding: 0";
            document.querySelector("main").append(button, document.createElement("img"));
        }"""
    )
    found = [str(one).split(":")[0] for one in page.evaluate(PRACTICE)]
    assert found == ["no language", "viewport", "a picture without a size", "an id twice", "too small for a finger"]


def test_what_is_pressed_and_where_one_is_can_be_seen_without_colours(new_page: NewPage) -> None:
    page = new_page("/phone?extension=101")
    page.emulate_media(forced_colors="active")
    background = "one => getComputedStyle(one).backgroundColor"
    for marked, other in (("[data-key=ring]", "[data-key=speak]"), ("nav [aria-current]", "nav a:not([aria-current])")):
        expect(page.locator(marked).first).to_be_visible()
        assert page.locator(marked).first.evaluate(background) != page.locator(other).first.evaluate(background)


def test_a_page_that_the_browser_kept_begins_again(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone?extension=101")
    expect(page.locator("#desk")).to_be_visible()
    page.evaluate("() => { window.old = true; }")
    page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})); }")
    page.wait_for_function("() => window.old === undefined")
    server.call_in("101")
    expect(page.locator(".call")).to_contain_text("ringing")


def test_a_phone_at_work_is_accessible(new_page: NewPage, server: PageServer) -> None:
    page = new_page("/phone?extension=101")
    server.call_in("101", uui="customer 4711")
    page.get_by_role("button", name="Answer").click()
    server.api("consultation", extension="101", destination="102")
    expect(page.locator(".call")).to_have_count(2)
    looked_at(page)
