"""Rules for authority records of subjects: the heading, its other forms, the headings around it."""

from ingest import clean, keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.agents import Naming
from ingest.rules.subjects import concept_node, heading, language_of, scheme_name
from ingest.rules.titles import script
from kg.terms import iri, named, text

_LABELS = {"heading": named("skos:prefLabel"), "see-from": named("skos:altLabel")}
_RELATED, _BROADER, _NARROWER = named("skos:related"), named("skos:broader"), named("skos:narrower")
_IN_SCHEME = named("skos:inScheme")


def scheme_rule(options: Options) -> Apply:
    """The scheme that a heading belongs to: table from the code at *at* (008/11), or the code in parts (040).

    Early; the first that is known counts. otherwise: the scheme where none is told.
    """
    table, parts, at = options.table("table"), options.words("parts"), options.text("at")
    start, _, end = at.partition(":")

    def apply(field: Field, description: Description) -> None:
        value = field.first(parts) if parts else field.parts[0][1][int(start) : int(end)]
        found = table.get(value, "") if table else scheme_name(value) if value else ""
        description.scheme = description.scheme or found

    return apply


def concept_rule(options: Options) -> Apply:
    """A heading of the concept that the record is about.

    form: "heading" (its preferred label, which gives the key) or "see-from" (another label); parts,
    divisions, join, scheme_if_han as in a subject rule, so that the heading of a book and its authority
    record meet.
    """
    parts, divisions = options.words("parts", "a"), options.words("divisions", "v x y z")
    join, predicate = options.text("join", "--"), _LABELS[options.text("form", "heading")]
    if_han = options.text("scheme_if_han")

    def apply(field: Field, description: Description) -> None:
        label = heading(field, parts, divisions, join)
        if not label or description.thing.kind != "concept":
            return
        thing = description.thing
        scheme = description.scheme = (
            description.scheme or (if_han if script(label) == "Hani" else "") or "local"
        )
        if predicate == _LABELS["heading"]:
            if description.key:
                return
            description.key = keys.heading(scheme, label)
            thing.say(_IN_SCHEME, iri(f"{description.base}id/scheme/{scheme}"))
        thing.say(predicate, text(label, language_of(scheme, label)))

    return apply


def see_also_rule(options: Options) -> Apply:
    """Another heading: broader, narrower, or related, by the part *relation* ($w of MARC 21, $5 of UNIMARC).

    broader, narrower: the codes (first character) that say so; any other code, or none, makes it related.
    parts, divisions, scheme_if_han as in a subject rule. Of a person, a body or a place it is the one
    that *agent* and *name* tell, by wy:relation.
    """
    parts, divisions = options.words("parts", "a"), options.words("divisions", "v x y z")
    relation, if_han = options.words("relation", "w"), options.text("scheme_if_han")
    broader, narrower = options.words("broader", "g"), options.words("narrower", "h")
    naming = Naming.of(options)

    def apply(field: Field, description: Description) -> None:
        thing, code = description.thing, field.first(relation)[:1]
        if thing.kind != "concept":
            if naming.kind and (found := naming.node(field, description)):
                thing.say(named("wy:relation"), found[0])
            return
        label = heading(field, parts, divisions, "--")
        if label:
            scheme = description.scheme or (if_han if script(label) == "Hani" else "") or "local"
            node = concept_node(description, scheme, label)
            thing.say(_BROADER if code in broader else _NARROWER if code in narrower else _RELATED, node)

    return apply


def authority_rule(options: Options) -> Apply:
    """The address of the authority itself (skos:exactMatch, or wy:exactMatch of an agent), from its number.

    parts; table: beginning of the number → address that the number is put after.
    """
    parts, table = options.words("parts", "a"), options.table("table")

    def apply(field: Field, description: Description) -> None:
        number = clean.space(field.first(parts) if parts else field.parts[0][1]).replace(" ", "")
        for start, address in table.items():
            if number.startswith(start):
                is_concept = description.thing.kind == "concept"
                property_ = named("skos:exactMatch" if is_concept else "wy:exactMatch")
                description.thing.say(property_, iri(address + number))
                return

    return apply
