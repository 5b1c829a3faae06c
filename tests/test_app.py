"""Building a server: settings against the table, user data of a site's own, and what must not run."""

import asyncio
import socket
from dataclasses import fields
from pathlib import Path

import pytest

from ivrsvr.app import serving
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.store.journal import JournalFile
from ivrsvr.store.parameters import PARAMETERS
from ivrsvr.store.settings import resolve


class OwnStore:
    """A site's own user data, as `ivr_custdatadll` names it."""

    opened = ""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def open(self, configstring: str) -> None:
        type(self).opened = configstring

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def set(self, data: str) -> str:
        key = f"own{len(self._texts)}"
        self._texts[key] = data
        return key

    def update(self, key: str, data: str) -> bool:
        known = key in self._texts
        self._texts[key] = data
        return known

    def close(self) -> None:
        type(self).opened = "closed"


QUIET = {"http": "127.0.0.1:0", "console": "", "uuisvr_listen": "false", "db": ":memory:"}


def settings(**given: str) -> Settings:
    return Settings.of(resolve(QUIET | given, {}))


def test_settings_and_the_table_of_parameters_are_the_same() -> None:
    assert [one.name for one in fields(Settings) if one.name not in ("tlinks", "given")] == [
        one.name for one in PARAMETERS
    ]
    assert Settings.of(resolve({}, {})) == Settings()


async def answer_of(given: Settings, request: dict[str, str]) -> dict[str, object]:
    async with serving(given, Clock(0.0)) as app:
        return await app.service.handle(request)


def test_a_sites_own_class_keeps_the_user_data() -> None:
    given = settings(ivr_custdatadll="tests.test_app:OwnStore", ivr_custdataconfigstring="somewhere")
    answer = asyncio.run(answer_of(given, {"request": "userdata", "type": "set", "extension": "101", "data": "x"}))
    assert answer["uui"] == "own0"
    assert OwnStore.opened == "closed"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ivr_custdatadll": "nowhere:Nothing"}, "cannot be loaded"),
        ({"ivr_custdatadll": "tests.test_app"}, "package.module:Class"),
        ({"ivr_custdatadll": "tests.test_app:Nothing"}, "cannot be loaded"),
        ({"ivr_custdatadll": "builtins:dict"}, "has no method open"),
        ({"ivr_uuisvr": "localhost:5100"}, "IPv4"),
        ({"world": "nowhere.yaml"}, "nowhere.yaml"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        asyncio.run(answer_of(settings(**given), {}))


def test_other_machines_stay_out_unless_it_is_meant() -> None:
    with pytest.raises(ListenError, match="nobody has a key yet"):
        asyncio.run(answer_of(settings(ws="0.0.0.0:0"), {}))
    with pytest.raises(ListenError, match="password that everybody knows"):
        asyncio.run(answer_of(settings(console="0.0.0.0:0"), {}))
    with pytest.raises(ListenError, match="security to auto or on"):
        asyncio.run(answer_of(settings(http="0.0.0.0:0", security="off"), {}))
    assert asyncio.run(answer_of(settings(ws="0.0.0.0:0", insecure="true"), {}))["result"] == "fail"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ws": "0.0.0.0:0", "insecure": "true"}, "0.0.0.0:0 would be in clear"),
        ({"ivr_journal": "redis://10.1.0.9:6379/0"}, "ivr_journal: 10.1.0.9 would be asked in clear.*use rediss://"),
        ({"ivr_uuisvr": "10.1.0.9:5100"}, "use ivr_uuisvr_tls"),
        ({"ivr_uuisvr_peers": "10.1.0.9:5100"}, "use ivr_uuisvr_tls"),
        ({"otel_endpoint": "http://10.1.0.9:4318"}, "use https://"),
        ({"backend": "tsapi", "ivr_tlink_01": "AVAYA#CM1#CSTA#AES1@10.1.0.9 ivrsvr x"}, "name the AES's CSTA-S"),
    ],
)
def test_nothing_in_clear_where_tls_is_the_only_way(given: dict[str, str], said: str) -> None:
    with pytest.raises((ListenError, ConfigurationError), match=said):
        asyncio.run(answer_of(settings(tls_only="true", **given), {}))


def test_tls_only_leaves_the_machine_itself_alone() -> None:
    asked = {"request": "snapshot", "extension": "101"}
    assert asyncio.run(answer_of(settings(tls_only="true"), asked))["result"] == "success"


def test_a_timer_that_fails_does_not_stop_time(caplog: pytest.LogCaptureFixture) -> None:
    async def two_timers() -> None:
        clock = Clock(mode="real")
        async with serving(settings(), clock):
            later: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            clock.call_later(0, lambda: 1 / 0)
            clock.call_later(0.001, lambda: later.set_result(None))
            await later

    asyncio.run(two_timers())
    assert "a timer failed" in caplog.text


@pytest.mark.parametrize("option", ["http", "ws", "aes"])
def test_a_host_that_no_host_can_be_called_is_said(option: str) -> None:
    with pytest.raises(ListenError, match=f"a..b:0: there is no such host; name another one with --{option}"):
        asyncio.run(answer_of(settings(insecure="true", **{option: "a..b:0"}), {}))


def test_a_start_that_fails_costs_no_event_that_was_sent_before(tmp_path: Path) -> None:
    """The journal is left as in order: whoever comes back after the next start is told of no gap."""
    there = {"db": str(tmp_path / "a.db")}

    async def starts() -> None:
        async with serving(settings(**there), Clock(0.0)):
            pass
        with socket.create_server(("127.0.0.1", 0)) as taken:
            aes = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(ListenError, match="the simulated AES cannot listen"):
                async with serving(settings(aes=aes, **there), Clock(0.0)):
                    pass

    asyncio.run(starts())
    journal = JournalFile(tmp_path / "a.events", "other")
    begun = journal.open()
    journal.close(begun.last)
    assert (begun.last, begun.lost) == (0, 0)


def test_the_options_reach_what_they_are_for() -> None:
    given = settings(ivr_custdatamaxsize="3")
    answer = asyncio.run(answer_of(given, {"request": "userdata", "type": "set", "extension": "101", "data": "four"}))
    assert str(answer["error"]).startswith("DATA_TOO_LONG")
