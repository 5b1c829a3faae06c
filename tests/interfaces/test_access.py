"""Which browser pages may use the server."""

import pytest

from ivrsvr.interfaces.access import Doorkeeper, foreign, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "app.localhost", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "", "127.0.0.1.x"]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "127.0.0.1:8080"},
        {"origin": "http://localhost:3000", "host": "127.0.0.1:8080"},
        {"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080", "sec-fetch-site": "same-origin"},
        {"origin": "http://[::1]:8080"},
        {"origin": "http://10.0.0.5:8080", "host": "10.0.0.5:8080"},
    ],
)
def test_programs_and_own_pages_come_in(headers: dict[str, str]) -> None:
    assert foreign(headers) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example", "host": "127.0.0.1:8080"},
        {"origin": "null", "host": "127.0.0.1:8080"},
        {"origin": "http://[", "host": "127.0.0.1:8080"},
        {"origin": "http://evil.example:8080", "host": "evil.example:8080"},  # the name points to this machine
        {"origin": "http://10.0.0.6:8080", "host": "10.0.0.5:8080"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_pages_of_other_sites_do_not(headers: dict[str, str]) -> None:
    assert foreign(headers)


def test_the_doorkeeper_counts() -> None:
    keeper = Doorkeeper(2)
    assert keeper.enter()
    assert keeper.enter()
    assert not keeper.enter()
    keeper.leave()
    assert keeper.enter()
    assert keeper.open == 2
