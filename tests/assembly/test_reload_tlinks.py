"""TLINKs that are changed while the server runs, against a simulated AES on TCP; in virtual time."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.backends.base import LinkState
from ivrsvr.backends.tsapi.links import BACK_OFF_FIRST_S
from ivrsvr.clock import Clock
from ivrsvr.registry import SCOPES, Caller
from ivrsvr.testing.settle import Settling

ROOT = Caller(door="console", address="127.0.0.1", user="root", scopes=SCOPES)
NAME = "AVAYA#CM1#CSTA#AES1"


async def ask(app: App, request: str, **keys: Any) -> dict[str, Any]:
    return await app.service.handle({"request": request, **keys}, ROOT)


async def change_tlinks(folder: Path, settling: Settling) -> None:
    own: dict[str, Any] = {"http": "127.0.0.1:0", "console": (), "ivr_journal": "memory"}
    aes_settings = Settings(**own, db=":memory:", aes="127.0.0.1:0", aes_csta=0, aes_csta_s=0)
    path = str(folder / "a.db")
    clock = Clock()
    async with serving(aes_settings, clock) as switch:
        assert switch.aes is not None
        good = f"{NAME}@127.0.0.1:{switch.aes.name_port} ivrsvr ivrsvr"
        dead = f"{NAME}@127.0.0.1:1 ivrsvr ivrsvr"
        settings = Settings(**own, db=path, backend="tsapi", tlinks=(dead,), given={"db": path, "backend": "tsapi"})
        async with serving(settings, clock) as app:
            link: Callable[[], LinkState] = lambda: app.service.link  # noqa: E731
            assert link() is LinkState.DOWN
            # While it waits for its next attempt it is given one that works, and tries that at once.
            assert await ask(app, "change parameter", name="ivr_tlink_01", value=good) | {"id": ""} == {
                "msgtype": "response", "id": "", "result": "success", "error": "",
            }  # fmt: skip
            await settling.settle(clock)
            assert link() is LinkState.UP
            # A second one is added: the stream in use lives on.
            target = app.service.backend.target  # type: ignore[attr-defined]
            await ask(app, "change parameter", name="ivr_tlink_02", value=dead)
            await settling.settle(clock)
            assert app.service.backend.target is target  # type: ignore[attr-defined]
            assert [row["state"] for row in (await ask(app, "disp tlink"))["list"]] == ["up", "standby"]
            # The one in use is taken away: its stream is closed, and the calls are known again when it is back.
            await ask(app, "add extension", extension="101")
            await ask(app, "change parameter", name="ivr_tlink_01", value=dead)
            await settling.settle(clock)
            assert link() is LinkState.DOWN
            refused = await ask(app, "snapshot", extension="101")
            assert "LINK_DOWN" in refused["error"]
            # One that cannot be used is stored and said, and nothing else is changed.
            told = await ask(app, "change parameter", name="ivr_tlink_01", value=f"{NAME}@127.0.0.1 a enc:rubbish")
            assert "not in force" in told["note"]
            await ask(app, "change parameter", name="ivr_tlink_01", value=good)
            await settling.advance(clock, BACK_OFF_FIRST_S)
            assert link() is LinkState.UP
            assert app.service.monitors.running == 1


def test_tlinks_are_changed_without_a_restart(tmp_path: Path) -> None:
    settling = Settling()
    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(change_tlinks(tmp_path, settling))
