"""Webhooks on a real socket: signed, in order, at least once, and whatever a target does, calls and others go on."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivrsvr.interfaces.webhooks import delivery, signing
from ivrsvr.interfaces.webhooks.delivery import BEFORE_RETRY_S, keys_of
from ivrsvr.interfaces.webhooks.sending import NotTaken, Sender, refused
from ivrsvr.registry import SCOPES, Caller
from ivrsvr.store.tables import TableError
from ivrsvr.store.webhooks import Webhook, checked
from ivrsvr.testing.receiver import ANSWERS, TAKEN, Receiver
from tests.interfaces.conftest import Server
from tests.store.unwritable import unwritable

ADMIN = Caller("test", scopes=SCOPES)


class Site:
    """A server with a receiver."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.receiver = Receiver()
        server.run(self.receiver.serve())

    @property
    def types(self) -> list[str]:
        """Of every event that came, however often."""
        return [delivery.event["eventtype"] for delivery in self.receiver.got]

    def admin(self, request: str, **keys: Any) -> dict[str, Any]:
        return self.server.run(self.server.app.service.handle({"request": request, **keys}, ADMIN))

    def ask(self, request: str, extension: str, **keys: Any) -> None:
        assert self.admin(request, extension=extension, **keys)["result"] == "success"

    def add(self, **keys: Any) -> str:
        given = {"name": "crm", "url": self.receiver.url, "extensions": "101", **keys}
        answer = self.admin("add webhook", **given)
        assert answer["result"] == "success", answer
        return str(answer["secret"])

    def shown(self) -> dict[str, Any]:
        (row,) = self.admin("disp webhook")["list"]
        return dict(row)


@pytest.fixture
def site() -> Iterator[Site]:
    with Server(webhook_targets="any") as server:
        found = Site(server)
        yield found
        server.run(found.receiver.close())


def test_events_are_delivered_in_order_and_signed(site: Site) -> None:
    secret = site.add()
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    site.ask("hangup", "101")
    assert site.types == ["alert", "connect", "disconnect", "idle"]
    assert all(one.is_signed(secret) for one in site.receiver.got)
    assert not site.receiver.got[0].is_signed(signing.new_secret())
    assert len({one.name for one in site.receiver.got}) == 4
    assert int(site.receiver.got[0].headers["webhook-timestamp"]) == int(site.server.app.clock.now())
    assert (site.shown()["delivered"], site.shown()["waiting"]) == (4, 0)


def test_only_what_was_chosen(site: Site) -> None:
    site.add(extensions="101,102", eventtypes="connect")
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    assert site.types == ["connect", "connect"]


def test_one_that_was_added_under_an_idempotency_key_outlives_the_key(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where keys are shared, the switch is asked only as long as a request is in hand: that of adding is over."""
    keys = site.server.app.service.keys
    assert keys is not None

    async def asked(key: str) -> bool:
        known = await keys.store.find(key)
        return known is not None and not known.outcome

    monkeypatch.setattr(keys.store, "asked", asked)
    site.add(idempotencykey="once")
    site.ask("makecall", "101", destination="102")
    assert site.types == ["alert"]
    assert not caplog.records


def test_what_is_not_taken_comes_again_with_the_same_id_and_later_events_of_the_call_wait(site: Site) -> None:
    site.add()
    site.receiver.answers = [ANSWERS["refuses"]]
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    assert site.types == ["alert"]
    assert site.shown()["waiting"] == 2
    site.server.advance(BEFORE_RETRY_S[0] * 1.3)
    assert site.types == ["alert", "alert", "connect"]
    ids = [one.name for one in site.receiver.got]
    assert ids[0] == ids[1] != ids[2]
    first, second = (int(one.headers["webhook-timestamp"]) for one in site.receiver.got[:2])
    assert second > first


def test_another_call_of_another_device_does_not_wait(site: Site) -> None:
    site.add(extensions="101,103")
    site.receiver.answers = [ANSWERS["refuses"]]
    site.ask("makecall", "101", destination="102")
    site.ask("makecall", "103", destination="104")
    assert [one.event["calling"] for one in site.receiver.got] == ["101", "103"]


def test_an_answer_without_end_is_read_no_further(site: Site) -> None:
    site.add()
    site.receiver.answers = [b"HTTP/1.1 200 Ok\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * 200_000]
    site.ask("makecall", "101", destination="102")
    assert site.shown()["delivered"] == 1


def test_a_target_that_hangs_holds_up_nobody(site: Site) -> None:
    site.add()
    site.receiver.usual = ANSWERS["hangs"]
    for _ in range(5):
        site.ask("makecall", "101", destination="102")
        site.ask("hangup", "101")
    site.server.give_up_on_the_network()
    assert "did not answer within 10 s" in site.shown()["trouble"]
    assert site.shown()["waiting"] == 15
    site.receiver.usual = TAKEN
    site.server.advance(2)
    assert site.types[1:] == ["alert", "disconnect", "idle"] * 5


def test_a_pause_before_another_attempt_holds_up_no_other_call(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", 1)
    site.add(extensions="101,103")
    site.receiver.answers = [ANSWERS["refuses"]]
    site.ask("makecall", "101", destination="102")
    site.ask("makecall", "103", destination="104")
    site.ask("answer", "104")
    assert [(one.event["eventtype"], one.event["calling"]) for one in site.receiver.got[1:]] == [
        ("alert", "103"),
        ("connect", "103"),
    ]


def test_what_a_target_is_too_slow_for_waits_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queue overflows, and it is away for longer than anybody waits for a client that was cut off."""
    monkeypatch.setattr(delivery, "WINDOW_MOST", 4)
    with Server(webhook_targets="any", ws_queuelength=4, monitor_linger=1.0) as server:
        site = Site(server)
        site.add()
        site.receiver.usual = ANSWERS["refuses"]
        for _ in range(8):
            site.ask("makecall", "101", destination="102")
            site.ask("hangup", "101")
            server.advance(2)
        site.receiver.usual = TAKEN
        server.advance(sum(BEFORE_RETRY_S))
        taken = dict.fromkeys((event["eventid"], event["eventtype"]) for event in site.receiver.taken)
        assert [kind for _, kind in taken] == ["alert", "disconnect", "idle"] * 8
        assert site.admin("delete webhook", name="crm")["result"] == "success"
        assert site.admin("disp monitor")["list"] == []
        server.run(site.receiver.close())


def test_while_the_database_cannot_be_written_deliveries_go_on_and_nothing_is_lost(site: Site) -> None:
    site.add()
    webhooks = site.server.app.site.webhooks
    with unwritable(site.server.app.site.configuration._database, "it can be read only"):
        site.ask("makecall", "101", destination="102")
        site.ask("answer", "102")
        assert site.types == ["alert", "connect"]
        assert "it can be read only" in webhooks.failing
        site.receiver.answers.append(ANSWERS["is gone for good"])
        site.ask("hangup", "101")
        assert site.types == ["alert", "connect", "disconnect"]
        assert "it can be read only" in site.admin("rotate webhook", name="crm")["error"]
    assert (site.shown()["waiting"], site.admin("disp deadletter", name="crm")["list"]) == (2, [])
    site.server.advance(BEFORE_RETRY_S[0] * 1.3)
    assert site.types == ["alert", "connect", "disconnect", "disconnect", "idle"]
    assert (site.shown()["waiting"], webhooks.failing) == (0, "")


def test_one_that_is_gone_for_good_is_not_asked_again(site: Site) -> None:
    site.add()
    site.receiver.answers = [ANSWERS["is gone for good"]]
    site.ask("makecall", "101", destination="102")
    assert len(site.admin("disp deadletter", name="crm")["list"]) == 1
    assert (site.shown()["delivered"], site.shown()["failed"]) == (0, 1)
    assert "410" in site.shown()["trouble"]
    site.receiver.answers = [ANSWERS["is gone for good"]]
    assert site.admin("resend webhook", name="crm")["left"] == 1
    assert (site.shown()["delivered"], site.shown()["failed"]) == (0, 2)
    assert site.admin("resend webhook", name="crm")["left"] == 0
    assert (site.shown()["delivered"], site.shown()["failed"], site.shown()["trouble"]) == (1, 2, "")


def test_what_happens_while_a_target_is_not_served_is_delivered_afterwards(site: Site) -> None:
    site.add()
    webhooks = site.server.app.site.webhooks
    site.ask("makecall", "101", destination="102")
    site.server.run(webhooks._stop("crm"))
    site.ask("answer", "102")
    assert site.types == ["alert"]

    async def start() -> None:
        webhooks._start(webhooks.store.get("crm"))

    site.server.run(start())
    assert site.types == ["alert", "connect"]


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "ftp://host/"},
        {"url": "http://user:password@host/"},
        {"url": "nonsense"},
        {"url": "http://[::1/"},
        {"extensions": "abc"},
        {"extensions": ""},
        {"eventtypes": "nothing"},
        {"name": "a b"},
        {"name": ""},
    ],
)
def test_a_wrong_webhook_is_refused(site: Site, keys: dict[str, str]) -> None:
    given = {"name": "crm", "url": "http://127.0.0.1:1/", "extensions": "101", **keys}
    assert site.admin("add webhook", **given)["result"] == "fail"
    assert site.admin("disp webhook")["list"] == []
    for request in ("delete webhook", "rotate webhook", "resend webhook"):
        assert "there is no webhook" in site.admin(request, name="crm")["error"]


def test_two_rotations_at_once_leave_one_stream_of_deliveries(site: Site) -> None:
    site.add()
    webhooks = site.server.app.site.webhooks

    async def both() -> list[str]:
        return list(await asyncio.gather(webhooks.rotate("crm"), webhooks.rotate("crm")))

    assert len(set(site.server.run(both()))) == 2
    site.ask("makecall", "101", destination="102")
    assert site.types == ["alert"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", "any"),
        ("::1", "any"),
        ("::ffff:127.0.0.1", "any"),
        ("0.0.0.0", "any"),
        ("169.254.169.254", "any"),
        ("fe80::1", "any"),
        ("10.1.2.3", "any remote"),
        ("fd00::1", "any remote"),
        ("93.184.216.34", "any remote public"),
    ],
)
def test_where_deliveries_may_go(address: str, allowed: str) -> None:
    found = [policy for policy in ("any", "remote", "public") if not refused(ip_address(address), policy)]
    assert " ".join(found) == allowed


@pytest.mark.parametrize(
    ("settings", "url", "why"),
    [
        ({}, "http://127.0.0.1:1/", "127.0.0.1 is this machine or its link, which webhook_targets does not allow"),
        ({}, "http://localhost:1/", "is this machine or its link, which webhook_targets does not allow; `any` does"),
        ({}, "https://[::ffff:169.254.169.254]/", "169.254.169.254 is this machine or its link"),
        ({"webhook_targets": "public"}, "https://10.1.2.3/", "10.1.2.3 is private, which webhook_targets does not"),
        ({"tls_only": True}, "http://192.0.2.1/", "which tls_only forbids; name an https address"),
    ],
)
def test_a_target_that_may_not_be_one_is_refused_at_once(settings: dict[str, Any], url: str, why: str) -> None:
    with Server(**settings) as server:
        asked = {"request": "add webhook", "name": "crm", "url": url, "extensions": "101"}
        answer = server.run(server.app.service.handle(asked, ADMIN))
        assert (answer["result"], why in answer["error"]) == ("fail", True), answer
        assert server.app.site.webhooks.store.targets() == []


def test_a_target_whose_name_leads_nowhere_yet_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries look where it leads each time."""

    def unknown(*_given: object, **_keys: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with Server() as server:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        asked = {"request": "add webhook", "name": "crm", "url": "https://crm.invalid/", "extensions": "101"}
        assert server.run(server.app.service.handle(asked, ADMIN))["result"] == "success"


def test_deliveries_look_at_the_address_as_well(tmp_path: Path) -> None:
    """A target from a time when it was allowed: a name may lead elsewhere, and a parameter change."""
    db = str(tmp_path / "a.db")
    with Server(db=db, webhook_targets="any") as server:
        site = Site(server)
        site.add()
        server.run(site.receiver.close())
    with Server(db=db) as server:
        site = Site(server)
        site.ask("makecall", "101", destination="102")
        assert "webhook_targets does not allow" in site.shown()["trouble"]
        server.run(site.receiver.close())


def test_no_events_in_clear_where_tls_is_the_only_way() -> None:
    async def send() -> None:
        async with httpx.AsyncClient() as client:
            await Sender(client, "any", 10.0, tls_only=True).send("http://192.0.2.1/events", {}, b"")

    with pytest.raises(NotTaken, match="which tls_only forbids"):
        asyncio.run(send())


def test_what_events_wait_for() -> None:
    transfer = {"monitored": "101", "primarycallid": 1, "secondarycallid": 2}
    assert keys_of(transfer) == ["device 101", "call 1", "call 2"]
    assert keys_of({"monitored": "101"}) == ["device 101"]
    assert keys_of({}) == ["device link"]


def test_a_signature_is_that_of_the_schemes_own_example() -> None:
    """The example of the scheme's specification and of its reference libraries' tests."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    given = signing.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    with pytest.raises(ValueError, match="a secret is"):
        signing.octets_of("whsec_short")
    with pytest.raises(TableError):
        checked(Webhook("a", "http://h/", "", "", "", ""))
