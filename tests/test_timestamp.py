"""The head hash of a site is stamped by an authority (RFC 3161), and `verify` says whether the stamp still holds."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from crawling import Mirror, crawl
from server import Answer, Asked, running
from village import small_site

from crawler.cli import main
from pipelines.database import open_readonly
from pipelines.manifest import head_of

CONFIGURATION = """
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = desk
[desk]
serial = serial
signer_cert = leaf.pem
signer_key = leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
crypto_device = builtin
ess_cert_id_alg = sha256
"""


class Authority:
    """A time-stamp authority: OpenSSL behind a small web server."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "ca.cnf").write_text(CONFIGURATION)
        (folder / "serial").write_text("01\n")
        new = "req -new -newkey rsa:2048 -nodes"
        self.openssl(f"{new} -x509 -days 9 -keyout root.key -out root.pem -config ca.cnf -extensions ca", name)
        self.openssl(f"{new} -keyout leaf.key -out leaf.csr -config ca.cnf", f"{name} Stamp")
        self.openssl(
            "x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9 -extfile ca.cnf "
            "-extensions leaf -out leaf.pem"
        )
        self.root = folder / "root.pem"

    def openssl(self, words: str, name: str | None = None) -> None:
        subject = ["-subj", f"/O=Example/CN={name}"] if name else []
        subprocess.run(["openssl", *words.split(), *subject], cwd=self.folder, check=True, capture_output=True)

    def __call__(self, asked: Asked) -> Answer:
        assert asked.header("Content-Type") == "application/timestamp-query"
        (self.folder / "query").write_bytes(asked.body)
        self.openssl("ts -reply -queryfile query -out reply -config ca.cnf -section desk")
        return Answer(body=(self.folder / "reply").read_bytes(), mime="application/timestamp-reply")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "honest", "Time Desk")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    mirror = Mirror(tmp_path_factory.mktemp("crawled") / "output")
    with running(small_site()) as site:
        crawl(mirror, site.base_url)
    return mirror


@pytest.fixture
def mirror(crawled: Mirror, tmp_path: Path) -> Mirror:
    """A copy that a test may seal and damage."""
    shutil.copytree(crawled.output, tmp_path / "output")
    return Mirror(tmp_path / "output")


@pytest.fixture
def desk(authority: Authority) -> Iterator[str]:
    with running({"/": authority}) as server:
        yield server.url("/")


def govnews(mirror: Mirror, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--output", str(mirror.output)])


def change(mirror: Mirror, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(mirror.output / "mirror.db")) as db, db:
        assert db.execute(sql, values).rowcount == 1


def test_a_seal_is_kept_and_holds(mirror: Mirror, desk: str, authority: Authority) -> None:
    sealed = govnews(mirror, "seal", "--authority", desk)
    with closing(open_readonly(mirror.output)) as db:
        head = head_of(db, "xa")
    assert sealed.exit_code == 0, sealed.output
    assert f"xa: {head} (run 1) existed on " in sealed.output
    checked = govnews(mirror, "verify", "--roots", str(authority.root), "--quiet")
    assert checked.exit_code == 0, checked.output
    assert "checked 1 timestamp, their signatures too" in checked.output
    assert f"by {desk}" in govnews(mirror, "report").output


def test_anybody_can_check_a_token_with_openssl(
    mirror: Mirror, desk: str, authority: Authority, tmp_path: Path
) -> None:
    govnews(mirror, "seal", "xa", "--authority", desk)
    manifest, token = mirror.one("SELECT manifest, token FROM seals")
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "hash").write_text(manifest)
    words = ["-in", str(tmp_path / "token"), "-data", str(tmp_path / "hash"), "-CAfile", str(authority.root)]
    told = subprocess.run(["openssl", "ts", "-verify", *words], check=True, capture_output=True, text=True)
    assert "Verification: OK" in told.stdout + told.stderr


def test_without_roots_it_is_said_that_nobody_vouches_for_the_signature(mirror: Mirror, desk: str) -> None:
    govnews(mirror, "seal", "--authority", desk)
    checked = govnews(mirror, "verify", "--quiet")
    assert checked.exit_code == 0
    assert "not their signatures: give `--roots`" in checked.output


def flip_a_byte(mirror: Mirror) -> None:
    token = bytearray(mirror.one("SELECT token FROM seals"))
    token[-20] ^= 1  # within the signature
    change(mirror, "UPDATE seals SET token = ?", bytes(token))


def cut_the_token(mirror: Mirror) -> None:
    change(mirror, "UPDATE seals SET token = substr(token, 1, 40)")


def seal_another_hash(mirror: Mirror) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    change(mirror, "UPDATE seals SET manifest = ?", other)
    change(mirror, "UPDATE runs SET manifest = json_set(manifest, '$.sha256', ?)", other)


def move_the_seal(mirror: Mirror) -> None:
    change(mirror, "UPDATE seals SET manifest = ?", "0" * 64)


def move_the_time(mirror: Mirror) -> None:
    change(mirror, "UPDATE seals SET sealed_at = '2020-01-01T00:00:00.000Z'")


def lose_the_time(mirror: Mirror) -> None:
    change(mirror, "UPDATE seals SET sealed_at = 'x'")


def write_text_as_token(mirror: Mirror) -> None:
    change(mirror, "UPDATE seals SET token = 'x'")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lose_the_time, "a row names no time at which it was sealed"),
        (write_text_as_token, "the token is damaged"),
        (flip_a_byte, "the signature does not hold"),
        (cut_the_token, "the token is damaged"),
        (seal_another_hash, "the token is of another hash"),
        (move_the_seal, "the run has another hash now than the one that was sealed"),
        (move_the_time, "the token says another time"),
    ],
)
def test_a_seal_that_was_touched_is_found(
    mirror: Mirror, desk: str, authority: Authority, damage: Callable[[Mirror], None], said: str
) -> None:
    govnews(mirror, "seal", "--authority", desk)
    damage(mirror)
    checked = govnews(mirror, "verify", "--roots", str(authority.root), "--quiet")
    assert checked.exit_code == 1
    assert said in " ".join(checked.output.split())


def test_without_the_library_all_else_is_verified(mirror: Mirror, desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    govnews(mirror, "seal", "--authority", desk)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    next((mirror.output / "files").rglob("*.pdf")).unlink()
    checked = govnews(mirror, "verify", "--quiet")
    assert checked.exit_code == 1
    words = " ".join(checked.output.split())
    assert "it could not be checked: timestamps want the library rfc3161-client" in words
    assert ".pdf: cannot be read" in words


def test_a_stranger_s_root_does_not_vouch(mirror: Mirror, desk: str, tmp_path: Path) -> None:
    govnews(mirror, "seal", "--authority", desk)
    stranger = Authority(tmp_path / "stranger", "Somebody Else")
    checked = govnews(mirror, "verify", "--roots", str(stranger.root), "--quiet")
    assert checked.exit_code == 1
    assert "the signature does not hold" in checked.output


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(body=b"<p>Hello</p>"), "its answer is no timestamp"),
        (Answer(status=500, body=b"no"), "the authority does not answer"),
        (Answer(body=bytes.fromhex("30053003020102"), mime="application/timestamp-reply"), "it refused the timestamp"),
    ],
)
def test_an_authority_that_does_not_stamp_is_named(mirror: Mirror, answer: Answer, said: str) -> None:
    with running({"/": answer}) as server:
        sealed = govnews(mirror, "seal", "--authority", server.url("/"))
    assert sealed.exit_code == 1
    assert said in sealed.output
    assert server.url("/") in sealed.output
    assert mirror.one("SELECT count(*) FROM seals") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["seal", "--authority", "file:///etc/hostname"], "begins with http:// or https://"),
        (["seal", "--authority", "http://127.0.0.1:9/"], "the authority does not answer"),
        (["seal", "nowhere", "--authority", "http://127.0.0.1:9/"], "nowhere: there is no finished run"),
        (["verify", "--roots", __file__], "no root certificates can be read from it"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(mirror: Mirror, words: list[str], said: str) -> None:
    told = govnews(mirror, *words)
    assert told.exit_code == 1
    assert said in told.output


def test_there_is_nothing_to_seal_where_there_is_no_mirror(tmp_path: Path) -> None:
    told = govnews(Mirror(tmp_path / "nothing"), "seal", "--authority", "http://127.0.0.1:9/")
    assert "there is no mirror yet" in told.output
    assert not (tmp_path / "nothing" / "mirror.db").exists()
