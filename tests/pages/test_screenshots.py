"""Every page in both themes and three widths, compared with pictures that somebody has looked at and approved.

The pictures are kept small, and compared at that size, so that another font or the width of a line does not matter, and
a part that is missing, moved or in the wrong colour does. With IVRSVR_APPROVE=yes in the environment they are made
anew, and at full size in the folder that IVRSVR_PICTURES names; look at every one before you commit it.
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
PICTURES = "IVRSVR_PICTURES"
WIDTHS = (320, 768, 1280)
HEIGHT = 900
SMALL = 160
"""Pixels in width of a picture that is kept."""

MOST_DIFFERENT = 5.0
"""Mean difference of a colour, of 255."""

LOOKS = 20
LOOK_MS = 150
"""Charts and pictures are drawn at their own pace: a page is looked at so often before it is wrong."""


def _connected(page: Page) -> None:
    expect(page.locator("iv-bar .pill")).to_have_text("connected")


def _calls(count: int, text: str) -> Callable[[Page], None]:
    def shown(page: Page) -> None:
        expect(page.locator(".call")).to_have_count(count)
        expect(page.locator("#calls")).to_contain_text(text)

    return shown


SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "phone-signin": ("/phone", _connected),
    "phone-talking": ("/phone?extension=101", _calls(2, "calling")),
    "phone-ringing": ("/phone?extension=104", _calls(1, "from Rome")),
    "phone-conference": ("/phone?extension=103", _calls(1, "67890103")),
    "wall": ("/wall?skills=201,202&vdns=700&trunks=405", lambda page: expect(page.locator(".agent")).to_have_count(3)),
    "sim": ("/sim", lambda page: expect(page.locator(".calls")).to_contain_text("101")),
}
"""Name -> the page, and what has to be seen before it is compared."""


def prepare(server: PageServer) -> None:
    """Calls at 101 (two), 103 (a conference) and 104 (ringing), three in the queue of skill 201, and agents."""
    for device in ("101", "103", "104", "201", "700"):
        server.api("startmonitor", extension=device, events="all")
    server.call_in("101", uui="customer 4711")
    server.api("answer", extension="101")
    server.api("consultation", extension="101", destination="102")
    server.call_in("103", "67890103")
    server.api("answer", extension="103")
    server.api("consultation", extension="103", destination="105")
    server.api("answer", extension="105")
    server.api("conference", extension="103")
    server.api("makecall", extension="106", destination="104", data="order 1234, from Rome")
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


def look(page: Page, scene: str) -> None:
    """Compare a page with its pictures. Raises AssertionError where it is not as approved."""
    page.mouse.move(0, 0)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            see(page, APPROVED / f"{scene}-{theme}-{width}.png")


def see(page: Page, file: Path) -> None:
    if os.environ.get(APPROVE):
        page.wait_for_timeout(LOOK_MS * LOOKS // 2)
        picture = page.screenshot()
        small(picture).quantize(64).save(file, optimize=True)
        if folder := os.environ.get(PICTURES):
            (Path(folder) / file.name).write_bytes(picture)
    for _ in range(LOOKS):
        if (far := distance(small(page.screenshot()), file)) < MOST_DIFFERENT:
            return
        page.wait_for_timeout(LOOK_MS)
    raise AssertionError(f"{file.name} differs by {far:.1f}: look at the page, and approve it or mend it")


def small(screenshot: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    return picture.resize((SMALL, round(picture.height * SMALL / picture.width)), Image.Resampling.BOX)


def distance(found: Image.Image, file: Path) -> float:
    """How far a picture is from the approved one: the mean difference of its worst colour."""
    with Image.open(file) as kept:
        approved = kept.convert("RGB")
    assert found.size == approved.size
    return max(ImageStat.Stat(ImageChops.difference(found, approved)).mean)


@pytest.fixture(scope="module")
def centre() -> Iterator[PageServer]:
    """A server with a centre at work; nothing happens there any more, so one does for all pictures."""
    with PageServer() as server:
        prepare(server)
        yield server


@pytest.mark.parametrize("scene", SCENES)
def test_a_page_looks_as_approved(visit: NewPage, centre: PageServer, scene: str) -> None:
    path, ready = SCENES[scene]
    page = visit(centre.url + path, width=WIDTHS[0], height=HEIGHT)
    ready(page)
    look(page, scene)


def test_a_training_and_its_report_look_as_approved(new_page: NewPage, server: PageServer) -> None:
    """A session with two callers, as its trainer and its trainee see it, and what is left of it."""
    server.ask("POST", "/sim/training", scenario="hold-please", trainee="Ann", extension="101", trainer="Tom")
    server.ask("POST", "/sim/training/desk/101/ready")
    server.ask("POST", "/sim/training/start")
    server.advance(7)
    server.api("answer", extension="101")
    server.advance(28)
    trainer, trainee = new_page("/train"), new_page("/phone?extension=101")
    expect(trainer.locator("#trainee-calls .pill")).to_have_count(2)
    expect(trainee.locator("#training-lines li")).not_to_have_count(0)
    look(trainer, "training")
    look(trainee, "phone-training")
    server.ask("POST", "/sim/training/end")
    trainer.goto(f"{server.url}/train#report=1")
    trainer.reload()
    expect(trainer.locator("#report")).to_contain_text("Speed of answer")
    look(trainer, "report")


def test_a_wrong_picture_is_noticed() -> None:
    with Image.open(APPROVED / "phone-talking-light-1280.png") as picture:
        assert distance(picture.convert("RGB"), APPROVED / "wall-light-1280.png") > MOST_DIFFERENT
