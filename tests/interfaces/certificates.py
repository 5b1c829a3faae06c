"""Certificates for tests, of their own authority or of none."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivrsvr.commands.certificate import self_signed

PRESENT = datetime.now(UTC)
"""The libraries that check certificates look at the real time."""


def make(folder: Path, *names: str, days: int = 30, old: bool = False) -> tuple[str, str]:
    """Certificate and key in files. old: it has expired."""
    since = PRESENT - timedelta(days=60)
    until = PRESENT - timedelta(days=1) if old else PRESENT + timedelta(days=days)
    certificate, key = self_signed(names or ("127.0.0.1", "localhost"), since, until)
    folder.mkdir(exist_ok=True)
    (folder / "a.crt").write_bytes(certificate)
    (folder / "a.pem").write_bytes(key)
    return str(folder / "a.crt"), str(folder / "a.pem")


def trusting(certificate: str) -> ssl.SSLContext:
    """What a client is given that trusts this certificate, and checks names."""
    return ssl.create_default_context(cafile=certificate)
