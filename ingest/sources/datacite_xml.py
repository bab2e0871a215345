"""DataCite metadata as XML, kernels 2.2 to 4.6, alone or in OAI-PMH answers.

Format: DataCite Metadata Schema 4.6. Gives the fields of ingest.sources.datacite.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest.fields import Fields, plain
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.sources.datacite import add_agent, add_related, add_title
from ingest.xml import children, descend, language_of, names_in, parse_element, split_elements, text_of


class DataCiteXml:
    """Metadata of DataCite DOIs, XML."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """XML with a resource in a DataCite kernel namespace."""
        if "resource" in names_in(head) and b"datacite.org/schema/kernel" in head:
            return Claim(0.97, "XML with a <resource> of a DataCite kernel")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a <resource>."""
        return split_elements(stream, ("resource",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The metadata that *raw* holds."""
        root = parse_element(raw)
        if isinstance(root, Rejected):
            return root
        written = _text(root, "identifier")
        key = doi_in(written) or written
        if not key or not descend(root, "titles/title"):
            return Rejected(raw, "parse", "no identifier or no title, so no metadata of DataCite", key)
        return Record(key, "datacite", _fields(root), raw)


def _fields(root: etree._Element) -> tuple[Field, ...]:
    fields = Fields()
    fields.add("doi", doi_in(_text(root, "identifier")))
    fields.add("language", _text(root, "language"))
    for resource in children(root, "resourceType"):
        fields.add("resourceType", resource.get("resourceTypeGeneral", ""), detail=text_of(resource))
    for title in descend(root, "titles/title"):
        add_title(fields, text_of(title), title.get("titleType", ""), language_of(title))
    for agent in descend(root, "creators/creator"):
        _agent(fields, "creator", agent)
    for agent in descend(root, "contributors/contributor"):
        _agent(fields, "contributor", agent)
    fields.add("publisher", name=_text(root, "publisher"))
    _dates(fields, root)
    for subject in descend(root, "subjects/subject"):
        fields.add("subject", text=text_of(subject), lang=language_of(subject))
    for description in descend(root, "descriptions/description"):
        text = plain(" ".join(str(piece) for piece in description.itertext()))
        kind = str(description.get("descriptionType", "")) or "Other"
        fields.add(f"description-{kind}", text=text, lang=language_of(description))
    _links(fields, root)
    return fields.done()


def _agent(fields: Fields, name: str, agent: etree._Element) -> None:
    names = children(agent, f"{name}Name")
    add_agent(
        fields,
        name,
        full=text_of(names[0]) if names else "",
        family=_text(agent, "familyName"),
        given=_text(agent, "givenName"),
        is_group=bool(names) and names[0].get("nameType") == "Organizational",
        identifiers=[text_of(found) for found in children(agent, "nameIdentifier")],
        affiliations=[text_of(found) for found in children(agent, "affiliation")],
        role=agent.get("contributorType", ""),
    )


def _dates(fields: Fields, root: etree._Element) -> None:
    dates = {found.get("dateType", ""): text_of(found) for found in reversed(descend(root, "dates/date"))}
    fields.add("issued", dates.get("Issued") or dates.get("Available") or _text(root, "publicationYear"))
    fields.add("copyrighted", dates.get("Copyrighted", ""))
    fields.add("version", _text(root, "version"))


def _links(fields: Fields, root: etree._Element) -> None:
    for found in descend(root, "alternateIdentifiers/alternateIdentifier"):
        scheme = found.get("alternateIdentifierType", "")
        fields.add("alternateIdentifier", value=text_of(found), scheme=scheme)
    for rights in descend(root, "rightsList/rights") + children(root, "rights"):
        fields.add("rights", rights.get("rightsURI", ""), text=text_of(rights))
    for related in descend(root, "relatedIdentifiers/relatedIdentifier"):
        add_related(
            fields,
            related.get("relationType", ""),
            related.get("relatedIdentifierType", ""),
            text_of(related),
        )
    for funding in descend(root, "fundingReferences/fundingReference"):
        fields.add(
            "funder",
            name=_text(funding, "funderName"),
            id=_text(funding, "funderIdentifier"),
            award=_text(funding, "awardNumber"),
        )
    for place in descend(root, "geoLocations/geoLocation"):
        fields.add("geoLocation", name=_text(place, "geoLocationPlace"))
    fields.extend("size", map(text_of, descend(root, "sizes/size")))
    fields.extend("format", map(text_of, descend(root, "formats/format")))


def _text(element: etree._Element, name: str) -> str:
    """The text of the first child of that name."""
    return next(map(text_of, children(element, name)), "")
