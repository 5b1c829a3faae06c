"""A server with a console, and people at it."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from ivrsvr.interfaces.console.telnet import NEGOTIATION_S
from tests.interfaces.conftest import Server


class Person:
    """Somebody with a plain TCP client (`nc`) at the console."""

    def __init__(self, server: Server, port: int | None = None) -> None:
        self.server = server
        host, console_port = server.app.consoles[0]
        self._reader, self._writer = server.run(asyncio.open_connection(host, port or console_port))

    def reads(self, until: str) -> str:
        """Everything up to a text."""
        octets = self.server.run(self._reader.readuntil(until.encode()))
        return octets.decode("utf-8", "replace").replace("\r\n", "\n")

    def reads_octets(self, until: bytes) -> bytes:
        """Everything up to some octets, options of telnet among them."""
        return self.server.run(self._reader.readuntil(until))

    def types(self, line: str, then: str = "ivrsvr> ") -> str:
        """Types a line; what comes back until the next prompt, without it."""
        self._writer.write(f"{line}\r\n".encode())
        return self.reads(then).removesuffix(then)

    def sends(self, octets: bytes) -> None:
        self._writer.write(octets)

    def logs_in(self, user: str = "tcpgate", password: str = "tcpgate01") -> str:
        self.reads("User: ")
        self.types(user, "Password: ")
        return self.types(password)

    @property
    def unsent(self) -> int:
        """Octets that the server has not taken."""
        return self._writer.transport.get_write_buffer_size()

    def aborts(self) -> None:
        """Cuts the connection off."""
        self._writer.transport.abort()
        self.server.settle()

    def end(self) -> str:
        """Everything until the server hangs up."""
        return self.server.run(self._reader.read()).decode("utf-8", "replace").replace("\r\n", "\n")

    def leaves(self) -> None:
        self._writer.close()
        self.server.settle()


@pytest.fixture(autouse=True)
def _quick_negotiation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain client is not waited for."""
    assert NEGOTIATION_S
    monkeypatch.setattr("ivrsvr.interfaces.console.telnet.NEGOTIATION_S", 0.01)


@pytest.fixture
def house() -> Iterator[Server]:
    with Server(console=("127.0.0.1:0",)) as server:
        yield server


@pytest.fixture
def comer(house: Server) -> Iterator[Callable[[], Person]]:
    """People who come to the console."""
    people: list[Person] = []

    def come() -> Person:
        people.append(Person(house))
        return people[-1]

    yield come
    for person in people:
        person.leaves()


@pytest.fixture
def person(comer: Callable[[], Person]) -> Person:
    """Somebody who has logged in."""
    somebody = comer()
    somebody.logs_in()
    return somebody
