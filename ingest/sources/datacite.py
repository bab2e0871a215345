"""DataCite metadata as JSON: answers of the REST API and the JSON form of the kernel.

Format: DataCite Metadata Schema 4.6; field names are those of its properties in the singular.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.fields import Fields, plain
from ingest.jsonfile import Json, keys_in, members, parse_value, scalar, split_values, texts
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in

_TELLING_RELATIONS = (
    "IsPartOf", "References", "Cites", "IsNewVersionOf", "IsVersionOf", "IsVariantFormOf", "IsIdenticalTo",
    "IsTranslationOf",
)  # fmt: skip
_TELLING = {"publicationYear", "resourceTypeGeneral", "schemaVersion", "relatedIdentifiers", "titles"}


class DataCite:
    """Metadata of DataCite DOIs, JSON."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """JSON with a DOI, creators, and another field that only DataCite has."""
        keys = keys_in(head)
        found = sorted(keys & _TELLING)
        if not {"doi", "DOI", "id"} & keys or "creators" not in keys or not found:
            return None
        return Claim(0.93, f"JSON with the DataCite fields creators, {', '.join(found)}")

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a DOI."""
        return split_values(stream, lists=("data",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The metadata that *raw* holds, in or out of the envelopes of the API."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        for envelope in ("data", "attributes"):
            value = next(iter(members(value.get(envelope))), value)
        key = doi_in(scalar(value.get("doi")) or scalar(value.get("id")) or scalar(value.get("DOI")))
        if not key:
            return Rejected(raw, "parse", "no DOI, so no metadata of DataCite")
        return Record(key, "datacite", _fields(value, key), raw)


def _fields(value: Json, doi: str) -> tuple[Field, ...]:
    fields = Fields()
    fields.add("doi", doi)
    fields.add("language", scalar(value.get("language")))
    types = next(iter(members(value.get("types"))), {})
    fields.add(
        "resourceType", scalar(types.get("resourceTypeGeneral")), detail=scalar(types.get("resourceType"))
    )
    for title in members(value.get("titles")):
        add_title(
            fields, scalar(title.get("title")), scalar(title.get("titleType")), scalar(title.get("lang"))
        )
    for agent in members(value.get("creators")):
        _agent(fields, "creator", agent)
    for agent in members(value.get("contributors")):
        _agent(fields, "contributor", agent)
    publisher = value.get("publisher")
    fields.add(
        "publisher", name=scalar(publisher.get("name")) if isinstance(publisher, dict) else scalar(publisher)
    )
    _dates(fields, value)
    for subject in members(value.get("subjects")):
        fields.add("subject", text=scalar(subject.get("subject")), lang=scalar(subject.get("lang")))
    for description in members(value.get("descriptions")):
        kind = scalar(description.get("descriptionType")) or "Other"
        fields.add(
            f"description-{kind}",
            text=plain(scalar(description.get("description"))),
            lang=scalar(description.get("lang")),
        )
    _links(fields, value)
    return fields.done()


def add_title(fields: Fields, title: str, kind: str, language: str) -> None:
    """A title, under the name of its kind unless it is the title proper: title-Subtitle."""
    fields.add(f"title-{kind}" if kind else "title", text=plain(title), lang=language)


def add_related(fields: Fields, relation: str, kind: str, target: str) -> None:
    """A related identifier, under the name of the relation where that says what a reader can use.

    related-References, related-IsPartOf ...; all else is just "related". Only a DOI leads to a work.
    """
    number = doi_in(target) if kind in ("DOI", "") else ""
    written = f"{relation} {kind} {target}".strip() if target and not number else ""
    fields.add(
        f"related-{relation}" if relation in _TELLING_RELATIONS else "related", doi=number, text=written
    )


def add_agent(
    fields: Fields, name: str, *, full: str, family: str, given: str, is_group: bool,
    identifiers: list[str], affiliations: list[str], role: str = "",
) -> None:  # fmt: skip
    """A creator or contributor; groups under a name of their own: creator-group."""
    more = [("id", found) for found in identifiers] + [("affiliation", found) for found in affiliations]
    is_person = not is_group and bool(family or given)
    fields.add(
        f"{name}-group" if is_group else name,
        name="" if is_person else full,
        family=family if is_person else "",
        given=given if is_person else "",
        role=role,
        more=more if full or is_person else (),
    )


def _agent(fields: Fields, name: str, agent: Json) -> None:
    affiliation = agent.get("affiliation") or agent.get("affiliations")
    add_agent(
        fields,
        name,
        full=scalar(agent.get("name")) or scalar(agent.get("literal")),
        family=scalar(agent.get("familyName")) or scalar(agent.get("family")),
        given=scalar(agent.get("givenName")) or scalar(agent.get("given")),
        is_group="Organi" in (scalar(agent.get("nameType")) + scalar(agent.get("type"))),
        identifiers=[scalar(found.get("nameIdentifier")) for found in members(agent.get("nameIdentifiers"))]
        + texts(agent.get("id")),
        affiliations=texts(affiliation) + [scalar(found.get("name")) for found in members(affiliation)],
        role=scalar(agent.get("contributorType")) if name == "contributor" else "",
    )


def _dates(fields: Fields, value: Json) -> None:
    dates = {
        scalar(found.get("dateType")): scalar(found.get("date"))
        for found in reversed(members(value.get("dates")))
    }
    year = scalar(value.get("publicationYear")) or scalar(value.get("publication_year"))
    fields.add("issued", dates.get("Issued") or dates.get("Available") or year or dates.get("Created") or "")
    fields.add("copyrighted", dates.get("Copyrighted", ""))
    fields.add("version", scalar(value.get("version")))


def _links(fields: Fields, value: Json) -> None:
    fields.add("url", scalar(value.get("url")))
    for found in members(value.get("identifiers")) + members(value.get("alternateIdentifiers")):
        scheme = scalar(found.get("identifierType")) or scalar(found.get("alternateIdentifierType"))
        number = scalar(found.get("identifier")) or scalar(found.get("alternateIdentifier"))
        if scheme != "DOI":
            fields.add("alternateIdentifier", value=number, scheme=scheme)
    for rights in members(value.get("rightsList") or value.get("rights_list")):
        fields.add("rights", scalar(rights.get("rightsUri")), text=scalar(rights.get("rights")))
    for related in members(value.get("relatedIdentifiers")):
        add_related(
            fields,
            scalar(related.get("relationType")),
            scalar(related.get("relatedIdentifierType")),
            scalar(related.get("relatedIdentifier")),
        )
    for funding in members(value.get("fundingReferences")):
        fields.add(
            "funder",
            name=scalar(funding.get("funderName")),
            id=scalar(funding.get("funderIdentifier")),
            award=scalar(funding.get("awardNumber")),
        )
    for place in members(value.get("geoLocations")):
        fields.add("geoLocation", name=scalar(place.get("geoLocationPlace")))
    for name in ("sizes", "formats"):
        fields.extend(name.removesuffix("s"), texts(value.get(name)))
