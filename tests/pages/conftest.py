"""Real pages in the Chromium of this machine, against a real server."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.pages.rig import PATIENCE_MS, PageServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NewPage: TypeAlias = "Callable[..., Page]"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
"""The first is the same without a desktop, for a third of the work."""

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"),
    *("--font-render-hinting=none", "--disable-lcd-text", "--autoplay-policy=no-user-gesture-required"),
)

SLOWNESS = int(os.environ.get("SLOW_PAGES", "1"))
"""How many times slower the pages are than they need be: tests that only pass on a quick machine fail with 4."""

SOON = """{
    const pauses = { 500: 100, 600: 100, 2000: 200, 2500: 300, 5000: 500, 10000: 1000 };
    const pause = setTimeout;
    window.setTimeout = (call, ms, ...given) => pause(call, pauses[ms] ?? ms, ...given);
}"""
"""What pages look for again and again they look for sooner: no test waits for the next look."""

USUAL = ("Failed to load resource", "WebSocket connection")
"""What Chromium says of every refusal and of every server that has gone, which tests do on purpose."""


class Visitors:
    """Pages of one browser, each used by one test after the other: a new one costs a process of its own."""

    def __init__(self, browser: "Browser") -> None:
        self._context = browser.new_context(reduced_motion="reduce")
        self._context.add_init_script(SOON)
        self._context.set_default_timeout(PATIENCE_MS)
        self._spare: list[Page] = []
        self._used: list[Page] = []
        self._prepared: list[Page] = []
        self.complaints: list[str] = []

    def open(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, script: str = "") -> "Page":
        """Open an address as somebody who was never there.

        script: what runs before the page's own; such a page is for one test alone.
        """
        page = self._spare.pop() if self._spare and not script else self._new()
        if script:
            page.add_init_script(script)
            self._prepared.append(page)
        else:
            self._used.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="screen", color_scheme="dark" if dark else "light", forced_colors="none")
        page.goto(url)
        return page

    def _new(self) -> "Page":
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        if SLOWNESS > 1:
            slowing = self._context.new_cdp_session(page)
            slowing.send("Emulation.setCPUThrottlingRate", {"rate": SLOWNESS})
            slowing.send("Network.enable")
            network = {"offline": False, "latency": 50 * SLOWNESS, "downloadThroughput": -1, "uploadThroughput": -1}
            slowing.send("Network.emulateNetworkConditions", network)
        return page

    def leave(self) -> list[str]:
        """Leave every page, with nothing kept. Returns what the pages complained of."""
        self._context.set_offline(False)
        for page in self._used:
            if page.is_closed():
                continue
            if page.url.startswith("http"):
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.goto("about:blank")
            self._spare.append(page)
        for page in self._prepared:
            page.close()
        self._used.clear()
        self._prepared.clear()
        said = [one for one in self.complaints if not any(usual in one for usual in USUAL)]
        self.complaints.clear()
        return said


@pytest.fixture(scope="module")
def visitors() -> Iterator[Visitors]:
    """One Chromium for the tests of a file.

    Not for all files: as long as it is open its library's event loop runs in this thread, where others want theirs.
    """
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine: apt-get install chromium")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield Visitors(chromium)
        chromium.close()


@pytest.fixture
def visit(visitors: Visitors) -> Iterator[NewPage]:
    """Opens an address as a new visitor: ``visit(url, width=1280, height=900, dark=False)``.

    A test in which a page complains (an exception, a message of the console's kind error) has failed.
    """
    yield visitors.open
    assert visitors.leave() == []


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A server on the default world, in virtual time."""
    with PageServer() as running:
        yield running


@pytest.fixture
def new_page(server: PageServer, visit: NewPage) -> NewPage:
    """Opens a page of `server` as a new visitor: ``new_page("/phone", width=1280, height=900, dark=False)``."""
    return lambda path, **options: visit(server.url + path, **options)
