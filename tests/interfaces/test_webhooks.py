"""Webhooks on a real socket: signed, in order, at least once, and whatever a target does, calls and others go on."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from ivrsvr.interfaces.webhooks import delivery, signing
from ivrsvr.interfaces.webhooks.delivery import BEFORE_RETRY_S, keys_of
from ivrsvr.interfaces.webhooks.sending import refused
from ivrsvr.registry import SCOPES, Caller
from ivrsvr.store.tables import TableError
from ivrsvr.store.webhooks import Webhook, checked
from tests.interfaces.conftest import Server
from tests.store.unwritable import unwritable

ADMIN = Caller("test", scopes=SCOPES)


class Receiver:
    """A program that takes deliveries. answers: what it says next, then 204; silent: nothing at all."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[bytes] = []
        self.broken = False
        self.silent = False
        self.port = 0

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:-2]
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.got.append((headers, body))
                if self.silent:
                    continue
                usual = b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n" if self.broken else b"HTTP/1.1 204 Ok\r\n\r\n"
                writer.write(self.answers.pop(0) if self.answers else usual)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    @property
    def types(self) -> list[str]:
        return [event["eventtype"] for event in self.events]


class Site:
    """A server with a receiver."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.receiver = Receiver()
        self._listening = server.run(self.receiver.serve())

    def admin(self, request: str, **keys: Any) -> dict[str, Any]:
        return self.server.run(self.server.app.service.handle({"request": request, **keys}, ADMIN))

    def ask(self, request: str, extension: str, **keys: Any) -> None:
        assert self.admin(request, extension=extension, **keys)["result"] == "success"

    def add(self, **keys: Any) -> str:
        url = f"http://127.0.0.1:{self.receiver.port}/events"
        given = {"name": "crm", "url": url, "extensions": "101", **keys}
        answer = self.admin("add webhook", **given)
        assert answer["result"] == "success", answer
        return str(answer["secret"])

    def trouble(self) -> str:
        """What is wrong with the target, as soon as the server knows: its time limit is one of real time."""

        async def known() -> None:
            while not self.server.app.site.webhooks.states["crm"].trouble:  # noqa: ASYNC110 - nothing tells a test
                await asyncio.sleep(0.01)

        self.server.run(known())
        return str(self.shown()["trouble"])

    def shown(self) -> dict[str, Any]:
        (row,) = self.admin("disp webhook")["list"]
        return dict(row)


@pytest.fixture
def site() -> Iterator[Site]:
    with Server(webhook_targets="any", webhook_timeout=1.5) as server:
        found = Site(server)
        yield found
        server.run(close(found))


async def close(site: Site) -> None:
    site._listening.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, by the words of the scheme."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


def test_events_are_delivered_in_order_and_signed(site: Site) -> None:
    secret = site.add()
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    site.ask("hangup", "101")
    assert site.receiver.types == ["alert", "connect", "disconnect", "idle"]
    assert all(is_signed(secret, *one) for one in site.receiver.got)
    assert not is_signed(signing.new_secret(), *site.receiver.got[0])
    assert len({headers["webhook-id"] for headers, _ in site.receiver.got}) == 4
    assert int(site.receiver.got[0][0]["webhook-timestamp"]) == int(site.server.app.clock.now())
    assert (site.shown()["delivered"], site.shown()["waiting"]) == (4, 0)


def test_only_what_was_chosen(site: Site) -> None:
    site.add(extensions="101,102", eventtypes="connect")
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    assert site.receiver.types == ["connect", "connect"]


def test_what_is_not_taken_comes_again_with_the_same_id_and_later_events_of_the_call_wait(site: Site) -> None:
    site.add()
    site.receiver.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    site.ask("makecall", "101", destination="102")
    site.ask("answer", "102")
    assert site.receiver.types == ["alert"]
    assert site.shown()["waiting"] == 2
    site.server.advance(BEFORE_RETRY_S[0] * 1.3)
    assert site.receiver.types == ["alert", "alert", "connect"]
    ids = [headers["webhook-id"] for headers, _ in site.receiver.got]
    assert ids[0] == ids[1] != ids[2]
    first, second = (int(headers["webhook-timestamp"]) for headers, _ in site.receiver.got[:2])
    assert second > first


def test_another_call_of_another_device_does_not_wait(site: Site) -> None:
    site.add(extensions="101,103")
    site.receiver.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    site.ask("makecall", "101", destination="102")
    site.ask("makecall", "103", destination="104")
    assert [event["calling"] for event in site.receiver.events] == ["101", "103"]


def test_a_dead_letter_is_shown_and_can_be_sent_again(site: Site) -> None:
    site.add(eventtypes="alert")
    site.receiver.broken = True
    site.ask("makecall", "101", destination="102")
    site.server.advance(sum(BEFORE_RETRY_S) * 1.3)
    first = site.receiver.got[0][0]["webhook-id"]
    tried = [headers for headers, _ in site.receiver.got if headers["webhook-id"] == first]
    assert len(tried) == len(BEFORE_RETRY_S) + 1
    (dead,) = (one for one in site.admin("disp deadletter")["list"] if one["id"] == first)
    assert (dead["webhook"], dead["attempts"]) == ("crm", len(BEFORE_RETRY_S) + 1)
    assert "503" in dead["error"]
    answer = site.admin("resend webhook", name="crm")
    assert (answer["sent"], answer["left"]) == (0, 1)
    assert "503" in answer["trouble"]
    site.receiver.broken = False
    assert site.admin("resend webhook", name="crm")["sent"] == 1
    assert site.receiver.got[-1][0]["webhook-id"] == first
    assert site.admin("disp deadletter")["list"] == []


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (
            b"HTTP/1.1 302 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "redirects are not followed",
        ),
        (b"garbage that is no HTTP at all\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 Ok\r\ncontent-length: 100\r\n\r\nshort", "did not answer within"),
    ],
)
def test_a_target_that_answers_nonsense_is_asked_again(site: Site, answer: bytes, trouble: str) -> None:
    site.add()
    site.receiver.answers = [answer]
    site.ask("makecall", "101", destination="102")
    assert trouble in site.trouble()
    site.server.advance(BEFORE_RETRY_S[0] * 1.3)
    assert site.receiver.types == ["alert", "alert"]
    assert site.shown()["trouble"] == ""


def test_an_answer_without_end_is_read_no_further(site: Site) -> None:
    site.add()
    site.receiver.answers = [b"HTTP/1.1 200 Ok\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * 200_000]
    site.ask("makecall", "101", destination="102")
    assert site.shown()["delivered"] == 1


def test_a_target_that_hangs_holds_up_nobody(site: Site) -> None:
    site.add()
    site.receiver.silent = True
    for _ in range(5):
        site.ask("makecall", "101", destination="102")
        site.ask("hangup", "101")
    assert "did not answer within 1.5 s" in site.trouble()
    assert site.shown()["waiting"] == 15
    site.receiver.silent = False
    site.server.advance(2)
    assert site.receiver.types[1:] == ["alert", "disconnect", "idle"] * 5


def test_a_pause_before_another_attempt_holds_up_no_other_call(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", 1)
    site.add(extensions="101,103")
    site.receiver.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    site.ask("makecall", "101", destination="102")
    site.ask("makecall", "103", destination="104")
    site.ask("answer", "104")
    assert [(event["eventtype"], event["calling"]) for event in site.receiver.events[1:]] == [
        ("alert", "103"),
        ("connect", "103"),
    ]


def test_what_a_target_is_too_slow_for_waits_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queue overflows, and it is away for longer than anybody waits for a client that was cut off."""
    monkeypatch.setattr(delivery, "WINDOW_MOST", 4)
    with Server(webhook_targets="any", ws_queuelength=4, monitor_linger=1.0) as server:
        site = Site(server)
        site.add()
        site.receiver.broken = True
        for _ in range(8):
            site.ask("makecall", "101", destination="102")
            site.ask("hangup", "101")
            server.advance(2)
        site.receiver.broken = False
        server.advance(sum(BEFORE_RETRY_S))
        taken = dict.fromkeys((event["eventid"], event["eventtype"]) for event in site.receiver.events)
        assert [kind for _, kind in taken] == ["alert", "disconnect", "idle"] * 8
        assert site.admin("delete webhook", name="crm")["result"] == "success"
        assert site.admin("disp monitor")["list"] == []
        server.run(close(site))


def test_while_the_database_cannot_be_written_deliveries_go_on_and_nothing_is_lost(site: Site) -> None:
    site.add()
    webhooks = site.server.app.site.webhooks
    with unwritable(site.server.app.site.configuration._database, "it can be read only"):
        site.ask("makecall", "101", destination="102")
        site.ask("answer", "102")
        assert site.receiver.types == ["alert", "connect"]
        assert "it can be read only" in webhooks.failing
        site.receiver.answers.append(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")
        site.ask("hangup", "101")
        assert site.receiver.types == ["alert", "connect", "disconnect"]
        assert "it can be read only" in site.admin("rotate webhook", name="crm")["error"]
    assert (site.shown()["waiting"], site.admin("disp deadletter", name="crm")["list"]) == (2, [])
    site.server.advance(BEFORE_RETRY_S[0] * 1.3)
    assert site.receiver.types == ["alert", "connect", "disconnect", "disconnect", "idle"]
    assert (site.shown()["waiting"], webhooks.failing) == (0, "")


def test_one_that_is_gone_for_good_is_not_asked_again(site: Site) -> None:
    site.add()
    site.receiver.answers = [b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"]
    site.ask("makecall", "101", destination="102")
    assert len(site.admin("disp deadletter", name="crm")["list"]) == 1


def test_a_rotated_secret_and_its_former_sign_both(site: Site) -> None:
    first = site.add()
    second = str(site.admin("rotate webhook", name="crm")["secret"])
    site.ask("makecall", "101", destination="102")
    (one,) = site.receiver.got
    assert is_signed(first, *one)
    assert is_signed(second, *one)
    third = str(site.admin("rotate webhook", name="crm")["secret"])
    site.ask("answer", "102")
    last = site.receiver.got[-1]
    assert [is_signed(secret, *last) for secret in (first, second, third)] == [False, True, True]


def test_what_happens_while_a_target_is_not_served_is_delivered_afterwards(site: Site) -> None:
    site.add()
    webhooks = site.server.app.site.webhooks
    site.ask("makecall", "101", destination="102")
    site.server.run(webhooks._stop("crm"))
    site.ask("answer", "102")
    assert site.receiver.types == ["alert"]

    async def start() -> None:
        webhooks._start("crm")

    site.server.run(start())
    assert site.receiver.types == ["alert", "connect"]


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


def test_by_default_not_to_this_machine() -> None:
    with Server() as server:
        site = Site(server)
        site.add()
        site.ask("makecall", "101", destination="102")
        assert "webhook_targets does not allow" in site.shown()["trouble"]
        assert site.receiver.got == []
        server.run(close(site))


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
