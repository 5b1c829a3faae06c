"""Every page in both themes and three widths, compared with pictures that somebody has looked at and approved.

The pictures are kept small, and compared at that size, so that another font or the width of a line does not matter, and
a part that is missing, moved or in the wrong colour does. With IVRSVR_APPROVE=yes in the environment they are made
anew; look at every one before you commit it.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, expect

from tests.pages.conftest import NewPage
from tests.pages.rig import PageServer

APPROVED = Path(__file__).parent / "approved"
APPROVE = "IVRSVR_APPROVE"
WIDTHS = (320, 768, 1280)
HEIGHT = 900
SMALL = 160
"""Pixels in width of a picture that is kept."""

MOST_DIFFERENT = 5.0
"""Mean difference of a colour, of 255."""


def _signed_in(page: Page) -> None:
    expect(page.locator("#desk")).to_be_visible()


def _talking(page: Page) -> None:
    _signed_in(page)
    expect(page.locator(".call")).to_have_count(2)
    page.mouse.move(0, 0)


def _drawn(page: Page) -> None:
    expect(page.locator("iv-bar .pill")).to_have_text("connected")
    page.wait_for_timeout(1200)  # charts and pictures are drawn at their own pace


SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "phone-signin": ("/phone", lambda page: expect(page.locator("iv-bar .pill")).to_have_text("connected")),
    "phone-talking": ("/phone?extension=101", _talking),
    "wall": ("/wall?skills=201,202&vdns=700&trunks=405", _drawn),
    "sim": ("/sim", _drawn),
}
"""Name -> the page, and what has to be seen before it is compared."""


def prepare(server: PageServer) -> None:
    """Two calls at 101, three in the queue of skill 201, and agents in different states."""
    server.call_in("101", uui="customer 4711")
    server.api("answer", extension="101")
    server.api("consultation", extension="101", destination="102")
    for extension, agentid, password in (
        ("111", "12345", "67890"),
        ("112", "12346", "67891"),
        ("113", "12347", "67892"),
    ):
        server.api("login", extension=extension, agentid=agentid, passwd=password)
    server.api("setstate", extension="113", state="acw")
    for number in ("67890001", "67890002", "67890003"):
        server.call_in("700", number)
    server.advance(4)


def small(screenshot: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    return picture.resize((SMALL, round(picture.height * SMALL / picture.width)), Image.Resampling.BOX)


@pytest.fixture(scope="module")
def centre() -> Iterator[PageServer]:
    """A server with a centre at work; nothing happens there any more, so one does for all pictures."""
    with PageServer() as server:
        prepare(server)
        yield server


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_page_looks_as_approved(visit: NewPage, centre: PageServer, scene: str, dark: bool) -> None:
    path, ready = SCENES[scene]
    page = visit(centre.url + path, width=WIDTHS[0], height=HEIGHT, dark=dark)
    ready(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(300)
        compare(small(page.screenshot()), APPROVED / f"{scene}-{'dark' if dark else 'light'}-{width}.png")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_training_looks_as_approved(new_page: NewPage, server: PageServer, dark: bool) -> None:
    """A session with two callers, as its trainer sees it."""
    server.ask("POST", "/sim/training", scenario="hold-please", trainee="Ann", extension="101", trainer="Tom")
    server.ask("POST", "/sim/training/desk/101/ready")
    server.ask("POST", "/sim/training/start")
    server.advance(7)
    server.api("answer", extension="101")
    server.advance(28)
    page = new_page("/train", width=WIDTHS[0], height=HEIGHT, dark=dark)
    expect(page.locator("#trainee-calls .pill")).to_have_count(2)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(300)
        compare(small(page.screenshot()), APPROVED / f"training-{'dark' if dark else 'light'}-{width}.png")


def compare(found: Image.Image, file: Path) -> None:
    """Raises AssertionError where a picture is not as approved."""
    if os.environ.get(APPROVE):
        found.quantize(64).save(file, optimize=True)
    with Image.open(file) as kept:
        approved = kept.convert("RGB")
    assert found.size == approved.size
    different = ImageStat.Stat(ImageChops.difference(found, approved))
    assert max(different.mean) < MOST_DIFFERENT, f"{file.name}: look at the page, and approve it or mend it"


def test_a_wrong_picture_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(APPROVE, raising=False)
    with Image.open(APPROVED / "phone-talking-light-1280.png") as picture, pytest.raises(AssertionError, match="wall"):
        compare(picture.convert("RGB"), APPROVED / "wall-light-1280.png")
