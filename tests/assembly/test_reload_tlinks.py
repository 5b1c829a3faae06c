"""TLINKs that are changed while the server runs, against a simulated AES on TCP."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.backends.base import LinkState
from ivrsvr.registry import SCOPES, Caller

ROOT = Caller(door="console", address="127.0.0.1", user="root", scopes=SCOPES)
LIMIT_S = 20.0
NAME = "AVAYA#CM1#CSTA#AES1"


async def ask(app: App, request: str, **keys: Any) -> dict[str, Any]:
    return await app.service.handle({"request": request, **keys}, ROOT)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        # Nothing tells a test of the link, so it has to look.
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def change_tlinks(folder: Path) -> None:
    own: dict[str, Any] = {"http": "127.0.0.1:0", "console": (), "ivr_journal": "memory"}
    aes_settings = Settings(**own, db=":memory:", aes="127.0.0.1:0", aes_csta=0, aes_csta_s=0)
    path = str(folder / "a.db")
    async with serving(aes_settings) as switch:
        assert switch.aes is not None
        good = f"{NAME}@127.0.0.1:{switch.aes.name_port} ivrsvr ivrsvr"
        dead = f"{NAME}@127.0.0.1:1 ivrsvr ivrsvr"
        settings = Settings(**own, db=path, backend="tsapi", tlinks=(dead,), given={"db": path, "backend": "tsapi"})
        async with serving(settings) as app:
            link: Callable[[], LinkState] = lambda: app.service.link  # noqa: E731
            assert link() is LinkState.DOWN
            # While it waits for its next attempt it is given one that works.
            assert await ask(app, "change parameter", name="ivr_tlink_01", value=good) | {"id": ""} == {
                "msgtype": "response", "id": "", "result": "success", "error": "",
            }  # fmt: skip
            await until(lambda: link() is LinkState.UP)
            # A second one is added: the stream in use lives on.
            target = app.service.backend.target  # type: ignore[attr-defined]
            await ask(app, "change parameter", name="ivr_tlink_02", value=dead)
            assert app.service.backend.target is target  # type: ignore[attr-defined]
            assert [row["state"] for row in (await ask(app, "disp tlink"))["list"]] == ["up", "standby"]
            # The one in use is taken away: its stream is closed, and the calls are known again when it is back.
            await ask(app, "add extension", extension="101")
            await ask(app, "change parameter", name="ivr_tlink_01", value=dead)
            await until(lambda: link() is LinkState.DOWN)
            refused = await ask(app, "snapshot", extension="101")
            assert "LINK_DOWN" in refused["error"]
            # One that cannot be used is stored and said, and nothing else is changed.
            told = await ask(app, "change parameter", name="ivr_tlink_01", value=f"{NAME}@127.0.0.1 a enc:rubbish")
            assert "not in force" in told["note"]
            await ask(app, "change parameter", name="ivr_tlink_01", value=good)
            await until(lambda: link() is LinkState.UP and app.service.monitors.running == 1)


def test_tlinks_are_changed_without_a_restart(tmp_path: Path) -> None:
    asyncio.run(change_tlinks(tmp_path))
