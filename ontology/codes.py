"""Code lists: what a code, a word or a label of a library's list stands for. Tables are files in lists/.

Lists of the Library of Congress (languages, countries, relators, carriers, media, content) with labels in
English and Chinese, and the top of the Chinese Library Classification.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from ontology.errors import UnknownName

SPACES = {
    "languages": "http://id.loc.gov/vocabulary/languages/",
    "countries": "http://id.loc.gov/vocabulary/countries/",
    "relators": "http://id.loc.gov/vocabulary/relators/",
    "carriers": "http://id.loc.gov/vocabulary/carriers/",
    "media": "http://id.loc.gov/vocabulary/mediaTypes/",
    "content": "http://id.loc.gov/vocabulary/contentTypes/",
    "clc": "",
}
"""Tables and the namespaces of their IRIs; the classes of the CLC have no public ones."""

_ALSO = ("tag", "iso", "also", "unimarc")
"""Columns with other codes for the same entry, blank-separated."""
_EDGES = " .,;:'\"[](){}（）［］【】〔〕〈〉，。；：、…"
_BREAKS = re.compile(r"[、，,;；/|及和与與]|\s+and\s+|\s+&\s+")
_CHINESE_ENDINGS = tuple("著撰编編译譯注註绘繪")
"""Last characters that tell a role whatever stands before them: 英译, 合著, 节选主编."""


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list.

    tag: the BCP 47 tag of a language, "" where it is none (und, mul); the ISO 3166 code of a country.
    broader: the code of the class above it (CLC).
    """

    code: str
    iri: str
    en: str
    zh: str
    tag: str = ""
    broader: str = ""

    def label(self, language: str) -> str:
        """Its name in Chinese ("zh", "zh-Hans") or English (anything else)."""
        return self.zh if language.startswith("zh") else self.en


@cache
def table(name: str) -> dict[str, Code]:
    """A whole code list: code → entry, in the order of the file. Raises UnknownName."""
    if name not in SPACES:
        raise UnknownName(f"no code list {name!r}; known: {', '.join(SPACES)}")
    return {
        row["code"]: Code(
            row["code"],
            f"{SPACES[name]}{row['code']}" if SPACES[name] else "",
            row["en"],
            row["zh"],
            row.get("tag", row.get("iso", "")),
            row.get("broader", ""),
        )
        for row in _rows(name)
    }


@lru_cache(maxsize=16_384)
def find(name: str, value: str) -> Code | None:
    """The entry of list *name* that *value* means: its code, another standard's code, its IRI or a label.

    Country codes of ISO 3166 are told from MARC's by their capitals: "CN" is China, "cn" was Canada.
    """
    codes, others = table(name), _others(name)
    wanted = value.strip().removeprefix(SPACES[name] or "\0")
    code = codes.get(wanted) or others.get(wanted) or others.get(wanted.casefold())
    if code is None and name != "countries":
        code = codes.get(wanted.casefold())
    if code is None and name == "languages":
        # A tag with script or region is about its language: zh-Hans-CN.
        primary = re.split("[-_]", wanted.casefold(), maxsplit=1)[0]
        code = codes.get(primary) or others.get(primary) if primary != wanted.casefold() else None
    return code


def lookup(name: str, value: str) -> str:
    """The IRI of what *value* means in list *name*, "" where it means nothing there."""
    code = find(name, value)
    return code.iri if code else ""


def language(value: str) -> str:
    """The BCP 47 tag of a language given as a MARC code, an ISO 639 code, a tag or a name; else ""."""
    code = find("languages", value)
    return code.tag if code else ""


def language_iri(value: str) -> str:
    """The IRI in the MARC language list of a language given in any of those ways; else ""."""
    return lookup("languages", value)


@lru_cache(maxsize=16_384)
def relator(value: str) -> str:
    """The IRI of a role given as a relator code, a UNIMARC code, an IRI or a word of a record; else "".

    Words: 著, [等译], 编著, "edited by", "ill.". Of two roles in one word ("著、译") the first counts.
    """
    if address := lookup("relators", value):
        return address
    roles = (lookup("relators", part) or _role(part) for part in _parts(value.strip(_EDGES)))
    return next(filter(None, roles), "")


def label(iri: str, language: str) -> str:
    """The name of a code's IRI in Chinese or English; "" for an IRI of no list."""
    space, _, code = iri.rpartition("/")
    name = _spaces().get(f"{space}/")
    found = table(name).get(code) if name else None
    return found.label(language) if found else ""


def classes(notation: str) -> list[Code]:
    """The classes of the CLC that a class number lies in, from the top: "F124.3" → [F, F1].

    Only the two top levels are known here.
    """
    wanted, found = notation.strip().lstrip("[").upper(), []
    for code in table("clc").values():
        if any(wanted.startswith(stem) for stem in _stems(code.code)):
            found.append(code)
    # F49 lies in F and F49, not in F4: of the second level the longest counts.
    lower = sorted((code for code in found if code.broader), key=lambda code: len(code.code))
    return [code for code in found if not code.broader] + lower[-1:]


def _parts(words: str) -> list[str]:
    """*words* whole where they are one role word ("jt. ed."), else cut at commas and conjunctions."""
    if words.lower() in _role_words():
        return [words]
    return [part.strip(_EDGES) for part in _BREAKS.split(words)]


def _role(word: str) -> str:
    """The IRI of a role word, "" where it is none."""
    words, bare = _role_words(), word.strip("等").lower()
    code = words.get(bare) or (words[bare[-1]] if bare[-1:] in _CHINESE_ENDINGS else "")
    return SPACES["relators"] + code if code else ""


@cache
def _role_words() -> dict[str, str]:
    words = {row["word"]: row["code"] for row in _rows("roles")}
    return words | {word.rstrip("."): code for word, code in words.items()}


@cache
def _others(name: str) -> dict[str, Code]:
    """Every other way to say an entry of a list: labels, names without what is in brackets, other codes."""
    codes = table(name)
    others: dict[str, Code] = {}
    for row in _rows(name):
        code = codes[row["code"]]
        ways = [code.zh, code.en, code.en.partition(" (")[0].rstrip()]
        if name == "languages" and code.zh.endswith("语"):
            ways.append(f"{code.zh[:-1]}文")
        for way in filter(None, ways):
            others.setdefault(way.casefold(), code)
    for row in _rows(name):
        for way in " ".join(row.get(column, "") for column in _ALSO).split():
            others[way if name == "countries" else way.casefold()] = codes[row["code"]]
    return others


@cache
def _spaces() -> dict[str, str]:
    return {space: name for name, space in SPACES.items() if space}


def _stems(code: str) -> list[str]:
    """The beginnings of the class numbers in a class: "D73/77" → D73 ... D77, "[C7]" → C7."""
    first, slash, last = code.strip("[]").partition("/")
    if not slash:
        return [first]
    letters = first.rstrip("0123456789")
    return [f"{letters}{number}" for number in range(int(first[len(letters) :]), int(last) + 1)]


@cache
def _rows(name: str) -> list[dict[str, str]]:
    """The rows of a table in lists/: column name → text."""
    lines = files("ontology").joinpath("lists", f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]
