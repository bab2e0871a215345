"""Rules for plain values: text with a language, codes, links, constants, and keys."""

from collections.abc import Callable

from ingest.clean import CLEANERS
from ingest.description import Description
from ingest.errors import MappingError
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.titles import by_script, script
from kg.terms import iri, named, text, typed
from ontology import codes

_DATATYPES = ("", "string", "integer", "decimal", "boolean", "date", "gYear")


def text_rule(options: Options) -> Apply:
    """A literal in the language of the record: a note, an abstract.

    property; parts; on (nodes, default "work"); join (text between parts, else one literal a part);
    clean (a line of ingest.clean); prefix and suffix (put around); language ("record", "none", a tag, or
    "cataloguing": that of the catalogue, in which notes are written);
    language_part (the part with the language of this value, where there is one);
    at (START:END of the value).
    """
    return _literal(options, language="record")


def value_rule(options: Options) -> Apply:
    """A literal without a language: an extent, a number, a code kept as it is. datatype: an XSD name."""
    return _literal(options, language="none")


def code_rule(options: Options) -> Apply:
    """The IRI that a code stands for. table: a table of ontology.codes; at: START:END of the value;
    property, parts, on as in a text rule; width: the value is cut into codes of that many characters.
    otherwise: the property that takes the code as text where the table does not know it.
    """
    read, nodes = _reader(options), options.words("on", "work")
    predicate, table = named(options.text("property")), options.text("table")
    otherwise = options.text("otherwise")

    def apply(field: Field, description: Description) -> None:
        for value in read(field):
            address = codes.lookup(table, value.strip())
            for node in nodes:
                if address:
                    description.named(node).say(predicate, iri(address))
                elif otherwise and value.strip():
                    description.named(node).say(named(otherwise), text(value.strip()))

    return apply


def link_rule(options: Options) -> Apply:
    """The value as an IRI: a web address, an identifier after *prefix*. Only http, https and urn pass."""
    read, nodes = _reader(options), options.words("on", "instance")
    predicate = named(options.text("property"))

    def apply(field: Field, description: Description) -> None:
        for value in read(field):
            if value.startswith(("http://", "https://", "urn:")) and " " not in value:
                for node in nodes:
                    description.named(node).say(predicate, iri(value))

    return apply


def constant_rule(options: Options) -> Apply:
    """What the field's presence alone says: property and value (an IRI, a prefixed name, or "text").

    when: the field must have this value (after *at* and *parts*); without it any value will do.
    """
    read, nodes = _reader(options), options.words("on", "work")
    predicate, written = named(options.text("property")), options.text("value")
    value = written if written.startswith('"') else named(written)
    when = options.words("when")

    def apply(field: Field, description: Description) -> None:
        for found in read(field):
            if not when or found in when:
                for node in nodes:
                    description.named(node).say(predicate, value)
                return

    return apply


def key_rule(options: Options) -> Apply:
    """The identifier that the described thing's IRI is made from: prefix + value, percent-encoded."""
    read = _reader(options)

    def apply(field: Field, description: Description) -> None:
        from urllib.parse import quote

        for value in read(field):
            description.key = description.key or quote(value.strip(), safe=".-_~")

    return apply


def language_rule(options: Options) -> Apply:
    """The language of the text: wy:language, and the tag of the literals that follow. at, width as in
    a code rule; tag = false where it is the language of something else (an original, a summary);
    cataloguing = true where it is the language of the catalogue: then nothing is said of the work.
    """
    read, nodes = _reader(options), options.words("on", "work")
    predicate, sets_tag = named(options.text("property", "wy:language")), options.flag("tag", default=True)
    of_catalogue = options.flag("cataloguing")

    def apply(field: Field, description: Description) -> None:
        for value in read(field):
            address = codes.language_iri(value.strip())
            if not address:
                continue
            if of_catalogue:
                description.cataloguing = codes.language(value.strip())
                continue
            if sets_tag and not description.language:
                description.language = codes.language(value.strip())
            for node in nodes:
                description.named(node).say(predicate, iri(address))

    return apply


def _literal(options: Options, *, language: str) -> Apply:
    read, nodes = _reader(options), options.words("on", "work")
    predicate = named(options.text("property"))
    wanted, datatype = options.text("language", language), options.text("datatype")
    if datatype not in _DATATYPES:
        raise MappingError(f"{options.place}: no datatype {datatype!r}; known: {', '.join(_DATATYPES[1:])}")
    language_part = options.words("language_part")
    is_typed = datatype not in ("", "string")

    def apply(field: Field, description: Description) -> None:
        own = codes.language(field.first(language_part)) if language_part else ""
        tag = own or {
            "none": "", "record": description.language, "cataloguing": description.cataloguing
        }.get(wanted, wanted)  # fmt: skip
        for value in read(field):
            term = typed(value, datatype) if is_typed else text(value, _tag(value, wanted, tag, description))
            for node in nodes:
                description.named(node).say(predicate, term)

    return apply


def _tag(value: str, wanted: str, tag: str, description: Description) -> str:
    """*tag*, unless *value* is not written as that language is: Han in a note of an English catalogue."""
    if wanted == "none" or value.isascii():
        return tag
    return by_script(value, description.language if script(value) and by_script(value, tag) != tag else tag)


def _reader(options: Options) -> Callable[[Field], list[str]]:
    """Takes from *options* how values are read from a field: parts, at, width, join, clean, prefix, suffix.

    The function it gives leaves out empty values.
    """
    parts, join = options.words("parts"), options.text("join")
    start, end = _slice(options)
    width = int(options.text("width") or 0)
    cleaner = options.text("clean", "space")
    if cleaner not in CLEANERS:
        raise MappingError(f"{options.place}: no cleaner {cleaner!r}; known: {', '.join(CLEANERS)}")
    clean = CLEANERS[cleaner]
    prefix, suffix = options.text("prefix"), options.text("suffix")
    drop = options.words("drop")

    if not (join or end or width or prefix or suffix or drop):
        return lambda field: [
            kept for code, value in field.parts if (not parts or code in parts) and (kept := clean(value))
        ]

    def read(field: Field) -> list[str]:
        values = [value for code, value in field.parts if not parts or code in parts]
        if join and values:
            values = [join.join(clean(value) for value in values)]
        if end:
            values = [value[start:end] for value in values]
        if width:
            values = [value[at : at + width] for value in values for at in range(0, len(value), width)]
        cleaned = (clean(value) for value in values)
        return [f"{prefix}{value}{suffix}" for value in cleaned if value and value not in drop]

    return read


def _slice(options: Options) -> tuple[int, int]:
    """START and END of the option "at"; both 0 where it is not given."""
    written = options.text("at")
    start, colon, end = written.partition(":")
    if written and not (colon and start.isdigit() and end.isdigit()):
        raise MappingError(f"{options.place}: 'at' is START:END, such as 35:38, not {written!r}")
    return int(start or 0), int(end or 0)
