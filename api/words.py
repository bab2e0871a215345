"""The words of the interface in one language: messages, numbers and dates. Not the words of the data."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

import orjson

from api.language import LANGUAGES

_DATE = re.compile(r"(-?\d{4,})(?:-(\d{2}))?(?:-(\d{2}))?")
_SCRIPTS = {"hans": "Hans", "hant": "Hant", "latn": "Latn", "hani": "Hani"}


@dataclass(frozen=True, slots=True)
class Words:
    """What the interface says in *language*: words("search.go"), words.count("results", 3)."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The message of that key with *values* put in; a key that is not there raises KeyError."""
        message = messages(self.language)[key]
        return message.format_map(values) if values else message

    def known(self, key: str, otherwise: str = "") -> str:
        """The message of that key, or *otherwise*: for keys that are made from data."""
        return messages(self.language).get(key, otherwise)

    def count(self, noun: str, number: int) -> str:
        """"1,204 results": the number with its noun, in the plural the language wants."""
        form = "one" if number == 1 else "other"
        return self(f"count.{noun}.{form}", n=self.number(number))

    def number(self, value: int | float) -> str:
        """A number with separators every three digits, which both languages read."""
        return f"{value:,}"

    def when(self, moment: datetime) -> str:
        """"2026年11月22日 18:02" or "22 November 2026, 18:02": a moment, in the zone it carries."""
        return self("date.moment", date=self.date(moment.date().isoformat()), time=moment.strftime("%H:%M"))

    def date(self, value: str) -> str:
        """A date of the data (EDTF level 0) in words; anything else unchanged.

        The year 0000 is 1 BC, so -0479 is 480 BC (ISO 8601, § 4.3.2).
        """
        found = _DATE.fullmatch(value)
        if found is None:
            return value
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        if month > 12 or day > 31:
            return value
        parts = ("year", "month", "day")[: 1 + bool(month) + bool(day)]
        shown = self("date.bc", year=1 - year) if year < 1 else str(year)
        return self(f"date.{parts[-1]}", year=shown, month=self.known(f"month.{month}"), day=day)

    def tongue(self, tag: str) -> str:
        """A language tag as a reader names it: "简体", "pinyin", "fr"; script and scheme before language."""
        if name := self.known(f"tongue.{tag.lower()}"):
            return name
        subtags = tag.lower().split("-")
        named = [self.known(f"tongue.{subtag}", _SCRIPTS.get(subtag, subtag)) for subtag in subtags]
        return " ".join(named)


@cache
def words(language: str) -> Words:
    """The words of one of our languages."""
    return Words(language)


@cache
def messages(language: str) -> dict[str, str]:
    """The message catalogue of one of LANGUAGES: key → text."""
    if language not in LANGUAGES:
        raise KeyError(language)
    folder = files("api").joinpath("messages")
    names = (f"{language}.json", f"commands.{language}.json")
    pages, commands = (orjson.loads(folder.joinpath(name).read_bytes()) for name in names)
    return {**pages, **commands}
