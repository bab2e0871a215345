"""Rules for coded data: values at fixed places of a leader or a field, and dates coded there."""

from fnmatch import fnmatchcase

from ingest.dates import LATEST
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text


def fixed_rule(options: Options) -> Apply:
    """What a code at a fixed place means, by the table in the mapping: {m = "wytype:book"}.

    property; on ("work"); at: START:END of the value; parts (none for a control field); table: code →
    prefixed name, or "text" in quotes; a ? in a code is any character; of: the kinds of record it holds for,
    by leader/06-07 ("a? t?"; all). Nothing is said where the node has the property already, unless
    repeated = true: then every character is a code.
    """
    predicate, nodes = named(options.text("property")), options.words("on", "work")
    start, _, end = options.text("at", "0:1").partition(":")
    parts, of, repeated = options.words("parts"), options.words("of"), options.flag("repeated")
    table = {code: _term(meaning) for code, meaning in options.table("table").items()}
    patterns = [(code, term) for code, term in table.items() if "?" in code]

    def meaning(code: str) -> str:
        if code in table:
            return table[code]
        return next((term for pattern, term in patterns if fnmatchcase(code, pattern)), "")

    def apply(field: Field, description: Description) -> None:
        if of and not _is_of(description, of):
            return
        code = _value(field, parts)[int(start) : int(end)]
        for found in filter(None, map(meaning, code if repeated else (code,))):
            for name in nodes:
                node = description.named(name)
                if repeated or not node.has(predicate):
                    node.say(predicate, found)

    return apply


def coded_dates_rule(options: Options) -> Apply:
    """Date of publication, and of copyright, from a type of date and two years side by side.

    at: where the type stands (6 in 008 of MARC 21, 8 in 100 $a of UNIMARC); parts; copyright: the types whose
    second year is one of copyright; exact: those whose second is month and day of the first; ranges: those
    where the two are the first and the last year. A year not wholly known is left to the transcription.
    """
    at, parts = int(options.text("at", "6")), options.words("parts")
    of_copyright, exact = options.text("copyright"), options.text("exact")
    ranges = options.text("ranges")

    def apply(field: Field, description: Description) -> None:
        value = _value(field, parts)
        kind, first, second = value[at : at + 1], value[at + 1 : at + 5], value[at + 5 : at + 9]
        instance = description.instance
        if not _is_year(first) or instance.has(named("wy:issued")):
            return
        if kind in exact and _is_day(second):
            first = f"{first}-{second[:2]}-{second[2:]}" if second[2:] != "00" else f"{first}-{second[:2]}"
        elif kind in ranges and _is_year(second) and second > first:
            first = f"{first}/{second}"
        elif kind in of_copyright and _is_year(second):
            instance.say(named("wy:copyrightDate"), text(second))
        instance.say(named("wy:issued"), text(first))

    return apply


def _value(field: Field, parts: tuple[str, ...]) -> str:
    return field.first(parts) if parts else field.parts[0][1] if field.parts else ""


def _is_of(description: Description, kinds: tuple[str, ...]) -> bool:
    leader = description.given.fields[0]
    code = leader.parts[0][1][6:8] if leader.name == "leader" and leader.parts else ""
    return any(fnmatchcase(code, kind) for kind in kinds)


def _is_year(written: str) -> bool:
    return len(written) == 4 and written.isdecimal() and 0 < int(written) <= LATEST


def _is_day(written: str) -> bool:
    return written.isdecimal() and 1 <= int(written[:2]) <= 12 and int(written[2:] or 0) <= 31


def _term(meaning: str) -> str:
    return text(meaning[1:-1]) if meaning.startswith('"') else named(meaning)
