"""The rows of the configuration: checked on their way in, addresses in one writing."""

import pytest

from ivrsvr.interfaces.gate import Gate, Seating, fits
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.tables import Blacklisted, Configuration, Listener, Seat, TableError


@pytest.mark.parametrize("written", ["10.1.2.3", " 10.1.2.3 ", "::ffff:10.1.2.3", "::FFFF:0a01:0203"])
def test_an_address_is_one_however_it_is_written(written: str) -> None:
    """A peer that comes by IPv4 is found, also where somebody wrote it down as IPv6 shows it."""
    configuration = Configuration(open_database(MEMORY))
    assert configuration.blacklist.add(Blacklisted(written)).ip == "10.1.2.3"
    configuration.seats.add(Seat(written, "101"))
    assert not Gate(configuration.blacklist).admits("10.1.2.3")
    assert Seating(configuration.seats).extension("::ffff:10.1.2.3") == "101"
    with pytest.raises(TableError, match="is there already"):
        configuration.blacklist.add(Blacklisted("10.1.2.3"))


@pytest.mark.parametrize(
    ("remote", "stored", "peer", "fitting"),
    [
        ("10.1.0.0/16", "10.1.0.0/16", "10.1.2.3", True),
        ("10.1.2.3/32", "10.1.2.3", "10.1.2.3", True),
        ("::ffff:10.1.0.0/112", "10.1.0.0/16", "10.1.2.3", True),
        ("::ffff:10.1.2.3", "10.1.2.3", "10.1.2.3", True),
        ("::ffff:10.1.0.0/112", "10.1.0.0/16", "10.2.2.3", False),
        ("2001:db8::/32", "2001:db8::/32", "2001:db8::7", True),
        ("::/0", "::/0", "10.1.2.3", False),
        ("*", "*", "fe80::1%eth0", True),
    ],
)
def test_a_pattern_means_the_same_however_it_is_written(remote: str, stored: str, peer: str, fitting: bool) -> None:
    table = Configuration(open_database(MEMORY)).listeners
    row = table.add(Listener(9001, "fe80::1%eth0", remote, "ivrsvrws"))
    assert (row.remote, fits(peer, row.remote)) == (stored, fitting)
    assert row.local == "fe80::1%eth0"
