"""The simulated AES's own certificate: made on first use, kept where it can be given to clients."""

import datetime
import ipaddress
import os
import ssl
import warnings
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CERTIFICATE = "aes.crt"
PRIVATE_KEY = "aes.key"

# Long enough that no simulated time falls outside of it.
_FROM = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_UNTIL = datetime.datetime(2099, 12, 31, tzinfo=datetime.UTC)
_NAME = "ivrsvr simulated AES"
_ADDRESSES = ("127.0.0.1", "::1")


def ensure_certificate(directory: Path, host: str = "localhost") -> tuple[Path, Path]:
    """The files of certificate and key in a directory, made if they are not there.

    The certificate is its own authority: a client that checks certificates is given the file as its trust store.
    An RSA key, since old clients know no other (wire.md section 10). Raises OSError.
    """
    certificate, key = directory / CERTIFICATE, directory / PRIVATE_KEY
    if not (certificate.exists() and key.exists()):
        directory.mkdir(parents=True, exist_ok=True)
        public, private = _pair(host)
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
        certificate.write_bytes(public)
    return certificate, key


@cache
def _pair(host: str) -> tuple[bytes, bytes]:
    """Certificate and key as PEM, made once in a process: an RSA key takes longer than all else an AES starts with."""
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    private = secret.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return _certificate(secret, host).public_bytes(serialization.Encoding.PEM), private


def _certificate(secret: rsa.RSAPrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    names: list[x509.GeneralName] = [x509.DNSName(one) for one in dict.fromkeys((host, "localhost"))]
    names += [x509.IPAddress(ipaddress.ip_address(one)) for one in _ADDRESSES]
    usage = x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        key_cert_sign=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(secret.public_key()), critical=False)
        .add_extension(usage, critical=True)
        .sign(secret, hashes.SHA256())
    )


def server_context(certificate: Path, key: Path, *, old_clients: bool = False) -> ssl.SSLContext:
    """What the encrypted TLINKs are served with.

    old_clients: also take TLS 1.0 with the ciphers of its time, which is all that some real clients know. Never use it
    on a network that is not trusted. Raises OSError and ssl.SSLError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old_clients:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    context.load_cert_chain(certificate, key)
    return context
