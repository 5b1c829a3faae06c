"""`ivrsvr certificate`: a certificate of its own for a server that has none from an authority yet."""

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ivrsvr.commands import DONE, FAILED

DAYS = 365
"""For which it is valid; browsers take none that is valid for much longer than a year."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    certificate = commands.add_parser(
        "certificate",
        help="make a self-signed certificate",
        description="Make a key and a self-signed certificate. Clients have to be told to trust it; a certificate of "
        "an authority is better where there is one.",
    )
    certificate.add_argument("names", nargs="+", metavar="NAME", help="a name or an address that clients connect to")
    certificate.add_argument(
        "--out", metavar="FOLDER", default=".", help="where ivrsvr.crt and ivrsvr.pem go (default: here)"
    )
    certificate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Never writes over a file that is there."""
    from ivrsvr.clock import Clock

    folder = Path(options.out)
    certificate, key = folder / "ivrsvr.crt", folder / "ivrsvr.pem"
    now = datetime.fromtimestamp(Clock(mode="real").now(), UTC)
    try:
        octets = self_signed(tuple(options.names), now, now + timedelta(days=DAYS))
        for path, content, mode in ((key, octets[1], 0o600), (certificate, octets[0], 0o644)):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    except FileExistsError as error:
        print(f"ivrsvr: {error.filename} is there already; move it away first")
        return FAILED
    except OSError as error:
        print(f"ivrsvr: {error.filename} cannot be written: {error.strerror}")
        return FAILED
    print(f"tls_certificate={certificate.absolute()}\ntls_key={key.absolute()}")
    return DONE


def self_signed(names: tuple[str, ...], since: datetime, until: datetime) -> tuple[bytes, bytes]:
    """Certificate and key in PEM. names: of hosts, or addresses; the first is the common name as well."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(name: str) -> x509.GeneralName:
        try:
            return x509.IPAddress(ip_address(name))
        except ValueError:
            return x509.DNSName(name)

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([named(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usages, critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM), pem
