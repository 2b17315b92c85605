"""What was typed into a search: its terms, the ways to have them, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain, islice, pairwise

from pipelines.alphabet import ALPHABET, coded
from pipelines.folding import INVISIBLE, exact, fold, folded_codes

SEARCHED = ("title", "lead", "body", "people", "tags", "files")
"""The searched texts of an article. `people` are its author, unit and source; `files` the names and the text of its
attachments."""

MOST_WORDS = 32
"""How many words of a query count."""

LONGEST_SYLLABLE = len("nghiêng")
"""How many letters a word of Vietnamese has at most."""

MOST_NESTED = 8
"""How many words wait for rarer ones: the parser of FTS5 has a stack of a hundred."""

MOST_MARKS, MOST_PLACES = 200, 4000
"""How many places of a term are looked at to find the best piece of a text, and how many with any diacritics."""

Term = tuple[str, ...]
"""Words that stand side by side, as `folding.exact` spells them; mostly one."""

Mark = tuple[int, int, int]
"""Start and end of a term in a text, and which term it is."""

Rarity = Mapping[str, int]
"""How often each word stands in a sample of articles; words that nobody counted are not in it."""

Key = tuple[bool, tuple[Term, ...]]
"""What tells two ways to have words apart."""

_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f])*")
_QUOTED_OR_PLAIN = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTES = str.maketrans("“”„«»", '"""""')
_BETWEEN, _END = r"[\W_]+", r"(?![^\W_])"
_CODED_LETTER = re.escape(coded("".join(letter for letter in ALPHABET if letter.isalnum())))
_CODED_BETWEEN, _CODED_END = rb"[^" + _CODED_LETTER + rb"]+", rb"(?![" + _CODED_LETTER + rb"])"
_LOOSE = f"[\u0300-\u036f{INVISIBLE}]*"

_NOWHERE = '"' + "\ue000" * 8 + '"'
"""A word that no text has: signs for private use."""


def parse(words: str) -> tuple[Term, ...]:
    """The terms of a query; none where it holds no letter and no digit."""
    terms: list[Term] = []
    room = MOST_WORDS
    for quoted, plain in _QUOTED_OR_PLAIN.findall(words.translate(_QUOTES)):
        term = tuple(_WORD.findall(exact(quoted or plain))[:room])
        room -= len(term)
        if term:
            terms.append(term)
    return tuple(terms)


class Way:
    """One way in which an article can have the words: as typed or folded, side by side or scattered.

    `scattered` is the looser way with the same spelling, of whose articles those of this way are a part.
    """

    def __init__(self, terms: tuple[Term, ...], *, is_folded: bool, within: Way | None = None) -> None:
        self.terms = terms
        self.is_folded = is_folded
        self.scattered = within or self
        self.key: Key = (is_folded, self.terms)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word once, in the order in which they were typed."""
        return tuple(dict.fromkeys(word for term in self.terms for word in term))

    @property
    def has_phrases(self) -> bool:
        return any(len(term) > 1 for term in self.terms)

    @property
    def parts(self) -> list[str]:
        """FTS5 expressions for the words, several or one at a time: first those that few articles are likely to match.

        Words longer than any syllable are names and the like: FTS5 finds at once which few articles have all of them.
        Of the others long ones are mostly rarer than short ones.
        """
        long = [word for word in self.words if len(word) > LONGEST_SYLLABLE]
        if len(long) == len(self.words) or len(self.words) == 1:
            return [self.match()]
        others = sorted((word for word in self.words if word not in long), key=len, reverse=True)
        return [" AND ".join(f'"{word}"' for word in words) for words in (long, *([word] for word in others)) if words]

    def rarest_pair(self, rarity: Rarity) -> Way:
        """Of words side by side the two neighbours that stand in the fewest articles."""
        words = self.terms[0]
        pair = min(pairwise(words), key=lambda pair: sum(rarity.get(word, 0) for word in pair))
        return Way((pair,), is_folded=self.is_folded)

    def match(self, place: Sequence[str] = SEARCHED, *, rarity: Rarity | None = None) -> str:
        """The FTS5 expression for the words in these columns; each is in quotes, so that none is an operator.

        FTS5 moves all words of an AND on together, and so reads whatever lies between two articles of the rarest word
        for the most frequent one too. With their rarity known, each word waits inside a NOT of its own until the rarer
        ones have met, and its part of the index is skipped: a fifth of the reading for five words. (FTS5 would make one
        AND of nested ones.) Words side by side are looked at last, where all of them are known to be.
        """
        columns = [f"{name}_folded" for name in place] if self.is_folded else place
        phrases = [self._phrase(" ".join(term), columns) for term in self.terms if len(term) > 1]
        if rarity is None or len(self.words) < 3:
            singles = [self._phrase(term[0], columns) for term in self.terms if len(term) == 1]
            return " AND ".join([*singles, *phrases])
        rarest_first = sorted(self.words, key=lambda word: rarity.get(word, 0))
        met, *others = (self._phrase(word, columns) for word in rarest_first)
        for other in others[:MOST_NESTED]:
            met = f"(({met}) NOT {_NOWHERE}) AND {other}"
        return " AND ".join([f"(({met}) NOT {_NOWHERE})", *others[MOST_NESTED:], *phrases])

    def _phrase(self, words: str, columns: Sequence[str]) -> str:
        # Without a filter FTS5 is twice as fast. Folded words stand in both spellings' columns or in the folded
        # ones, accented words in the exact ones only: where any place will do, only plain words need a filter.
        is_needless = len(columns) == len(SEARCHED) and (self.is_folded or words != fold(words))
        return f'"{words}"' if is_needless else f'{{{" ".join(columns)}}} : "{words}"'

    def is_in(self, *texts: str) -> bool:
        """Whether texts that are spelled as the index spells them have all the terms, each within one of them."""
        return all(any(self._stands_in(text, index) for text in texts) for index in range(len(self.terms)))

    def _stands_in(self, text: str, index: int) -> bool:
        # Plain containment first: it is cheap, and mostly says no.
        return all(word in text for word in self.terms[index]) and bool(self._whole_terms[index].search(text))

    @cached_property
    def _whole_terms(self) -> list[re.Pattern[str]]:
        return [re.compile(rf"(?<![^\W_]){_BETWEEN.join(map(re.escape, term))}{_END}") for term in self.terms]

    def marks(self, text: str) -> list[Mark]:
        """Where the terms stand in kept text, whatever its case and Unicode form, in their order there."""
        marks: list[Mark] = []
        for index, places in enumerate(self._places(text)):
            found = ((place.start(), place.end(), index) for place in islice(places, MOST_PLACES))
            marks += islice((mark for mark in found if self.is_folded or self._is_as_typed(text, mark)), MOST_MARKS)
        return sorted(marks, key=_by_place) if len(self.terms) > 1 else marks

    def _is_as_typed(self, text: str, mark: Mark) -> bool:
        start, end, index = mark
        return tuple(_WORD.findall(exact(text[start:end]))) == self.terms[index]

    def _places(self, text: str) -> Iterable[Iterator[re.Match[str] | re.Match[bytes]]]:
        """Of each term where the text has it, with any diacritics."""
        codes = folded_codes(text)
        if codes is None:
            return (spelling.finditer(text) for spelling in self._spellings)
        return (spelling.finditer(codes) for spelling in self._coded_spellings)

    @cached_property
    def _spellings(self) -> list[re.Pattern[str]]:
        return [re.compile(_BETWEEN.join(map(_any_spelling, term)) + _END) for term in self.terms]

    @cached_property
    def _coded_spellings(self) -> list[re.Pattern[bytes]]:
        """As `_spellings`, for `folded_codes`, in which they are found ten times as fast."""
        return [re.compile(_CODED_BETWEEN.join(map(_coded_spelling, term)) + _CODED_END) for term in self.terms]


def _by_place(mark: Mark) -> tuple[int, int]:
    """In the order of the text; of two that begin together the longer one first."""
    start, end, _index = mark
    return start, -end


def ways_to_have(terms: tuple[Term, ...]) -> list[Way]:
    """The ways to have the words, best first."""
    folded = tuple(tuple(map(fold, term)) for term in terms)
    if folded == terms:  # who types no diacritics means any
        return _ways(folded, is_folded=True)
    return [*_ways(terms, is_folded=False), *_ways(folded, is_folded=True)]


def expression_for(words: str) -> str:
    """The FTS5 expression that any typed words stand for: articles that have all of them, in either spelling."""
    terms = parse(words)
    if not terms:
        return _NOWHERE
    spellings = {way.is_folded: way.scattered.match() for way in ways_to_have(terms)}
    return " OR ".join(f"({spelling})" for spelling in spellings.values())


def _ways(terms: tuple[Term, ...], *, is_folded: bool) -> list[Way]:
    scattered = Way(terms, is_folded=is_folded)
    if len(terms) == 1:
        return [scattered]
    return [Way((tuple(chain.from_iterable(terms)),), is_folded=is_folded, within=scattered), scattered]


def _any_spelling(word: str) -> str:
    """A pattern for a word with any diacritics, marks and case."""
    classes = [f"[{re.escape(_letters_like().get(letter, letter + letter.upper()))}]" for letter in fold(word)]
    if not classes:
        return "(?!)"
    # The look behind stands after the first letter: `re` finds a letter fast, a place between letters slowly.
    return _LOOSE.join([f"{classes[0]}(?<![^\\W_].)", *classes[1:]]) + _LOOSE


def _coded_spelling(word: str) -> bytes:
    codes = folded_codes(fold(word))
    if not codes:
        return rb"(?!)"
    return re.escape(codes) + rb"(?<![%b].{%d})" % (_CODED_LETTER, len(codes))


@cache
def _letters_like() -> dict[str, str]:
    """The Latin letters that fold to each letter."""
    letters: dict[str, str] = {}
    for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00)):
        folded = fold(chr(code))
        if len(folded) == 1 and folded.isalpha():
            letters[folded] = letters.get(folded, "") + chr(code)
    return letters
