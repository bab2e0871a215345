"""The page of one thing: its sheet, what points at it, and the ways to take it away as data."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse

from api import state
from api.captions import code_name, graph_name, property_name, source_of
from api.pages import Reader, reader, render
from api.sheet import sheet
from api.words import Words
from kg.entity import Entity, Incoming, Record, Relative, Value
from kg.formats import FORMATS, Format
from kg.labels import Labels, key_of
from kg.links import Link, incoming
from kg.reading import Reading
from ontology.validate import explain

FIRST = 8
"""Links shown of each property at first."""
PAGE = 50
"""Links on a page of one property."""

_PROPERTIES = 12
_INVERSES = {
    "skos:broader": "skos:narrower", "skos:narrower": "skos:broader", "skos:related": "skos:related",
    "skos:topConceptOf": "skos:hasTopConcept", "skos:hasTopConcept": "skos:topConceptOf",
}  # fmt: skip
_TREE = ("wy:instanceOf", "wy:itemOf")
_DATES = ("wy:issued", "wy:copyrightDate", "wy:birth", "wy:death", "wy:sourceDatestamp", "wy:embargoUntil")
_WORDS = (
    "wy:availability", "wy:recordStatus", "wy:accessLevel", "wy:layout", "wy:status", "wy:script",
    "wy:scheme",
)  # fmt: skip
_RESOLVERS = {
    "wy:doi": "https://doi.org/", "wy:orcid": "https://orcid.org/", "wy:ror": "https://ror.org/",
    "wy:issn": "https://portal.issn.org/resource/ISSN/", "wy:lccn": "https://lccn.loc.gov/",
}  # fmt: skip
_DATATYPES = ("date", "gYear", "gYearMonth", "dateTime")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Pointing:
    """Things that point here by one property. page: 0 where only the first few are shown; first: from 1."""

    counted: Incoming
    links: tuple[Link, ...]
    page: int
    pages: int
    first: int


def render_entity(request: Request, entity: Entity) -> HTMLResponse:
    """The HTML page of *entity* for whoever asks. `?links=wy:creator&page=2`: what points here, by page."""
    who, reading = reader(request), state.now(request).reading
    return render(
        request,
        "entity.html",
        sheet=sheet(entity),
        incoming=_pointing(reading, entity, who),
        downloads=downloads(entity.iri, who),
        name_of=lambda iri: property_name(iri, who.language),
        flag_text=lambda flag: explain(flag, who.language),
        source_name=_source_name(who, Labels(reading, who.language)),
        text_of=_text_of(who.words),
        resolver=_resolver,
        short=_short,
    )


def downloads(iri: str, who: Reader) -> list[tuple[Format, str]]:
    """The formats of data that a thing can be had in, each with its address."""
    return [(known, who.page(iri, known.suffix)) for known in FORMATS if known.name != "n3"]


def _pointing(reading: Reading, entity: Entity, who: Reader) -> list[Pointing]:
    asked = dict(who.query)
    shown = []
    for counted in _untold(entity)[:_PROPERTIES]:
        is_open = asked.get("links") == counted.name
        size = PAGE if is_open else FIRST
        pages = max(-(-counted.count // PAGE), 1)
        page = min(max(_number(asked.get("page", "1")), 1), pages) if is_open else 1
        offset = (page - 1) * PAGE if is_open else 0
        links = incoming(
            reading, entity.iri, counted.property, language=who.language, limit=size, offset=offset
        )
        shown.append(Pointing(counted, links, page if is_open else 0, pages, offset + 1))
    return shown


def _untold(entity: Entity) -> list[Incoming]:
    """The links in that the page does not show already, as the tree or as a statement the other way round."""
    told = {_INVERSES[group.name]: group.total for group in entity.groups if group.name in _INVERSES}
    if entity.tree is not None:
        told |= dict.fromkeys(_TREE, _children_here(entity.tree))
    return [counted for counted in entity.incoming if counted.count > told.get(counted.name, 0)]


def _children_here(node: Relative) -> int:
    """How many children the tree draws below the thing that the page is about."""
    return len(node.children) if node.is_here else max(map(_children_here, node.children), default=0)


def _source_name(who: Reader, labels: Labels) -> Callable[[Record], str]:
    """What to call the source of a graph: its name; for a vocabulary's, that of the source of its name."""

    def source_name(record: Record) -> str:
        named = labels.find(f"{who.base_iri}id/source/{source_of(record.iri)}")
        return record.source_label or (named.text if named else "") or graph_name(record.iri)

    return source_name


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def _text_of(words: Words) -> Callable[[Value, str], str]:
    """How the text of a value is shown, given the prefixed name of its property."""

    def text_of(value: Value, name: str) -> str:
        if value.iri:
            return code_name(value.iri, words.language) or _label(value)
        if name in _DATES or value.datatype.partition("#")[2] in _DATATYPES:
            return words.date(value.text)
        if name in _WORDS:
            return words.known(f"value.{name[3:]}.{value.text}", value.text)
        return explain(value.text, words.language) if name == "wy:qualityFlag" else value.text

    return text_of


def _label(value: Value) -> str:
    """The label of a linked thing; "" where all we have is the last part of its IRI."""
    return "" if value.text == key_of(value.iri) and not value.has_page else value.text


def _resolver(value: Value, name: str) -> str:
    """The web address that an identifier leads to, or ""."""
    return _RESOLVERS[name] + quote(value.text, safe="/:()") if name in _RESOLVERS else ""


def _short(iri: str) -> str:
    """An outside address for people: without its scheme, and cut where it is long."""
    text = iri.partition("://")[2].removeprefix("www.").rstrip("/") or iri
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
