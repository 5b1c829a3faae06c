"""The connections that look-ups go over: kept, closed under way, and to a peer that does not behave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from ivrsvr.store.http_client import CONNECTIONS_MOST, HEAD_MOST, Answer, BrokenAnswerError, HttpClient, TooLongError
from ivrsvr.store.userdata import UserDataError
from ivrsvr.store.userdata_remote import RemoteUserData
from tests.service.fake import on_loop

MOST = 100
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Peer:
    """Answers each request, in turn, with the next of its answers; the last one goes on. None = it hangs up.

    heads: of the requests that came; connections: that were made.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.heads: list[bytes] = []
        self.connections = 0
        self.most = 0
        self.address = ""
        self._answers = list(answers)
        self._open = 0
        self.serving: set[asyncio.Task[None]] = set()
        self.full = asyncio.Event()
        self.wait: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())  # type: ignore[arg-type]
        self.connections += 1
        self._open += 1
        self.most = max(self.most, self._open)
        if self._open >= CONNECTIONS_MOST:
            self.full.set()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                await self.wait()
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if b"HTTP/1.0" in answer or b"connection: close" in answer:
                    break
        self._open -= 1
        writer.close()


@asynccontextmanager
async def asking(*answers: bytes | None) -> AsyncIterator[tuple[Peer, HttpClient]]:
    peer = Peer(*answers)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, limit=1_000_000)
    peer.address = "{}:{}".format(*server.sockets[0].getsockname())
    client = HttpClient(peer.address, {"user-agent": "test"}, body_most=MOST, timeout_s=10)
    try:
        yield peer, client
    finally:
        await client.close()
        server.close()
        await asyncio.gather(*peer.serving)


async def ask(client: HttpClient) -> Answer:
    return await client.ask("GET", "/status")


@on_loop
async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with asking(OK) as (peer, client):
        assert [await ask(client) for _ in range(3)] == [Answer(200, b"{}")] * 3
        assert await client.ask("POST", "/userdata", b"[]") == Answer(200, b"{}")
    assert peer.connections == 1
    assert peer.heads[0] == f"GET /status HTTP/1.1\r\nhost: {peer.address}\r\nuser-agent: test\r\n\r\n".encode()
    assert peer.heads[3].endswith(b"content-type: application/json\r\ncontent-length: 2\r\n\r\n")


@on_loop
async def test_no_more_connections_than_allowed_and_a_request_that_is_given_up_leaves_none_behind() -> None:
    async with asking(OK) as (peer, client):
        gate = asyncio.Event()
        peer.wait = gate.wait
        asked = [asyncio.create_task(ask(client)) for _ in range(CONNECTIONS_MOST + 4)]
        await peer.full.wait()
        asked[0].cancel()
        gate.set()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(outcomes[0], asyncio.CancelledError)
        assert outcomes[1:] == [Answer(200, b"{}")] * (CONNECTIONS_MOST + 3)
        assert peer.most == CONNECTIONS_MOST
        # The one that was given up is not used again: its answer would be taken for that of another request.
        assert await ask(client) == Answer(200, b"{}")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (OK + OK, b"{}"),
        (OK + b"rubbish", b"{}"),
    ],
)
@on_loop
async def test_every_form_of_an_answer(answer: bytes, body: bytes) -> None:
    async with asking(answer) as (_, client):
        assert (await ask(client)).body == body
        assert (await ask(client)).body == body, "what was left of the first answer was taken for the second"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", BrokenAnswerError),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", BrokenAnswerError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", BrokenAnswerError),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 20\r\n\r\n{}", BrokenAnswerError),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * (HEAD_MOST + 2 * MOST), TooLongError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n" + b"x" * 101, TooLongError),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"65\r\n" + b"x" * 101, TooLongError),
        (None, BrokenAnswerError),
    ],
)
@on_loop
async def test_what_is_no_answer_is_told_and_its_connection_not_used_again(
    answer: bytes | None, error: type[Exception]
) -> None:
    async with asking(answer, OK) as (peer, client):
        with pytest.raises(error):
            await ask(client)
        assert await ask(client) == Answer(200, b"{}")
        assert peer.connections == 2


@on_loop
async def test_a_connection_that_was_closed_meanwhile_costs_no_request() -> None:
    """A service that restarts, or closes idle connections just as a request is on its way, is asked once more."""
    async with asking(OK, None, OK) as (peer, client):
        assert await ask(client) == await ask(client) == Answer(200, b"{}")
        assert (peer.connections, len(peer.heads)) == (2, 3)


@on_loop
async def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    async with asking(OK, b"HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n{}", OK) as (peer, client):
        await ask(client)
        with pytest.raises(BrokenAnswerError):
            await ask(client)
        assert len(peer.heads) == 2


@on_loop
async def test_a_key_that_cannot_be_sent_fails_the_look_up_and_not_the_server() -> None:
    async with asking(OK) as (peer, _):
        for credential in ("schlüssel", "a\r\nx-forged: 1"):
            remote = RemoteUserData(peer.address, credential=credential, data_most=MOST, timeout_s=10)
            with pytest.raises(UserDataError, match="ivr_uuisvr_key is no key"):
                await remote.set("x")
            await remote.close()
        assert peer.connections == 0
