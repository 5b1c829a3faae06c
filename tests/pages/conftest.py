"""Real pages in the Chromium of this machine, against a real server."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.pages.rig import PageServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NewPage: TypeAlias = "Callable[..., Page]"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"),
    *("--font-render-hinting=none", "--disable-lcd-text", "--autoplay-policy=no-user-gesture-required"),
)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One Chromium for the tests of a file; each page has a context of its own.

    Not for all files: as long as it is open its library's event loop runs in this thread, where others want theirs.
    """
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine: apt-get install chromium")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A server on the default world, in virtual time."""
    with PageServer() as running:
        yield running


@pytest.fixture
def new_page(visit: NewPage, server: PageServer) -> NewPage:
    """Opens a page of `server` as a new visitor: ``new_page("/phone", width=1280, height=900, dark=False)``."""
    return lambda path, **options: visit(server.url + path, **options)


@pytest.fixture
def visit(browser: "Browser") -> "Iterator[NewPage]":
    """Opens an address as a new visitor.

    A test in which a page complains (an exception, a message of the console's kind error) has failed.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(url: str, *, width: int = 1280, height: int = 900, dark: bool = False, **options: Any) -> "Page":
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    fatal = [one for one in complaints if "Failed to load resource" not in one and "WebSocket connection" not in one]
    assert fatal == []
