"""Rules for what a work is about: headings, classes, keywords."""

import re
from functools import lru_cache

from ingest import clean, keys
from ingest.description import Description, Node
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.agents import Naming
from ingest.rules.authorities import address_of
from ingest.rules.titles import by_script, script, tags
from kg.terms import iri, named, text
from ontology import codes

_SEPARATORS = re.compile(r"\s*[;；,，、|]\s*")
_NOT_IN_NAME = re.compile(r"[^a-z0-9.-]")
_LABEL, _ALSO = named("skos:prefLabel"), named("skos:altLabel")
_NOTATION, _CLASSIFICATION = named("skos:notation"), named("wy:classification")
_MATCH, _IN_SCHEME = named("skos:exactMatch"), named("skos:inScheme")


def subject_rule(options: Options) -> Apply:
    """A subject heading as a concept, its subdivisions joined by "--".

    parts: the parts of the heading in field order; divisions: those of them that are subdivisions;
    join: what stands before a subdivision; scheme: its name, or by_mark: a table from the second
    indicator to a scheme, or scheme_part: the part that names it (MARC $2), the first that is there;
    scheme_if_han: the scheme of a Chinese heading that names none;
    other: the parts of the heading in another script; property: wy:subject; identifiers: parts with
    authority numbers ($0, $1); about = true: the heading also names an agent (or, with agent = "place",
    a place) by name, dates, ... as in an agent rule; bare = true: without subdivisions it names no more
    than that, and is no concept; unless: parts that make it something else (600 $t, a work).
    """
    parts, join = options.words("parts", "a"), options.text("join", "--")
    divisions, other = options.words("divisions", "v x y z"), options.words("other")
    scheme, by_mark, scheme_part = _scheme(options)
    predicate = named(options.text("property", "wy:subject"))
    identifiers = options.words("identifiers", "0 1")
    if_han = options.text("scheme_if_han")
    about, bare, unless = options.flag("about"), options.flag("bare"), options.words("unless")
    other_scheme = options.text("other_scheme")
    naming = Naming.of(options) if about else None

    def apply(field: Field, description: Description) -> None:
        label = heading(field, parts, divisions, join)
        if not label:
            return
        if naming is not None and not (unless and field.first(unless)):
            _say_about(field, naming, description)
            if bare and not (divisions and field.first(divisions)):
                return
        name = scheme or by_mark.get(field.marks[1:2], "") or scheme_name(field.first(scheme_part))
        if if_han and name == "local" and script(label) == "Hani":
            name = if_han
        concept = concept_node(description, name, label)
        if second := heading(field, other, tuple(f"880{code}" for code in divisions), join) if other else "":
            language = language_of(name, label) or by_script(second, "")
            concept.say(_ALSO, text(second, tags(label, second, language, other_scheme)[1]))
        for address in filter(None, map(address_of, field.all(identifiers))):
            concept.say(_MATCH, iri(address))
        description.work.say(predicate, concept)

    return apply


def heading(field: Field, parts: tuple[str, ...], divisions: tuple[str, ...], join: str) -> str:
    """The heading that *parts* of *field* make: "Dance--History", "Parton, Jane Bourne, -1962--Library"."""
    found = [(code in divisions, value) for code, value in field.parts if code in parts]
    if len(found) == 1:
        return clean.name(found[0][1])
    main = clean.name(" ".join(clean.space(value) for divides, value in found if not divides))
    rest = [clean.name(value) for divides, value in found if divides]
    return join.join(filter(None, (main, *rest)))


def scheme_name(written: str) -> str:
    """The name of a scheme as part of an address: small letters, figures, dots and hyphens; else "local"."""
    return _NOT_IN_NAME.sub("", written.lower()) or "local"


def classification_rule(options: Options) -> Apply:
    """A class of a classification by its notation: wy:classification → {scheme}-{notation}.

    parts: the notation; scheme, by_mark, scheme_part as for a subject; join: between parts ("").
    """
    parts, join = options.words("parts", "a"), options.text("join")
    scheme, by_mark, scheme_part = _scheme(options)
    repeated = options.flag("repeated")

    def apply(field: Field, description: Description) -> None:
        found = [clean.space(value) for code, value in field.parts if code in parts]
        name = scheme or by_mark.get(field.marks[:1], "") or scheme_name(field.first(scheme_part))
        for written in found if repeated else [join.join(found)]:
            # A slash in a Dewey number only marks where it may be cut (MARC 21, 082 $a).
            if notation := written.replace("/", "").strip() if name == "ddc" else written:
                node = description.node("concept", keys.notation(name, notation))
                node.say(_NOTATION, text(notation))
                node.say(_IN_SCHEME, _scheme_term(description.base, name))
                description.work.say(_CLASSIFICATION, node)

    return apply


def keyword_rule(options: Options) -> Apply:
    """Uncontrolled words as wy:keyword; split = true cuts at commas and semicolons, full width too.

    language_part: the part with the language of the words, where it is not that of the record.
    """
    parts, split = options.words("parts"), options.flag("split")
    language_part = options.words("language_part")
    predicate = named(options.text("property", "wy:keyword"))

    def apply(field: Field, description: Description) -> None:
        own = codes.language(field.first(language_part)) if language_part else ""
        for code, value in field.parts:
            if parts and code not in parts:
                continue
            for word in _SEPARATORS.split(value) if split else [value]:
                if word := clean.name(word):
                    tag = own or description.language or ("zh" if script(word) == "Hani" else "")
                    description.work.say(predicate, text(word, tag))

    return apply


def concept_node(description: Description, scheme: str, label: str) -> Node:
    """The concept with *label* in *scheme*, its label in the language it is written in."""
    concept = description.node("concept", keys.heading(scheme, label))
    if not concept.statements:
        concept.say(_LABEL, text(label, language_of(scheme, label)))
        concept.say(_IN_SCHEME, _scheme_term(description.base, scheme))
    return concept


@lru_cache(maxsize=1_024)
def _scheme_term(base: str, name: str) -> str:
    return iri(f"{base}id/scheme/{name}")


def language_of(scheme: str, label: str) -> str:
    """The language of a *label* in *scheme*: that of its script, or that of all the scheme."""
    return "zh" if script(label) == "Hani" else _LANGUAGES.get(scheme, "")


def _scheme(options: Options) -> tuple[str, dict[str, str], str]:
    return options.text("scheme"), options.table("by_mark"), options.text("scheme_part")


_LANGUAGES = {"lcsh": "en", "fast": "en", "mesh": "en", "lcshac": "en", "gnd": "de", "rvm": "fr", "ram": "fr"}
"""Schemes whose headings are in one language."""


def _say_about(field: Field, naming: Naming, description: Description) -> None:
    """Says that the work is about the agent or place that *field* names."""
    found = naming.node(field, description)
    if found is not None:
        predicate = named("wy:place") if naming.kind == "place" else named("wy:subject")
        description.work.say(predicate, found[0])
