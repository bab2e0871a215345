"""OpenAlex entities as JSON: works, authors, institutions, sources and topics.

Format: https://docs.openalex.org, "Entities". Each kind has a layout of its own: openalex for works,
openalex-author and so on.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.fields import Fields, pages, plain
from ingest.jsonfile import Json, flatten, keys_in, members, parse_value, scalar, split_values, texts
from ingest.model import Claim, Raw, Record, Rejected

_HOST = "https://openalex.org/"
_LAYOUTS = {
    "W": "openalex", "A": "openalex-author", "I": "openalex-institution", "S": "openalex-source",
    "T": "openalex-topic", "C": "openalex-topic", "P": "openalex-institution", "F": "openalex-institution",
}  # fmt: skip
_FIGURES = (
    "works_count", "cited_by_count", "summary_stats", "counts_by_year", "works_api_url", "updated_date",
    "created_date", "x_concepts", "topics", "topic_share", "related_concepts", "siblings", "image_url",
    "image_thumbnail_url", "repositories", "associated_institutions", "roles", "lineage", "apc_prices",
    "apc_usd", "sources_api_url", "host_organization_lineage", "ancestors",
)  # fmt: skip
"""Counts and links within OpenAlex that change with every release and describe nothing."""
_LONGEST_ABSTRACT = 20_000
"""Words; a position beyond is a mistake, not an abstract."""


class OpenAlex:
    """Entities of OpenAlex, JSON."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """JSON whose ids are addresses at openalex.org."""
        if not {"id", "display_name"} <= keys_in(head) or b"openalex.org/" not in head:
            return None
        return Claim(0.95, "JSON with ids at openalex.org")

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an entity."""
        return split_values(stream, lists=("results",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The entity that *raw* holds."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        key = scalar(value.get("id")).removeprefix(_HOST)
        layout = _LAYOUTS.get(key[:1], "") if key[1:].isdigit() else ""
        if not layout:
            return Rejected(
                raw, "parse", f"no work, author, institution, source or topic of OpenAlex: id {key!r}", key
            )
        fields = Fields()
        if layout == "openalex":
            _work(fields, value)
        else:
            _entity(fields, layout, value)
        return Record(key, layout, fields.done(), raw)


def abstract(index: object) -> str:
    """The abstract from its inverted index, {"Open": [0], "access": [1]} → "Open access"."""
    if not isinstance(index, dict):
        return ""
    places = [
        (place, word)
        for word, found in index.items()
        for place in (found if isinstance(found, list) else ())
        if isinstance(place, int) and 0 <= place < _LONGEST_ABSTRACT
    ]
    return plain(" ".join(word for _, word in sorted(places)))


def _work(fields: Fields, work: Json) -> None:
    fields.add("id", scalar(work.get("id")))
    fields.add("language", scalar(work.get("language")))
    fields.add("doi", scalar(work.get("doi")))
    fields.add("type", scalar(work.get("type")))
    fields.add("title", text=plain(scalar(work.get("title")) or scalar(work.get("display_name"))))
    for authorship in members(work.get("authorships")):
        _authorship(fields, authorship)
    fields.add(
        "publication_date", scalar(work.get("publication_date")) or scalar(work.get("publication_year"))
    )
    fields.add("abstract", abstract(work.get("abstract_inverted_index")))
    _publication(fields, work)
    for topic in members(work.get("topics")):
        fields.add("topic", id=scalar(topic.get("id")), name=scalar(topic.get("display_name")))
    for heading in members(work.get("mesh")):
        fields.add(
            "mesh", id=scalar(heading.get("descriptor_ui")), name=scalar(heading.get("descriptor_name"))
        )
    for keyword in members(work.get("keywords")):
        fields.add("keyword", scalar(keyword.get("display_name")) or scalar(keyword.get("keyword")))
    for grant in members(work.get("grants")):
        fields.add(
            "grant",
            name=scalar(grant.get("funder_display_name")),
            id=scalar(grant.get("funder")),
            award=scalar(grant.get("award_id")),
        )
    ids = work.get("ids")
    for name in ("pmid", "pmcid", "mag"):
        fields.add("identifier", value=scalar(ids.get(name)) if isinstance(ids, dict) else "", scheme=name)
    fields.extend("referenced_work", texts(work.get("referenced_works")))


def _authorship(fields: Fields, authorship: Json) -> None:
    author = authorship.get("author")
    if not isinstance(author, dict):
        return
    institutions = [
        ("affiliation", scalar(found.get("display_name")))
        for found in members(authorship.get("institutions"))
    ]
    fields.add(
        "author",
        name=scalar(author.get("display_name")) or scalar(authorship.get("raw_author_name")),
        orcid=scalar(author.get("orcid")),
        id=scalar(author.get("id")),
        more=institutions,
    )


def _publication(fields: Fields, work: Json) -> None:
    """Where the work appeared: source, volume, pages, licence, address of the full text."""
    location = next(iter(members(work.get("primary_location"))), {})
    source = next(iter(members(location.get("source")) or members(work.get("host_venue"))), {})
    fields.add(
        "source",
        name=scalar(source.get("display_name")),
        issn=scalar(source.get("issn_l")),
        type=scalar(source.get("type")),
    )
    fields.add(
        "publisher", name=scalar(source.get("host_organization_name")) or scalar(source.get("publisher"))
    )
    biblio = next(iter(members(work.get("biblio"))), {})
    fields.add("volume", scalar(biblio.get("volume")))
    fields.add("issue", scalar(biblio.get("issue")))
    fields.add("pages", pages(scalar(biblio.get("first_page")), scalar(biblio.get("last_page"))))
    fields.add("license", scalar(location.get("license")))
    access = next(iter(members(work.get("open_access"))), {})
    fields.add("access", scalar(access.get("oa_status")))
    fields.add("url", scalar(access.get("oa_url")) or scalar(location.get("landing_page_url")))


def _entity(fields: Fields, layout: str, value: Json) -> None:
    """What the entity is known by, then its names by language, then all other fields as they are."""
    if layout == "openalex-topic":
        fields.add("scheme", "openalex-topics")
    for name, host in (("orcid", "https://orcid.org/"), ("ror", "https://ror.org/"), ("issn_l", "")):
        address = scalar(value.pop(name, None))
        fields.add(name, address, number=address.removeprefix(host) if host else "")
    international = value.pop("international", None)
    names = international.get("display_name") if isinstance(international, dict) else None
    for language, name in names.items() if isinstance(names, dict) else ():
        fields.add("international", text=scalar(name), lang=language)
    for name in ("display_name_alternatives", "display_name_acronyms", "alternate_titles"):
        fields.extend("alternative", texts(value.pop(name, None)))
    for name in _FIGURES:
        value.pop(name, None)
    fields.extend_from(flatten(value))
