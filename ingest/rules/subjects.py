"""Rules for what a work is about: headings, classes, keywords."""

import re

from ingest import clean, keys
from ingest.description import Description, Node
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.agents import Naming
from ingest.rules.authorities import address_of
from ingest.rules.titles import script
from kg.terms import iri, named, text
from ontology import codes

_SEPARATORS = re.compile(r"\s*[;；,，、|]\s*")
_LABEL = named("skos:prefLabel")


def subject_rule(options: Options) -> Apply:
    """A subject heading as a concept, its subdivisions joined by "--".

    parts: the parts of the heading in field order; join; scheme: its name, or by_mark: a table from the
    second indicator to a scheme, or scheme_part: the part that names it (MARC $2), the first that is
    there; property: wy:subject; identifiers: parts with authority numbers ($0, $1); agent and name,
    dates, ...: the heading also names an agent (600), or about: "place" for a place (651); narrow:
    parts whose presence makes the heading more than that agent or place. bare = true: no concept then.
    """
    parts, join = options.words("parts", "a"), options.text("join", "--")
    scheme, by_mark, scheme_part = _scheme(options)
    predicate = named(options.text("property", "wy:subject"))
    identifiers = options.words("identifiers", "0 1")
    about, bare = options.text("about"), options.flag("bare")
    naming = Naming.of(options) if about else None
    main = options.words("main", "a")

    def apply(field: Field, description: Description) -> None:
        label = join.join(filter(None, (clean.name(v) for code, v in field.parts if code in parts)))
        if not label:
            return
        whole = all(code in main or code not in parts for code, _ in field.parts)
        if naming is not None:
            _say_about(field, naming, description)
        if naming is not None and whole and bare:
            return
        name = scheme or by_mark.get(field.marks[1:2], "") or field.first(scheme_part) or "local"
        concept = _concept(description, name, label)
        for address in filter(None, map(address_of, field.all(identifiers))):
            concept.say(named("skos:exactMatch"), iri(address))
        description.work.say(predicate, concept)

    return apply


def classification_rule(options: Options) -> Apply:
    """A class of a classification by its notation: wy:classification → {scheme}-{notation}.

    parts: the notation; scheme, by_mark, scheme_part as for a subject; join: between parts ("").
    """
    parts, join = options.words("parts", "a"), options.text("join")
    scheme, by_mark, scheme_part = _scheme(options)
    repeated = options.flag("repeated")

    def apply(field: Field, description: Description) -> None:
        found = [clean.space(value) for code, value in field.parts if code in parts]
        name = scheme or by_mark.get(field.marks[:1], "") or field.first(scheme_part) or "local"
        for notation in filter(None, found if repeated else [join.join(found)]):
            node = description.node("concept", keys.notation(name, notation.replace("/", "").strip()))
            node.say(named("skos:notation"), text(notation))
            node.say(named("skos:inScheme"), iri(f"{description.base}id/scheme/{name}"))
            description.work.say(named("wy:classification"), node)

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


def _scheme(options: Options) -> tuple[str, dict[str, str], str]:
    return options.text("scheme"), options.table("by_mark"), options.text("scheme_part")


def _concept(description: Description, scheme: str, label: str) -> Node:
    """The concept with *label* in *scheme*, its label in the language it is written in."""
    concept = description.node("concept", keys.heading(scheme, label))
    if not concept.statements:
        concept.say(_LABEL, text(label, "zh" if script(label) == "Hani" else _LANGUAGES.get(scheme, "")))
        concept.say(named("skos:inScheme"), iri(f"{description.base}id/scheme/{scheme}"))
    return concept


_LANGUAGES = {"lcsh": "en", "fast": "en", "mesh": "en", "lcshac": "en", "gnd": "de", "rvm": "fr", "ram": "fr"}
"""Schemes whose headings are in one language."""


def _say_about(field: Field, naming: Naming, description: Description) -> None:
    """Says that the work is about the agent or place that *field* names."""
    found = naming.node(field, description)
    if found is not None:
        predicate = named("wy:place") if naming.kind == "place" else named("wy:subject")
        description.work.say(predicate, found[0])
