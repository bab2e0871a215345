"""The sheet of a thing: its statements laid out as a page shows them. Values only; templates draw it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.entity import Entity, Group, Name, Record, Value

FACTS = (
    "wy:workType", "wy:language", "wy:birth", "wy:death", "wy:dynasty", "wy:edition", "wy:issued",
    "wy:copyrightDate", "wy:publisher", "wy:placeOfPublication", "wy:extent", "wy:dimensions", "wy:partOf",
    "wy:inSeries", "wy:volume", "wy:issue", "wy:pages", "wy:isbn13", "wy:issn", "wy:doi", "wy:lccn",
    "wy:orcid", "wy:isil", "wy:ror", "wy:heldBy", "wy:location", "wy:callNumber", "wy:barcode",
    "wy:availability", "wy:instanceOf", "wy:itemOf", "wy:partOfOrg", "wy:within", "wy:address",
    "wy:openingHours", "wy:telephone", "wy:email", "wy:homepage", "wy:latitude", "wy:longitude",
    "wy:hasDigital", "wy:accessLevel", "wy:rights", "skos:notation", "skos:inScheme", "wy:fromSource",
    "wy:recordId", "wy:recordStatus", "wy:layout", "wy:encoding", "wy:encodingConfidence",
    "wy:sourceDatestamp", "wy:exactMatch", "skos:exactMatch", "owl:sameAs", "schema:sameAs",
)  # fmt: skip
"""The properties of the side column, in the order in which they stand there."""

_LEADS = ("wy:abstract", "skos:definition")
_UNDER_THE_TITLE = ("wy:subtitle", "wy:responsibility")
_NAMES = (
    "wy:title", "wy:name", "skos:prefLabel", "rdfs:label", "wy:altTitle", "wy:uniformTitle", "wy:altName",
    "skos:altLabel",
)  # fmt: skip
_IN_OTHER_FORM = ("wy:contribution", "wy:nameForm", "geo:hasGeometry")
_DRAWN_ELSEWHERE = (*_LEADS, *_UNDER_THE_TITLE, *_NAMES, *FACTS, *_IN_OTHER_FORM)
_LONGEST_FACT = 160
_MOST_FACTS = 7
_WEEK = "montuewedthufrisatsun"


@dataclass(frozen=True, slots=True)
class Contributor:
    """Who had a part in a work: the agent, the roles, where they belonged then, and who says so."""

    agent: Value
    roles: tuple[Value, ...]
    affiliations: tuple[Value, ...]
    said: Value


@dataclass(frozen=True, slots=True)
class Sheet:
    """An entity laid out.

    other_names: every name but the label. under: subtitle and responsibility. leads: what it is about, in
    prose. facts: the side column. rows: the remaining statements. numbers: the footnote of each graph, from
    1. notes: the graphs in that order; those that the entity does not carry have only an IRI.
    """

    entity: Entity
    other_names: tuple[Name, ...]
    under: tuple[Value, ...]
    leads: tuple[Value, ...]
    contributors: tuple[Contributor, ...]
    contributor_count: int
    facts: tuple[Group, ...]
    rows: tuple[Group, ...]
    numbers: dict[str, int]
    notes: tuple[Record, ...]

    def footnotes(self, graphs: Sequence[str]) -> str:
        """The footnotes of *graphs*: "1 3"."""
        return " ".join(str(number) for number in sorted(self.numbers[graph] for graph in graphs))


def sheet(entity: Entity) -> Sheet:
    """*entity* laid out."""
    groups = {group.name: group for group in entity.groups}
    contributions = groups.get("wy:contribution")
    contributors = _contributors(contributions.values if contributions else ())
    notes = _notes(entity)
    return Sheet(
        entity,
        tuple(name for name in entity.names if name.text != entity.label.text),
        _values(groups, _UNDER_THE_TITLE),
        _values(groups, _LEADS),
        contributors,
        contributions.total if contributions else 0,
        tuple(_in_week(groups[name]) for name in FACTS if name in groups and not _is_long(groups[name])),
        tuple(group for group in entity.groups if _is_row(group, contributors)),
        {record.iri: number for number, record in enumerate(notes, 1)},
        notes,
    )


def _values(groups: dict[str, Group], names: Sequence[str]) -> tuple[Value, ...]:
    return tuple(value for name in names if name in groups for value in groups[name].values)


def _contributors(contributions: Sequence[Value]) -> tuple[Contributor, ...]:
    made = []
    for said in contributions:
        parts = {group.name: group.values for group in said.parts}
        if agents := parts.get("wy:agent"):
            roles = parts.get("wy:role") or parts.get("wy:roleText") or ()
            made.append(Contributor(agents[0], roles, parts.get("wy:affiliation", ()), said))
    return tuple(made)


def _is_row(group: Group, contributors: Sequence[Contributor]) -> bool:
    """Whether a group stands among the remaining statements."""
    if group.name == "wy:creator":
        named = {contributor.agent.iri for contributor in contributors}
        return not all(value.iri in named for value in group.values)
    return group.name not in _DRAWN_ELSEWHERE or (group.name in FACTS and _is_long(group))


def _in_week(group: Group) -> Group:
    """Opening hours from Monday on, where each value begins with a day; any other group unchanged."""
    days = {value.text: _WEEK.find(value.text[:3].lower()) for value in group.values}
    if group.name != "wy:openingHours" or -1 in days.values():
        return group
    return replace(group, values=tuple(sorted(group.values, key=lambda value: days[value.text])))


def _is_long(group: Group) -> bool:
    """Whether a group is too much for the side column."""
    return group.total > _MOST_FACTS or any(len(value.text) > _LONGEST_FACT for value in group.values)


def _notes(entity: Entity) -> tuple[Record, ...]:
    """The graphs that speak on this page, those that the entity carries as records first."""
    known = {record.iri: record for record in entity.records}
    for group in entity.groups:
        for value in group.values:
            for graph in value.sources:
                known.setdefault(graph, Record(graph))
    return tuple(known.values())
