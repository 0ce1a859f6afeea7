"""Certificates of a server on 127.0.0.1, made as the tests run: a good one, and one for each reason to refuse it."""

import contextlib
import ipaddress
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
GOOD = "good"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """A certificate that differs from a good one: who signs it, whom it is for, until how many days from now.

    `says` is a word of why it is refused; OpenSSL's words differ a little between its versions.
    """

    says: str
    signer: str = "authority"
    name: x509.GeneralName = HERE
    days: int = 1


FLAWS: Mapping[str, Flaw] = {
    "self-signed certificate": Flaw(signer="itself", says="signed certificate"),
    "certificate of an unknown authority": Flaw(signer="stranger", says="unable to get local issuer"),
    "certificate of another host": Flaw(name=x509.DNSName("api.example"), says="not valid for '127.0.0.1'"),
    "certificate that expired": Flaw(days=-1, says="expired"),
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A name, its key, and the certificate of a signer over both."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def whole(self) -> bytes:
        """Key and certificate."""
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain) + self.pem


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """A server's side of TLS with each certificate, by name.

    `bundle` has the authority that signed the good one, `strangers` the one that nobody knows.
    """

    bundle: Path
    strangers: Path
    servers: Mapping[str, ssl.SSLContext]

    @contextlib.contextmanager
    def trusted(self) -> Iterator[None]:
        """Within it the public authorities are replaced by the one that signed the good certificate."""
        with patch("certifi.where", return_value=str(self.bundle)):
            yield


@contextlib.contextmanager
def certificates() -> Iterator[Certificates]:
    """The good certificate and every flawed one."""
    authority, stranger = _identity("authority"), _identity("stranger")
    signers = {"authority": authority, "stranger": stranger}
    with tempfile.TemporaryDirectory() as name:
        paths = {who: Path(name) / f"{who}.pem" for who in signers}
        for who, path in paths.items():
            path.write_bytes(signers[who].pem)
        servers = {
            what: _server(_identity("server", flaw=flaw, signer=signers.get(flaw.signer)), Path(name))
            for what, flaw in {GOOD: Flaw(says=""), **FLAWS}.items()
        }
        yield Certificates(bundle=paths["authority"], strangers=paths["stranger"], servers=servers)


def _identity(name: str, *, flaw: Flaw | None = None, signer: Identity | None = None) -> Identity:
    """Signed by the signer, or by itself; without a flaw an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if signer is None else signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=1 if flaw is None else flaw.days))
        .add_extension(x509.BasicConstraints(ca=flaw is None, path_length=None), critical=True)
    )
    if flaw is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([flaw.name]), critical=False)
    signed = builder.sign(key if signer is None else signer.key, hashes.SHA256())
    return Identity(key=key, certificate=signed)


def _server(identity: Identity, folder: Path) -> ssl.SSLContext:
    path = folder / "server.pem"
    path.write_bytes(identity.whole)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
