"""Seals the newest manifest of a site with an RFC 3161 timestamp: proof by an outsider that it existed at a time.

What is stamped is the text of the head hash, 64 hexadecimal digits in ASCII, so that anybody can check it with
OpenSSL: `printf %s HASH | openssl ts -verify -data /dev/stdin -in TOKEN -CAfile ROOTS`.
"""

from __future__ import annotations

import hashlib
import http.client
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlite_utils import Database

from pipelines.clock import stamp
from pipelines.database import writing
from pipelines.errors import StoreError
from pipelines.manifest import head_run

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SECONDS = 30.0
MOST_BYTES = 1024 * 1024
"""What an authority may take, and answer; a token with its certificates has some 5 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A timestamp over the manifest of a run; `token` is the whole answer of the authority, in DER."""

    run: int
    site: str
    manifest: str
    sealed_at: datetime
    authority: str
    token: bytes


def seal_site(db: Database, site: str, authority: str) -> Seal:
    """Have the site's head hash stamped by an authority, and keep the token.

    Raises:
        StoreError: the site has no finished run, the authority does not answer or refuses, or the library is missing.
    """
    run, manifest = head_run(db, site)
    library = _library()
    request = library.TimestampRequestBuilder().data(manifest.encode()).hash_algorithm(library.HashAlgorithm.SHA256)
    answer = _ask(authority, request.build().as_bytes())
    try:
        response = library.decode_timestamp_response(answer)
        is_granted = response.status in {library.PKIStatus.GRANTED, library.PKIStatus.GRANTED_WITH_MODS}
        why = "; ".join(response.status_string) or "it does not say why"
        sealed_at = response.tst_info.gen_time if is_granted else None
    except ValueError as error:
        raise StoreError(f"{authority}: its answer is no timestamp ({error})") from error
    if sealed_at is None:
        raise StoreError(f"{authority}: it refused the timestamp: {why}")
    made = Seal(run=run, site=site, manifest=manifest, sealed_at=sealed_at, authority=authority, token=answer)
    if (problem := problem_of(made, ())) is not None:
        raise StoreError(f"{authority}: {problem}; the token was not kept")
    with writing(db):
        db.execute(
            "INSERT INTO seals (run, manifest, sealed_at, authority, token) VALUES (?, ?, ?, ?, ?)",
            [run, manifest, stamp(sealed_at), authority, answer],
        )
    return made


def seals(db: Database) -> list[Seal]:
    """Every seal of the mirror, in the order in which they were made; none where an older version wrote it.

    Raises:
        StoreError: the row of one was changed into what no seal is.
    """
    if not db.table("seals").exists():
        return []
    rows = db.execute(
        "SELECT run, site, seals.manifest, sealed_at, authority, token FROM seals JOIN runs ON runs.id = run "
        "ORDER BY seals.id"
    )
    try:
        return [
            Seal(run=r[0], site=r[1], manifest=r[2], sealed_at=datetime.fromisoformat(r[3]), authority=r[4], token=r[5])
            for r in rows.fetchall()
        ]
    except (TypeError, ValueError) as error:
        raise StoreError(f"the table `seals`: a row names no time at which it was sealed ({error})") from error


def load_roots(path: Path) -> tuple[Certificate, ...]:
    """The root certificates of a PEM file.

    Raises:
        StoreError: the file cannot be read, or holds no certificate.
    """
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  # comes with the optional extra

    try:
        return tuple(load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: no root certificates can be read from it ({error})") from error


def problem_of(seal: Seal, roots: tuple[Certificate, ...]) -> str | None:
    """What is wrong with a seal, None where nothing is. Without roots nobody vouches for its signature.

    Raises:
        StoreError: the library is missing.
    """
    library = _library()
    try:
        response = library.decode_timestamp_response(seal.token)
        imprint = response.tst_info.message_imprint.message
        sealed_at = response.tst_info.gen_time
    except (TypeError, ValueError) as error:  # a row may hold anything
        return f"the token is damaged ({error})"
    if imprint != hashlib.sha256(seal.manifest.encode()).digest():
        return "the token is of another hash"
    if stamp(sealed_at) != stamp(seal.sealed_at):
        return "the token says another time"
    return _signature_problem(library, response, seal, roots) if roots else None


def _signature_problem(library: ModuleType, response: object, seal: Seal, roots: tuple[Certificate, ...]) -> str | None:
    builder = library.VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(response, seal.manifest.encode())
    except (library.VerificationError, ValueError) as error:
        return f"the signature does not hold ({error})"
    return None


def _library() -> ModuleType:
    try:
        import rfc3161_client  # noqa: PLC0415  # an optional extra
    except ImportError as error:
        raise StoreError(
            "timestamps want the library rfc3161-client; install it with: pip install 'govnews-mirror[timestamp]'"
        ) from error
    return rfc3161_client


def _ask(authority: str, query: bytes) -> bytes:
    """Send a query over HTTP (RFC 3161, section 3.4); returns the answer, whatever it says."""
    if not authority.lower().startswith(("http://", "https://")):
        raise StoreError(f"{authority}: an authority's address begins with http:// or https://")
    request = Request(authority, data=query, headers={"Content-Type": "application/timestamp-query"})  # noqa: S310  # its scheme is checked above
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # the same
            return bytes(answer.read(MOST_BYTES))
    except (URLError, OSError, http.client.HTTPException) as error:
        raise StoreError(f"{authority}: the authority does not answer ({error})") from error
