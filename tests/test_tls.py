"""Crawls of a site whose server speaks only what was good fifteen years ago, over real TLS."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawling import SITE_FILE, Mirror, crawl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from server import SmallSite, running
from village import small_site

from crawler.tls import tls_context

SECURE = SITE_FILE.replace("http://", "https://")


def certificate_of(folder: Path, *, bits: int, is_expired: bool = False) -> Path:
    """A key of an old length, and a certificate for xa.example that it signed itself."""
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xa.example")])
    until = datetime.now(UTC) + timedelta(days=-1 if is_expired else 1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(until - timedelta(days=9))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("xa.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"may-chu-{bits}-{is_expired}.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def old_server(certificate: Path, *, newest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old is what it shall be
        context.maximum_version = newest
    return context


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A certificate that this machine trusts, as a public authority's would be."""
    path = certificate_of(tmp_path, bits=1024)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    tls_context.cache_clear()
    yield path
    tls_context.cache_clear()


@pytest.fixture
def site(trusted: Path) -> Iterator[SmallSite]:
    with running(small_site(), tls=old_server(trusted, newest=ssl.TLSVersion.TLSv1_2)) as server:
        yield server


def proxy_of(site: SmallSite) -> str:
    return f"http://127.0.0.1:{site.port}"


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "output")


def test_a_weak_key_is_refused_unless_the_site_file_allows_it(site: SmallSite, mirror: Mirror) -> None:
    outcome = crawl(mirror, proxy_of(site), site_file=SECURE)
    assert outcome.word == "failed"
    assert mirror.one("SELECT count(*) FROM articles") == 0
    assert "certificate" in mirror.rows("SELECT error FROM captures")[0][0]


def test_a_weak_key_is_accepted_where_the_site_file_says_so_and_every_capture_tells(
    site: SmallSite, mirror: Mirror
) -> None:
    assert crawl(mirror, proxy_of(site), site_file=SECURE + 'tls = "weak"\n').word == "ok"
    assert mirror.one("SELECT count(*) FROM articles") == 6
    assert mirror.rows("SELECT DISTINCT tls FROM captures") == [("TLSv1.2 verified weak",)]


def test_weak_is_not_blind(site: SmallSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls_context.cache_clear()
    assert crawl(mirror, proxy_of(site), site_file=SECURE + 'tls = "weak"\n').word == "failed"


def test_an_expired_certificate_is_refused_and_taken_only_unverified(tmp_path: Path, mirror: Mirror) -> None:
    expired = certificate_of(tmp_path, bits=2048, is_expired=True)
    tls_context.cache_clear()
    with running(small_site(), tls=old_server(expired, newest=ssl.TLSVersion.TLSv1_3)) as site:
        assert crawl(mirror, proxy_of(site), site_file=SECURE + 'tls = "weak"\n').word == "failed"
        assert crawl(mirror, proxy_of(site), site_file=SECURE + 'tls = "unverified"\n').word == "ok"
    assert mirror.rows("SELECT DISTINCT tls FROM captures WHERE tls IS NOT NULL") == [("TLSv1.3 unverified",)]


def test_a_server_of_tls_1_is_reached_by_weak_alone(trusted: Path, mirror: Mirror) -> None:
    with running(small_site(), tls=old_server(trusted, newest=ssl.TLSVersion.TLSv1)) as site:
        assert crawl(mirror, proxy_of(site), site_file=SECURE).word == "failed"
        assert crawl(mirror, proxy_of(site), site_file=SECURE + 'tls = "weak"\n').word == "ok"
    assert mirror.rows("SELECT DISTINCT tls FROM captures WHERE tls IS NOT NULL") == [("TLSv1 verified weak",)]
