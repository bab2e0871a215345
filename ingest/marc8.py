"""The older character sets of catalogues: MARC-8 with its escapes, and ISO 5426 of UNIMARC.

In both, a mark stands before its letter. The tables of MARC-8 are pymarc's, which has them from the
Library of Congress (MARC 21 Specifications, Character sets); the way through them is ours: it never
raises, counts what it could not read, and takes a tenth of the time.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ESCAPE = "\x1b"

_SETS = {"B": 0x42, "E": 0x45, "2": 0x32, "3": 0x33, "4": 0x34, "N": 0x4E, "Q": 0x51, "S": 0x53, "1": 0x31}
_SHORT = {"g": 0x67, "b": 0x62, "p": 0x70, "s": 0x42}
_ASCII, _ANSEL, _EACC = 0x42, 0x45, 0x31
_ESCAPES = re.compile(r"\x1b(?:(\$[,)-]?|[(,)-])!?(.)|([gbps]))")
_MARKED = re.compile(r"([\xe0-\xfe]+)([^\xe0-\xfe]?)")
_MARKED_5426 = re.compile(r"([\xc0-\xdb\xdd-\xdf]+)([^\xc0-\xdb\xdd-\xdf]?)")
_NUMERIC = re.compile(r"&#x([0-9A-Fa-f]{2,6});")
_PLACEHOLDER = re.compile(r"\{[0-9A-Fa-f]{6}\}")

_ISO_5426 = {
    0xA1: "¡„£$¥†§′‘“«♭©℗®", 0xB0: "ʿʾ‚", 0xB6: "‡·″’”»♯ʹʺ¿",
    0xC0: "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030a\u0315\u0312\u030b\u031b\u030c",
    0xD0: "\u0327\u031c\u0321\u0328\u0325\u032e\u0323\u0324\u0332\u0333\u0329\u032d",
    0xDD: "\ufe20\ufe21\ufe23", 0xE1: "ÆĐ", 0xE6: "Ĳ", 0xE8: "ŁØŒ", 0xEC: "Þ", 0xF1: "æđð", 0xF5: "ıĳ",
    0xF8: "łøœßþ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """Text, how many characters beyond ASCII it came from, and how many of those were unreadable."""

    text: str
    seen: int
    unreadable: int


@lru_cache(maxsize=65_536)
def marc8(source: str) -> Read:
    """*source*, MARC-8 bytes of one subfield taken as Latin-1 text, in Unicode (NFC).

    Sets are back to ASCII and ANSEL at the start of a subfield. What cannot be read becomes U+FFFD.
    """
    if ESCAPE not in source:
        return _marked(source, _MARKED, _ansel())
    walk = _Walk()
    at = 0
    for found in _ESCAPES.finditer(source):
        walk.take(source[at : found.start()])
        walk.switch(found)
        at = found.end()
    walk.take(source[at:])
    return walk.result()


@lru_cache(maxsize=4_096)
def iso5426(source: str) -> Read:
    """*source*, ISO 5426 bytes of one subfield taken as Latin-1 text, in Unicode (NFC)."""
    return _marked(source, _MARKED_5426, _table_5426())


def is_marc8_escape(source: str) -> bool:
    """Whether *source* holds an escape sequence that MARC-8 defines."""
    return any(_set_of(found) is not None for found in _ESCAPES.finditer(source))


def _marked(source: str, marked: re.Pattern[str], table: dict[int, str]) -> Read:
    """Text of a set where marks come first: each run of marks goes behind its letter."""
    lost = 0

    def swap(found: re.Match[str]) -> str:
        nonlocal lost
        # A mark on nothing, a blank or a digit is a sign that this is no MARC-8.
        lost += 0 if found[2].isalpha() else len(found[1])
        return found[2] + found[1]

    text = marked.sub(swap, source).translate(table)
    if "&#x" in text:
        text = _NUMERIC.sub(_numbered, text)
    return Read(
        unicodedata.normalize("NFC", text),
        sum(char > "\x7f" for char in source),
        min(lost + text.count(REPLACEMENT), len(source)),
    )


def _numbered(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if 0xA0 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF else found[0]


class _Walk:
    """One way through a text with escapes: the sets in force, and what was read so far."""

    def __init__(self) -> None:
        self._low, self._high = _ASCII, _ANSEL
        self._out: list[str] = []
        self._marks = ""
        self._seen = self._lost = 0

    def switch(self, found: re.Match[str]) -> None:
        """Bring in the set an escape sequence names; an unknown one is a character lost."""
        wanted = _set_of(found)
        if wanted is None:
            self._put(REPLACEMENT)
        elif found[1] in (")", "-", "$)", "$-"):
            self._high = wanted
        else:
            self._low = wanted

    def take(self, source: str) -> None:
        """Read *source* with the sets in force."""
        at = 0
        while at < len(source):
            char = source[at]
            if self._low == _EACC and "\x20" < char < "\x7f":
                at += self._east_asian(source, at)
                continue
            at += 1
            if char == ESCAPE:
                self._put(REPLACEMENT)
            elif char <= "\x20" or (char < "\x7f" and self._low == _ASCII):
                self._put(char)
            else:
                self._look_up(self._high if char > "\x7f" else self._low, ord(char))

    def result(self) -> Read:
        """What was read; marks without a letter stand at the end."""
        text = _NUMERIC.sub(_numbered, "".join(self._out) + self._marks)
        return Read(unicodedata.normalize("NFC", text), self._seen, self._lost)

    def _east_asian(self, source: str, at: int) -> int:
        """Read one character of EACC; gives how many bytes it took."""
        if held := _PLACEHOLDER.match(source, at):
            self._put(REPLACEMENT)
            return held.end() - at
        code = source[at : at + 3]
        if len(code) < 3:
            self._put(REPLACEMENT)
            return len(code)
        self._look_up(_EACC, ord(code[0]) << 16 | ord(code[1]) << 8 | ord(code[2]))
        return 3

    def _look_up(self, name: int, code: int) -> None:
        table = _tables()[name]
        # A set may be brought in on the other side than its table is written for.
        number, combines = table.get(code) or table.get(code ^ 0x80, (0xFFFD, 0))
        if combines:
            self._seen += 1
            self._marks += chr(number)
        else:
            self._put(chr(number))

    def _put(self, char: str) -> None:
        self._seen += char > "\x7f"
        self._lost += char == REPLACEMENT
        self._out.append(char + self._marks)
        self._marks = ""


def _set_of(found: re.Match[str]) -> int | None:
    if found[3]:
        return _SHORT[found[3]]
    return _SETS.get(found[2])


@cache
def _tables() -> dict[int, dict[int, tuple[int, int]]]:
    # Imported here: pymarc's tables take 40 ms, and most catalogues today are in UTF-8.
    from pymarc.marc8_mapping import CODESETS, ODD_MAP

    tables: dict[int, dict[int, tuple[int, int]]] = {name: dict(table) for name, table in CODESETS.items()}
    tables[_EACC] |= {code: (number, 0) for code, number in ODD_MAP.items()}
    return tables


@cache
def _ansel() -> dict[int, str]:
    """Every byte above ASCII in ANSEL, the default upper half of MARC-8."""
    table = _tables()[_ANSEL]
    return {code: chr(table.get(code, (0xFFFD, 0))[0]) for code in range(0x80, 0x100)}


@cache
def _table_5426() -> dict[int, str]:
    known = {first + step: char for first, chars in _ISO_5426.items() for step, char in enumerate(chars)}
    known |= {0x88: "\x88", 0x89: "\x89"}
    return {code: known.get(code, REPLACEMENT) for code in range(0x80, 0x100)}
