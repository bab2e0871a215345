"""What somebody typed, as needs that a text can meet and as an expression of SQLite's full-text index.

Typed text reaches the index only as quoted tokens of letters and digits, so no operator of FTS5 can be
among them.
"""

import re
from dataclasses import dataclass
from itertools import islice, pairwise, product

from kg import identifier, romanisation
from kg.fold import fold, plain
from kg.pinyin import cuts
from kg.tokens import is_run, pairs, runs, spelled_out

LONGEST = 200
"""Characters of a query that are read."""
_WORDS = 24
"""Words of a query that are read."""
_WAYS = 8
"""Ways to read typed letters as syllables that are followed."""
_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]')


@dataclass(frozen=True, slots=True)
class Way:
    """One way to meet a need: all tokens, in a row if is_phrase; the last only begun if is_begun."""

    tokens: tuple[str, ...]
    is_phrase: bool = False
    is_begun: bool = False

    def written(self) -> str:
        """The way as a part of an FTS5 expression."""
        quoted = [f'"{token}"' for token in self.tokens]
        return f"({(' + ' if self.is_phrase else ' AND ').join(quoted)}{'*' if self.is_begun else ''})"

    def is_met(self, tokens: frozenset[str]) -> bool:
        """Whether a text with these tokens meets it; the order of a phrase is not looked at."""
        if self.is_begun:
            begun = self.tokens[-1]
            return set(self.tokens[:-1]) <= tokens and any(token.startswith(begun) for token in tokens)
        return tokens.issuperset(self.tokens)


Need = tuple[Way, ...]
"""Something that has to be found, in one way or another."""


@dataclass(frozen=True, slots=True)
class Expression:
    """The readings of a query, each a list of needs that must all be met; () where it has no words."""

    readings: tuple[tuple[Need, ...], ...]

    def written(self) -> str:
        """The FTS5 expression."""
        return " OR ".join(
            "(" + " AND ".join("(" + " OR ".join(way.written() for way in need) + ")" for need in needs) + ")"
            for needs in self.readings
        )

    def met(self, tokens: frozenset[str]) -> int:
        """How many needs a text with these tokens meets, in the reading that suits it most."""
        return max(
            (sum(any(way.is_met(tokens) for way in need) for need in needs) for needs in self.readings),
            default=0,
        )


def read(query: str, *, is_begun: bool = False) -> Expression:
    """The expression of a *query*: all its words, each in any of its forms.

    Quoted text is a phrase; 第1册 is 第一册 and v.1; letters are words, identifiers, pinyin or Wade-Giles.
    is_begun: words of three letters and more may go on, for a second try where nothing was found.
    """
    query = query[:LONGEST]
    readings = [_reading(form, is_begun) for form in _forms(query)]
    if code := _code(query):
        readings.append([[code]])
    made = tuple(tuple(tuple(need) for need in needs if need) for needs in readings)
    return Expression(tuple(dict.fromkeys(needs for needs in made if needs)))


def _forms(query: str) -> list[str]:
    """*query* as typed, with 畫 as 劃, and with its volume numbers brought to one form."""
    forms = spelled_out(query)
    folded = fold(query)
    if folded != plain(query) and not _QUOTED.search(query):
        forms.append(folded)
    return forms


def _reading(query: str, is_begun: bool) -> list[list[Way]]:
    phrases = [[_phrase(quoted)] for quoted in _QUOTED.findall(query) if plain(quoted)]
    return [*phrases, *_needs(_QUOTED.sub(" ", query), is_begun)]


def _code(query: str) -> Way | None:
    """The query as one identifier, typed with blanks or hyphens."""
    made = identifier.compact(query)
    is_code = len(made) >= 8 and made.isascii() and sum(char.isdigit() for char in made) >= 7
    return Way((made,)) if is_code else None


def _phrase(text: str) -> Way:
    """Words in a row. *text* has at least one."""
    words = runs(plain(text))
    tokens = [token for word in words for token in (pairs(word) if is_run(word) else (word,))]
    if not is_run(words[-1]):
        return Way(tuple(tokens), is_phrase=True)
    if len(words[-1]) == 1:
        return Way(tuple(tokens), is_phrase=True, is_begun=True)
    # The last character of a run is a token of its own only where the run ends in the text found, too.
    return Way(tuple(tokens[:-1]), is_phrase=True)


def _needs(text: str, is_begun: bool) -> list[list[Way]]:
    """What the blank-separated pieces of *text* ask for, neighbouring words of letters read together."""
    needs: list[list[Way]] = []
    letters: list[str] = []
    for piece in text.split():
        words = runs(plain(piece))
        if code := _short_code(piece, words):
            needs += [*_spelled(letters, is_begun), [code, Way(tuple(words), is_phrase=True)]]
            letters = []
            continue
        for word in words:
            if is_run(word):
                needs += [*_spelled(letters, is_begun), [_phrase(word)]]
                letters = []
            else:
                letters.append(word)
    return [*needs, *_spelled(letters, is_begun)][:_WORDS]


def _short_code(piece: str, words: list[str]) -> Way | None:
    """A piece with digits and marks within, such as an ISBN with hyphens or a DOI, as an identifier."""
    if len(words) < 2 or not piece.isascii() or not any(char.isdigit() for char in piece):
        return None
    made = identifier.compact(piece)
    return Way((made,)) if made else None


def _spelled(words: list[str], is_begun: bool) -> list[list[Way]]:
    """Needs of words in letters, one for each stretch of them that may be Chinese and for each other word."""
    needs: list[list[Way]] = []
    stretch: list[str] = []
    for word in [*words, ""]:
        if word and (cuts(word) or romanisation.syllables(word)):
            stretch.append(word)
            continue
        if stretch:
            needs += _chinese_or_not(stretch, is_begun, is_alone=len(stretch) == len(words))
            stretch = []
        if word:
            needs.append([_word(word, is_begun)])
    return needs


def _chinese_or_not(stretch: list[str], is_begun: bool, *, is_alone: bool) -> list[list[Way]]:
    """Syllabic words: as words, each maybe read for itself, or all of them read together."""
    ways = list(islice(product(*(cuts(word) for word in stretch)), _WAYS))
    ways_of_reading = [tuple(syllable for word in way for syllable in word) for way in ways]
    if len(stretch) > 1 and (old := romanisation.syllables(" ".join(stretch))):
        ways_of_reading += islice(product(*old), _WAYS)
    read = [
        _read(syllables) for syllables in dict.fromkeys(ways_of_reading) if len(syllables) > 1 or is_alone
    ]
    if len(stretch) == 1:
        return [[_word(stretch[0], is_begun), *read]]
    whole = Way(tuple(stretch))
    return [[whole, *read, *_half_read(stretch)]]


def _half_read(stretch: list[str]) -> list[Way]:
    """Words of which the long ones are read and the short ones are not: family guofan."""
    if not any(len(cut) > 1 for word in stretch for cut in cuts(word)[:1]):
        return []
    tokens: list[str] = []
    for word in stretch:
        cut = next(iter(cuts(word)), ())
        tokens += _read(cut).tokens if len(cut) > 1 else (word,)
    return [Way(tuple(tokens))]


def _read(syllables: tuple[str, ...]) -> Way:
    if len(syllables) == 1:
        return Way((f"{syllables[0]}_",), is_begun=True)
    return Way(tuple(f"{first}_{second}" for first, second in pairwise(syllables)))


def _word(word: str, is_begun: bool) -> Way:
    return Way((word,), is_begun=is_begun and len(word) > 2)
