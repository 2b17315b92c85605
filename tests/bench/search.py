"""Search over a generated mirror, beside the raw FTS5 query, in one run.

    python tests/bench/search.py [--full | --articles N] [--cache FOLDER] [--cpu]

Builds a mirror of N articles (100,000; with --full 1,000,000) of syllables that occur as often as in Vietnamese
news (Zipf, with compounds and rare names), through the program's own schema and `index_article`, or takes the one
that FOLDER has from an earlier run. Prints p50 and p95 of `search` for each class of queries, and two raw FTS5 queries
that give a page of hits in the order of `rank`, with titles and `snippet()`s: `same hits` finds what `search` finds,
the words with any diacritics, and is what the ratios are of; `as typed` finds the words as they were typed only. The
query of each class with the worst ratio is printed beside it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import quantiles

from sqlite_utils import Database

from pipelines.alphabet import TONES, VOWELS
from pipelines.database import keep_pages, open_database, open_readonly, writing
from pipelines.folding import exact, fold
from pipelines.search import FOLDED, index_article, search

BATCH = 1000
POOL = 2_000_000
MOST_SECONDS = 2.0
"""After so long no further query of a class is asked: some raw queries take seconds each."""

SHORT, REPEATED = 5.0, 10
"""Milliseconds below which a query is asked more often, and how often: whatever else the machine does disturbs it."""

ODD = 1.5
"""A query that took so many times as long as the raw one is asked more often too."""

FREQUENT = (
    "các và của công trong chính tác hành cho huyện được tỉnh với xã đảng dân là hội ủy nhân đồng ban cán bộ thực "
    "hiện năm nghị quyết định kế hoạch phát triển kinh tế xây dựng nông thôn mới tổ chức sinh đoàn thông báo giáo dục "
    "đào tạo an ninh trật tự quản lý nhà nước văn hóa thể thao du lịch sản xuất nghiệp đầu tư dự án đường"
)
ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
RIMES = (
    "a ai ac an ang anh ao at ay ăc ăn ăng ăt âm ân âng ât âu ây e em en eo êm ên ênh êt êu i ia ich iêm iên iêng iêt "
    "in inh it iu o oa oai oan oc oi on ong op ot ô ôc ôi ôm ôn ông ôt ơ ơi ơm ơn u ua uân uât uc ui um un ung ut uy "
    "uyên ư ưa ưng ươc ươi ương ươt"
)
NAMES = 50_000

Ask = Callable[[Database, str], object]


def toned(rime: str, tone: str) -> str:
    """The rime with the tone on the vowel that carries it."""
    vowels = [index for index, letter in enumerate(rime) if letter in VOWELS]
    marked = [index for index in vowels if not rime[index].isascii()]
    is_open = vowels[-1] == len(rime) - 1
    at = marked[-1] if marked else vowels[-2 if is_open and len(vowels) > 1 else -1]
    return unicodedata.normalize("NFC", rime[: at + 1] + tone + rime[at + 1 :])


class Language:
    """Words as often as a language has them; the same seed makes the same text."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # generated text needs no cryptography
        self.syllables = self._syllables()
        self.compounds = [" ".join(self._some(self.syllables, 2)) for _ in range(4000)]
        self.names = self._names()
        self._name_weights = list(accumulate(1 / (rank + 5) for rank in range(NAMES)))
        self.pool = " ".join(self._pool()).split()

    def _syllables(self) -> list[str]:
        made = {
            onset + toned(rime, tone) for onset in ONSETS.split() for rime in RIMES.split() for tone in ("", *TONES)
        }
        frequent = FREQUENT.split()
        rare = sorted({exact(syllable) for syllable in made} - set(frequent))
        self.random.shuffle(rare)
        return [*frequent, *rare[: 2000 - len(frequent)]]

    def _names(self) -> list[str]:
        pairs = [consonant + vowel for consonant in "bcdfghjklmnpqrstvwxz" for vowel in "aeiou"]
        return ["".join(self.random.choices(pairs, k=4)) for _ in range(NAMES)]

    def _some(self, words: Sequence[str], number: int) -> list[str]:
        weights = list(accumulate(1 / (rank + 15) ** 1.1 for rank in range(len(words))))
        return self.random.choices(words, cum_weights=weights, k=number)

    def _pool(self) -> Iterator[str]:
        singles, compounds = self._some(self.syllables, POOL // 2), self._some(self.compounds, POOL // 4)
        yield from self.random.sample(singles + compounds, len(singles) + len(compounds))

    def text(self, length: int) -> str:
        start = self.random.randrange(len(self.pool) - length)
        return " ".join(self.pool[start : start + length])

    def article(self) -> tuple[str, str, str]:
        """Title, lead and body of about 15, 40 and 300 syllables."""
        names = self.random.choices(self.names, cum_weights=self._name_weights, k=3)
        body = self.text(min(4000, max(40, int(self.random.lognormvariate(5.5, 0.6)))))
        return self.text(self.random.randint(8, 20)).capitalize(), self.text(40), f"{body}, {', '.join(names)}."


def build(folder: Path, articles: int, language: Language) -> None:
    db = open_database(folder)
    with writing(db):
        db.execute("INSERT INTO sites VALUES ('mau', 'Huyện Mẫu', 'http://mau.example/', 'auto')")
        db.execute("INSERT INTO runs (site, kind, started_at) VALUES ('mau', 'import', '2026-01-01T00:00:00Z')")
        db.execute(
            "INSERT INTO captures (run, site, url, fetched_at, status) "
            "VALUES (1, 'mau', 'http://mau.example/', '2026-01-01T00:00:00Z', 200)"
        )
    started = lap = time.perf_counter()
    for first in range(1, articles + 1, BATCH):
        with writing(db):
            for number in range(first, first + BATCH):
                add(
                    db,
                    number,
                    *language.article(),
                    day=f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}",
                )
        done = first + BATCH - 1
        if done % (articles // 10) == 0:
            rate, lap = articles / 10 / (time.perf_counter() - lap), time.perf_counter()
            print(f"  {done:>9,} articles, {rate:,.0f}/s", file=sys.stderr, flush=True)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = (folder / "mirror.db").stat().st_size
    print(f"built {articles:,} articles in {time.perf_counter() - started:,.0f} s, {size / 1e9:.2f} GB")


def add(db: Database, number: int, title: str, lead: str, body: str, *, day: str) -> None:
    db.execute(
        "INSERT INTO articles (id, site, identity, url, title, lead, body, body_html, published_date, quality, "
        "reader_version, content_sha256, capture, first_seen_at, last_seen_at, last_changed_at) "
        "VALUES (?1, 'mau', ?1, 'http://mau.example/tin-' || ?1, ?2, ?3, ?4, '', ?5, 1, '', '', 1, ?5, ?5, ?5)",
        [number, title, lead, body, day],
    )
    index_article(db, number)


def query_classes(language: Language) -> dict[str, list[str]]:
    """A fixed list of queries of every frequency, with and without diacritics."""
    common, middle, rare = language.syllables[:60], language.syllables[200:800], language.syllables[1500:]
    names = language.names
    choose = random.Random(7).choice  # noqa: S311  # a fixed choice of queries

    def some(*lists: Sequence[str]) -> list[str]:
        return [" ".join(map(choose, lists)) for _ in range(20)]

    classes = {
        "one frequent word": some(common),
        "one middling word": some(middle),
        "one rare syllable": some(rare),
        "one rare name": some(names[2000:]),
        "one name of a few articles": some(names[40000:]),
        "two frequent words": some(common, common),
        "three frequent words": some(common, common, common),
        "two middling words": some(middle, middle),
        "two rare syllables": some(rare, rare),
        "frequent compound": some(language.compounds[:100]),
        "middling compound": some(language.compounds[500:2000]),
        "frequent compound in quotes": [f'"{words}"' for words in some(language.compounds[:100])],
        "two frequent words in quotes": [f'"{words}"' for words in some(common, common)],
        "frequent word and rare name": some(common, names[2000:]),
        "five words": some(common, common, middle, middle, rare),
        "two rare names": some(names[2000:], names[2000:]),
        "two rare names in quotes": [f'"{words}"' for words in some(names[2000:], names[2000:])],
        "absent word": ["vắngmặt", "khôngcó", "zzzz"],
        "frequent and absent word": [f"{words} khôngcó" for words in some(common)],
    }
    bare = {f"{name}, no diacritics": [fold(words) for words in queries] for name, queries in classes.items()}
    return classes | {name: queries for name, queries in bare.items() if "name" not in name and "absent" not in name}


FOLDED_COLUMNS = " ".join(FOLDED)


def raw_same_hits(db: Database, words: str) -> object:
    return raw_page(db, f"{{{FOLDED_COLUMNS}}} : ({all_of(fold(words))})")


def raw_as_typed(db: Database, words: str) -> object:
    return raw_page(db, all_of(exact(words)))


def all_of(words: str) -> str:
    return words if words.startswith('"') else " AND ".join(f'"{word}"' for word in words.split())


def raw_page(db: Database, match: str) -> object:
    sql = (
        "SELECT articles.id, url, articles.title, published_date, snippet(articles_fts, -1, '[', ']', '…', 40) "
        "FROM articles_fts JOIN articles ON articles.id = articles_fts.rowid "
        "WHERE articles_fts MATCH ? ORDER BY rank LIMIT 20"
    )
    return db.execute(sql, [match]).fetchall()


def timed(ask: Ask, db: Database, queries: Sequence[str], clock: Callable[[], float]) -> list[float]:
    """Milliseconds of each query once the cache is warm; of a short one the best."""
    taken: list[float] = []
    began = time.perf_counter()
    for words in queries:
        if time.perf_counter() - began > MOST_SECONDS:
            break
        once(ask, db, words, clock)
        first = once(ask, db, words, clock)
        taken.append(min([first, *(once(ask, db, words, clock) for _ in range(REPEATED if first < SHORT else 0))]))
    return taken


def in_turn(db: Database, words: str, clock: Callable[[], float]) -> tuple[float, float]:
    """The best times of a short query and of the raw one: in turn, for the machine is not equally fast all the time."""
    both = [(once(search, db, words, clock), once(raw_same_hits, db, words, clock)) for _ in range(REPEATED)]
    mine, other = zip(*both, strict=True)
    return min(mine), min(other)


def once(ask: Ask, db: Database, words: str, clock: Callable[[], float]) -> float:
    started = clock()
    ask(db, words)
    return (clock() - started) * 1000


def p50_and_p95(taken: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(taken, n=20, method="inclusive") if len(taken) > 1 else [taken[0]] * 19
    return cuts[9], cuts[18]


def compare(db: Database, classes: dict[str, list[str]], clock: Callable[[], float]) -> None:
    print(
        f"{'milliseconds':48}{'search':>18}{'raw, same hits':>18}{'raw, as typed':>18}{'ratio of p50':>14}{'worst':>7}"
    )
    print(f"{'':48}{'p50      p95':>18}{'p50      p95':>18}{'p50      p95':>18}")
    every: list[float] = []
    for name, queries in classes.items():
        ours = timed(search, db, queries, clock)
        same, typed = timed(raw_same_hits, db, queries, clock), timed(raw_as_typed, db, queries, clock)
        every += ours
        columns = "".join(f"{p50:9.2f}{p95:9.2f}" for p50, p95 in map(p50_and_p95, (ours, same, typed)))
        ratio = p50_and_p95(ours)[0] / p50_and_p95(same)[0]
        pairs = [
            (words, *(in_turn(db, words, clock) if max(mine, other) < SHORT or mine > ODD * other else (mine, other)))
            for words, mine, other in zip(queries, ours, same, strict=False)
        ]
        words, mine, other = max(pairs, key=lambda pair: pair[1] / pair[2])
        print(
            f"{name:48}{columns}{ratio:14.2f}{mine / other:7.2f}  {mine:.2f} to {other:.2f} ms: {words}",
            flush=True,
        )
    p50, p95 = p50_and_p95(every)
    print(f"{'all':48}{p50:9.2f}{p95:9.2f}   over {len(every)} queries, slowest {max(every):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 articles")
    parser.add_argument("--cache", type=Path, help="keeps the generated mirror here for the next run")
    parser.add_argument("--cpu", action="store_true", help="counts CPU time: for a machine that others use too")
    given = parser.parse_args()
    articles = 1_000_000 if given.full else given.articles
    language = Language(seed=1)
    folder = (given.cache or Path(tempfile.mkdtemp(prefix="search-bench-"))) / str(articles)
    try:
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            build(folder, articles, language)
            (folder / "built").touch()
        db = open_readonly(folder)
        keep_pages(db.conn)  # as the server does
        compare(db, query_classes(language), time.process_time if given.cpu else time.perf_counter)
        db.close()
    finally:
        if given.cache is None:
            shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
