"""User data: on calls, under keys, and what the last call brought."""

import asyncio
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from ivrsvr.clock import Clock
from ivrsvr.csta import call
from ivrsvr.csta.enums import LocalConnectionState, UUIProtocolType
from ivrsvr.csta.private.events import ATTConnectionClearedV7, ATTDeliveredV7
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.service.errors import Own
from ivrsvr.service.lookups import Found, Lookups
from ivrsvr.service.service import Options
from ivrsvr.service.userdata import UserData, text_of
from ivrsvr.store.database import open_database
from ivrsvr.store.userdata import Key, UserDataStore, is_key
from tests.service.fake import START, F, FakeBackend, code, house, on_loop, settled
from tests.service.test_monitors import cleared, delivered
from tests.store.unwritable import Why, unwritable

TEXT = UUIProtocolType.UUI_IA5_ASCII


def ia5(text: str) -> ATTUserToUserInfo:
    return ATTUserToUserInfo(TEXT, text.encode())


@on_loop
async def test_set_get_update() -> None:
    async with house() as it:
        key = (await it.ask("userdata", type="set", data="set data"))["uui"]
        assert is_key(key)
        assert (await it.ask("userdata", type="get", uui=key))["data"] == "set data"
        answer = await it.ask("userdata", type="update", uui=key, data="upate data ☎")
        assert list(answer.items())[2:] == [("result", "success"), ("error", "")]
        assert (await it.ask("userdata", type="get", uui=key))["data"] == "upate data ☎"


@on_loop
async def test_missing_keys_and_unknown_texts() -> None:
    async with house() as it:
        unknown = "FCCCCCCC0000000156A853617F00000113EC00000005"
        assert code(await it.ask("userdata", type="get", uui=unknown)) == Own.USERDATA_NOT_FOUND
        assert code(await it.ask("userdata", type="get", uui="x")) == Own.USERDATA_NOT_FOUND
        assert code(await it.ask("userdata", type="update", uui=unknown, data="x")) == Own.USERDATA_NOT_FOUND
        for keys in ({"type": "get"}, {"type": "set"}, {"type": "update", "uui": unknown}, {}):
            answer = await it.ask("userdata", **keys)
            assert code(answer) == F.OBJECT_NOT_KNOWN
        assert code(await it.ask("userdata", type="steal")) == F.VALUE_OUT_OF_RANGE


@on_loop
async def test_data_that_are_too_long_are_refused_and_never_cut() -> None:
    async with house(options=Options(custdatamaxsize=200)) as it:
        assert code(await it.ask("userdata", type="set", data="é" * 101)) == Own.DATA_TOO_LONG
        assert (await it.ask("userdata", type="set", data="é" * 100))["result"] == "success"
        assert code(await it.ask("makecall", destination="102", data="x" * 201)) == Own.DATA_TOO_LONG
        assert it.switch.asked == []


@pytest.mark.parametrize("data", ["x" * 97, "Grüße", "line\nbreak", "\x00", "电话"])
@on_loop
async def test_data_that_do_not_fit_travel_under_a_key_and_arrive_whole(data: str) -> None:
    async with house() as it:
        client = await it.client("102")
        await it.ask("makecall", destination="102", data=data)
        sent = it.switch.privates[-1].userInfo
        assert is_key(sent.data.decode())
        it.switch.report("102", delivered(to="102"), ATTDeliveredV7(userInfo=sent))
        (event,) = await client.events()
        assert (event["uui"], event["custdata"]) == (sent.data.decode(), data)


@pytest.mark.parametrize("name", ["makecall", "consultation", "hangup", "dropparty"])
@on_loop
async def test_data_that_fit_are_the_uui_itself(name: str) -> None:
    switch = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102"]})
    keys = {"dropparty": {"party": "102"}, "hangup": {}}.get(name, {"destination": "102"})
    async with house(switch) as it:
        for data in ("hello world", "x" * 96, ""):
            assert (await it.ask(name, **keys, data=data))["result"] == "success"
            sent = it.switch.privates[-1].userInfo
            assert (sent.data.decode(), sent.type) == (data, TEXT if data else UUIProtocolType.UUI_NONE)


BINARY = UUIProtocolType.UUI_USER_SPECIFIC


@pytest.mark.parametrize(
    ("link", "site", "data", "sent"),
    [
        (32, 96, "x" * 32, (TEXT, 32)),
        (32, 96, "x" * 33, (BINARY, 22)),
        (32, 96, "Grüße", (BINARY, 22)),
        (96, 32, "x" * 33, (BINARY, 22)),
        (96, 43, "x" * 43, (TEXT, 43)),
        (96, 44, "Grüße", (TEXT, 44)),
        (96, 22, "x" * 23, (BINARY, 22)),
        (96, 96, "FCCCCCCC0000000156A853617F000001", (TEXT, 44)),  # what looks like a cut key is stored
    ],
)
@on_loop
async def test_a_key_travels_as_octets_where_its_digits_find_no_room(
    link: int, site: int, data: str, sent: tuple[UUIProtocolType, int]
) -> None:
    switch = FakeBackend(uui_room=link)
    async with house(switch, options=Options(custdatauuisize=site)) as it:
        client = await it.client("102")
        assert (await it.ask("makecall", destination="102", data=data))["result"] == "success"
        info = it.switch.privates[-1].userInfo
        assert (info.type, len(info.data)) == sent
        it.switch.report("102", delivered(to="102"), ATTDeliveredV7(userInfo=info))
        (event,) = await client.events()
        assert event["custdata"] == data
        assert is_key(event["uui"]) == (event["uui"] != data)


@on_loop
async def test_a_key_that_was_cut_is_told_and_its_rest_is_no_data() -> None:
    async with house() as it:
        client = await it.client("102")
        cut = "FCCCCCCC0000000156A853617F000001"
        it.switch.report("102", delivered(to="102"), ATTDeliveredV7(userInfo=ia5(cut)))
        (event,) = await client.events()
        assert (event["uui"], event["custdata"]) == (cut, "")
        assert "ivr_custdatauuisize" in event["custdatafault"]
        assert code(await it.ask("userdata", extension="102", type="alert")) == Own.USERDATA_SERVICE_FAILED


@on_loop
async def test_where_no_private_data_go_along_the_application_is_told_and_nobody_is_called() -> None:
    async with house(FakeBackend(uui_room=0)) as it:
        refused = await it.ask("makecall", destination="102", data="x")
        assert code(refused) == F.INVALID_FEATURE
        assert "tsapi_privatedata" in refused["error"]
        assert it.switch.services(call.MakeCall) == []
        assert (await it.ask("makecall", destination="102"))["result"] == "success"


@on_loop
async def test_without_a_store_only_plain_text_travels() -> None:
    async with house(stores=False) as it:
        await it.ask("makecall", destination="102", data="y" * 97)
        assert it.switch.privates[-1].userInfo.data == b"y" * 97  # the switch decides what is too long
        assert code(await it.ask("makecall", destination="102", data="é")) == F.INVALID_FEATURE
        assert code(await it.ask("userdata", type="set", data="x")) == F.INVALID_FEATURE
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_the_last_alerting_and_the_last_end() -> None:
    async with house() as it:
        assert code(await it.ask("userdata", type="alert")) == F.NO_ACTIVE_CALL
        await it.client("101")
        assert code(await it.ask("userdata", type="hangup")) == F.NO_ACTIVE_CALL
        private = ATTDeliveredV7(trunkGroup="5", trunkMember="20", ucid="U", userInfo=ia5("hello"))
        it.switch.report("101", delivered(), private)
        it.switch.report(
            "101", cleared("101", LocalConnectionState.CS_NULL), ATTConnectionClearedV7(userInfo=ia5("bye"))
        )
        await settled()
        assert list((await it.ask("userdata", type="alert")).items())[3:] == [
            ("callid", 48),
            ("calling", "102"),
            ("called", "101"),
            ("alerting", "101"),
            ("cli", "102"),
            ("dnis", "101"),
            ("uec", ""),
            ("ucid", "U"),
            ("split", ""),
            ("trunkgroup", "5"),
            ("trunkmember", "20"),
            ("userdata", "hello"),
        ]
        assert list((await it.ask("userdata", type="hangup")).items())[3:] == [
            ("callid", 48),
            ("releasing", "101"),
            ("ucid", "U"),
            ("userdata", "bye"),
        ]


# ---- the store


def test_the_key_of_the_contract_says_where_to_ask() -> None:
    text = "FCCCCCCC0000000156A853617F00000113EC00000005"
    key = Key.parse(text)
    assert key is not None
    assert (key.server, key.time, str(key.address), key.port, key.sequence) == (1, 0x56A85361, "127.0.0.1", 5100, 5)
    assert str(key) == text
    assert Key.parse(text.lower()) is Key.parse(text[:-1]) is Key.parse("FCCCCCCD" + text[8:]) is None


def test_entries_expire_and_are_purged() -> None:
    now = START
    store = UserDataStore(Database(memory=True), lambda: now, ttl_s=10)
    first, second = store.set("one"), store.set("two")
    now += 9
    assert store.update(second, "three")
    now += 1
    assert [store.get(first), store.get(second)] == [None, "three"]
    assert not store.update(first, "x")
    assert store.purge() == 1
    now += 9
    assert store.get(second) is None


def test_two_servers_on_one_database_never_take_the_same_key() -> None:
    database = Database(memory=True)
    stores = [UserDataStore(database, lambda: START) for _ in range(2)]
    keys = [stores[n % 2].set(str(n)) for n in range(600)]
    assert len(set(keys)) == 600
    assert [stores[0].get(key) for key in keys] == [str(n) for n in range(600)]


@pytest.mark.parametrize("why", get_args(Why))
@on_loop
async def test_while_the_database_cannot_be_written_calls_go_on_and_data_are_refused_clearly(
    tmp_path: Path, why: Why
) -> None:
    database = open_database(tmp_path / "a.db")
    async with house(database=database) as it:
        key = (await it.ask("userdata", type="set", data="before"))["uui"]
        with unwritable(database, why):
            for answer in (
                await it.ask("userdata", type="set", data="x" * 4096),
                await it.ask("userdata", type="update", uui=key, data="x" * 4096),
                await it.ask("makecall", destination="102", data="é" * 2000),
            ):
                assert code(answer) == Own.USERDATA_SERVICE_FAILED
                assert why in answer["error"]
            assert it.switch.services() == []
            assert (await it.ask("userdata", type="get", uui=key))["data"] == "before"
            for values in ({}, {"data": "short"}, {"idempotencykey": "k"}):
                assert (await it.ask("makecall", destination="102", **values))["result"] == "success"
        assert (await it.ask("userdata", type="update", uui=key, data="x" * 4096))["result"] == "success"


@on_loop
async def test_a_database_that_cannot_be_read_costs_an_event_its_data_and_no_more() -> None:
    database = Database(memory=True)
    async with house(database=database) as it:
        client = await it.client("101")
        key = (await it.ask("userdata", type="set", data="lost"))["uui"]
        database.execute("drop table tUserData")
        it.switch.report("101", delivered(), ATTDeliveredV7(userInfo=ia5(key)))
        (event,) = await client.events()
        assert (event["eventtype"], event["custdata"]) == ("offer", "")
        assert "the database of user data" in event["custdatafault"]
        assert "the database of user data" in (await it.ask("userdata", type="get", uui=key))["error"]


# ---- anything at all


def rules(room: int) -> UserData:
    clock = Clock(START)
    return UserData(Lookups.embedded(UserDataStore(Database(memory=True), clock.now), clock), lambda: room)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=120), min_size=1, max_size=5), st.sampled_from([22, 32, 43, 44, 96]))
def test_any_data_arrive_as_they_were_given(texts: list[str], room: int) -> None:
    async def travel() -> None:
        userdata = rules(room)
        for text in texts:
            info = await userdata.attach(text)
            assert len(info.data) <= room
            assert userdata.at_hand(info) == await userdata.resolve(info) == Found(text)

    asyncio.run(travel())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(UUIProtocolType)),
    st.binary(max_size=96) | st.from_regex(rb"FCCCCCCC[0-9A-F]{0,40}", fullmatch=True),
)
def test_any_uui_of_others_is_told_and_does_no_harm(kind: UUIProtocolType, octets: bytes) -> None:
    info = ATTUserToUserInfo(kind, octets)
    found = rules(96).at_hand(info)
    assert found is not None
    assert found.text in ("", text_of(info))
