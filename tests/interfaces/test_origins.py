"""Which browser pages may use the server."""

import pytest

from ivrsvr.interfaces.gate import is_loopback
from ivrsvr.interfaces.origins import cors, foreign


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


ALLOWED = frozenset({"https://crm.example.org"})


@pytest.mark.parametrize("fetch", [{}, {"sec-fetch-site": "cross-site"}])
def test_pages_of_listed_sites_come_in_and_may_read_the_answer(fetch: dict[str, str]) -> None:
    assert foreign({"origin": "https://crm.example.org", **fetch}, ALLOWED) == ""
    assert (b"access-control-allow-origin", b"https://crm.example.org") in cors("https://crm.example.org", ALLOWED)


def test_a_page_of_another_port_or_scheme_is_another_page() -> None:
    for origin in ("http://crm.example.org", "https://crm.example.org:444", "https://crm.example.org.evil.example"):
        assert foreign({"origin": origin}, ALLOWED)
        assert cors(origin, ALLOWED) == []


def test_where_a_key_is_asked_for_the_server_may_have_a_name() -> None:
    headers = {"origin": "https://cti.example.org", "host": "cti.example.org"}
    assert foreign(headers)
    assert foreign(headers, protected=True) == ""
    assert foreign({**headers, "host": "other.example.org"}, protected=True)
