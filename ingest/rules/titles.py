"""Rules for titles: the title proper, its other parts, and the key they give a work."""

import re

from ingest.clean import isbd, space, title_marks, title_proper
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text
from ontology import codes

_HAN = re.compile(r"[\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
_LANGUAGES_OF = {"Jpan": ("ja",), "Kore": ("ko",), "Hani": ("zh", "ja", "ko", "lzh", "yue", "wuu", "vi")}
"""Script → the languages written in it, the most likely first."""
_LATIN = re.compile(r"[A-Za-z]")
_SCRIPTS = (
    ("\u0370", "\u03ff", "Grek"), ("\u0400", "\u052f", "Cyrl"), ("\u0530", "\u058f", "Armn"),
    ("\u0590", "\u05ff", "Hebr"), ("\u0600", "\u06ff", "Arab"), ("\u0900", "\u097f", "Deva"),
    ("\u0980", "\u09ff", "Beng"), ("\u0b80", "\u0bff", "Taml"), ("\u0e00", "\u0e7f", "Thai"),
    ("\u0f00", "\u0fff", "Tibt"), ("\u10a0", "\u10ff", "Geor"), ("\u1800", "\u18af", "Mong"),
)  # fmt: skip
NOT_LATIN = frozenset(
    (
        *("zh", "ja", "ko", "lzh", "yue", "ru", "uk", "be", "bg", "mk", "sr", "el", "grc", "ka", "hy", "mn"),
        *("ar", "fa", "ur", "ps", "ug", "dv", "he", "yi", "am", "hi", "mr", "ne", "sa", "bn", "ta", "te"),
        *("kn", "ml", "si", "th", "lo", "km", "my", "bo"),
    )
)
"""Languages not written in Latin letters: Latin letters are a romanisation of theirs."""


def title_rule(options: Options) -> Apply:
    """A title, in every script it is given in.

    parts: the subfields joined into one title; other: those of the same title in another script or
    romanised (880$a, CNMARC $A); property: wy:title unless it is another title; on: nodes (work and
    instance); key: the subfields the work's key is made of (none: no key); nonfiling: the indicator
    (1 or 2) that counts leading characters to leave out of the key; key_other: the parts for the key
    in the original script, which count before those of *key*; proper: the key is made of the title proper
    alone (ingest.clean.title_proper); other_scheme: the transliteration of the
    other form ("pinyin"); romanised: Latin letters alone in a record whose language is not written in
    them are a romanisation (MARC 21); language_part: the part with the language of the title.
    """
    parts, other, key = options.words("parts", "a"), options.words("other"), options.words("key")
    join, nodes = options.text("join", " "), options.words("on", "work instance")
    predicate = named(options.text("property", "wy:title"))
    nonfiling = int(options.text("nonfiling") or 0)
    scheme, language_part = options.text("other_scheme"), options.words("language_part")
    proper_only = options.flag("proper")
    romanised, key_other = options.flag("romanised"), options.words("key_other")

    def apply(field: Field, description: Description) -> None:
        main = _joined(field, parts, join)
        if not main:
            return
        second = _joined(field, other, join) if other else ""
        own = codes.language(field.first(language_part)) if language_part else ""
        main_tag, second_tag = tags(main, second, own or description.language, scheme)
        if romanised and not second and main_tag in NOT_LATIN and is_latin(main):
            main_tag = f"{main_tag}-latn"
        for node in nodes:
            thing = description.named(node)
            thing.say(predicate, text(main, main_tag))
            if second and second != main:
                thing.say(predicate, text(second, second_tag))
        if key and not description.key_title:
            shorten = title_proper if proper_only else title_marks
            original = shorten(_joined(field, key_other, " ")) if key_other else ""
            whole = _joined(field, key, " ")
            skipped = field.marks[nonfiling - 1 : nonfiling] if nonfiling else ""
            description.key_title = original or shorten(whole[int(skipped) :] if skipped.isdigit() else whole)

    return apply


def tags(main: str, second: str, language: str, scheme: str = "") -> tuple[str, str]:
    """Language tags of a text and of the same text in another script (BCP 47, RFC 5646, § 2.2.3).

    The one written in Latin letters beside a text in Han, kana or Hangul is its romanisation:
    "zh-latn-pinyin" for the transliteration *scheme* "pinyin", else "zh-latn". *language* is the
    record's; where the script contradicts it (Han in an English record) the script wins.
    """
    if not second:
        return by_script(main, language), ""
    if is_latin(main) and not is_latin(second):
        vernacular = by_script(second, language)
        return _romanised(vernacular, scheme), vernacular
    vernacular = by_script(main, language)
    return vernacular, _romanised(vernacular, scheme) if is_latin(second) else by_script(second, language)


def is_latin(value: str) -> bool:
    """Whether *value* is written in Latin letters."""
    return bool(_LATIN.search(value)) and not script(value)


def script(value: str) -> str:
    """The ISO 15924 code of the East Asian script *value* is written in, "" for any other."""
    if value.isascii():
        return ""
    if _KANA.search(value):
        return "Jpan"
    if _HANGUL.search(value):
        return "Kore"
    return "Hani" if _HAN.search(value) else ""


def script_code(value: str) -> str:
    """The ISO 15924 code of the script of the first letter in *value* that tells it: Latn, Cyrl, Hani, ..."""
    if value.isascii():
        return "Latn"
    if found := script(value):
        return found
    for letter in value:
        for first, last, code in _SCRIPTS:
            if first <= letter <= last:
                return code
    return "Latn"


def by_script(value: str, language: str) -> str:
    """*language*, or the likeliest one of the East Asian script of *value* where that contradicts it."""
    found = script(value)
    fitting = _LANGUAGES_OF.get(found)
    return language if fitting is None or language in fitting else fitting[0]


def _romanised(language: str, scheme: str) -> str:
    if not language:
        return ""
    return f"{language}-latn-{scheme}" if scheme else f"{language}-latn"


def _joined(field: Field, codes: tuple[str, ...], join: str) -> str:
    """The parts with these *codes*, cleaned of ISBD punctuation and joined."""
    values = [kept for code, value in field.parts if code in codes and (kept := isbd(value))]
    return values[0] if len(values) == 1 else space(join.join(values))
