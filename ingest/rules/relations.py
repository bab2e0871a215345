"""Rules for relations between works: the journal of an article, a series, a translation's original."""

from ingest import clean, keys
from ingest.description import Description, Node
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.identifiers import doi, isbn
from ingest.rules.titles import script, tags
from kg.terms import named, text
from ontology import identifiers


def related_rule(options: Options) -> Apply:
    """Another work, journal or series that the record points at.

    property: wy:partOf, wy:inSeries, wy:translationOf, wy:cites, wy:relation, ...; kind: "collection"
    (journals and series: things with a wy:name) or "work" (with a wy:title); on; title (the first part
    there is, or with *join* all of them), other (the title in another script), creator, issn, isbn, doi:
    the parts; needs: parts of which one must be there; proper: the key of a work is made of its title
    proper alone, as in a title rule; volume: the part with the number in the series,
    said as wy:volume of the instance; pages: likewise. What is pointed at gets the key its own record
    would give it: from DOI, ISSN, or title and creator.
    """
    predicate, kind = named(options.text("property")), options.text("kind", "work")
    on = options.words("on", "work")
    title, creator = options.words("title", "t a"), options.words("creator")
    issn, isbn_parts, doi_parts = options.words("issn", "x"), options.words("isbn", "z"), options.words("doi")
    volume, pages = options.words("volume"), options.words("pages")
    proper = options.flag("proper")
    join, other, needs = options.text("join"), options.words("other"), options.words("needs")

    def apply(field: Field, description: Description) -> None:
        if needs and not field.first(needs):
            return
        name = _name(field, title, join)
        second = _name(field, other, join)
        by = keys.creator(clean.name(field.first(creator))) if creator else ""
        number = next(filter(None, map(doi, field.all(doi_parts))), "")
        serial = next(filter(None, map(identifiers.issn, field.all(issn))), "")
        known_as = clean.title_proper(second or name) if proper and kind == "work" else second or name
        node = _target(description, kind, known_as, by, number, serial)
        if node is None or node is description.thing:
            return
        if name:
            label = named("wy:name") if kind == "collection" else named("wy:title")
            tag = description.language if second or script(name) else ""
            main_tag, second_tag = tags(name, second, tag)
            node.say(label, text(name, main_tag))
            if second:
                node.say(label, text(second, second_tag))
        if serial and kind == "collection":
            node.say(named("wy:issn"), text(serial))
        # Without a title it is only pointed at: a work of which nothing but a number is known is none.
        for value in filter(None, map(isbn, field.all(isbn_parts))) if name else ():
            node.say(named("wy:isbn13"), text(value))
        for name_ in on:
            description.named(name_).say(predicate, node)
        for parts, property_ in ((volume, "wy:volume"), (pages, "wy:pages")):
            for value in field.all(parts) if parts else ():
                description.instance.say(named(property_), text(clean.name(value)))

    return apply


def _name(field: Field, parts: tuple[str, ...], join: str) -> str:
    """The title in *parts*: all of them with *join* between, or the first there is."""
    if not parts:
        return ""
    if not join:
        return clean.name(clean.title_marks(field.first(parts)))
    return join.join(filter(None, (clean.name(clean.title_marks(value)) for value in field.all(parts))))


def _target(
    description: Description, kind: str, name: str, creator: str, number: str, serial: str
) -> Node | None:
    """The node of what is pointed at, None where nothing names it."""
    if number:
        return description.node(kind, keys.doi(number))
    if serial and kind == "collection":
        return description.node(kind, f"issn-{serial}")
    if not name:
        return None
    context = f"issn-{serial}" if serial else ""
    key = keys.work(name, creator or context) if kind == "work" else keys.named(kind, name)
    return description.node(kind, key)
