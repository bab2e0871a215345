"""Works described with schema.org in JSON-LD: files of them, and the scripts in web pages.

Format: schema.org, "CreativeWork" and its kinds. Names may carry the prefix schema: or the whole address;
other contexts are not read.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest import keys
from ingest.fields import Fields, is_group, name_of, pages, plain
from ingest.jsonfile import Json, keys_in, members, parse_value, scalar, split_values, texts
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in

WORKS = (
    "Article", "AudioObject", "Book", "Chapter", "CreativeWork", "Dataset", "DigitalDocument", "ImageObject",
    "Manuscript", "Map", "NewsArticle", "Periodical", "BlogPosting", "PublicationIssue", "PublicationVolume",
    "Report", "Review", "ScholarlyArticle", "SheetMusic", "SoftwareApplication", "SoftwareSourceCode",
    "TechArticle", "Thesis", "VideoObject", "VisualArtwork", "WebPage", "WebSite", "Movie", "MusicRecording",
)  # fmt: skip
_SPACES = ("schema:", "http://schema.org/", "https://schema.org/")
_ROLES = {"author": "author", "creator": "author", "editor": "editor", "translator": "translator",
          "illustrator": "illustrator", "contributor": "contributor"}  # fmt: skip
_DATES = ("datePublished", "dateCreated", "copyrightYear")


class SchemaOrg:
    """Works in JSON-LD with the words of schema.org."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """JSON-LD that names schema.org."""
        if "@context" in keys_in(head) and b"schema.org" in head:
            return Claim(0.9, "JSON-LD with the context of schema.org")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an object, of those in @graph where there is one."""
        return split_values(stream, lists=("@graph",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The work that *raw* holds; its key is its DOI, its address, or a hash of itself."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        work = unprefixed(value)
        if not kind_of(work):
            return Rejected(
                raw, "parse", f"no work of schema.org, but {texts(work.get('@type')) or 'no @type'}"
            )
        key = (
            doi_of(work)
            or scalar(work.get("@id"))
            or scalar(work.get("url"))
            or keys.digest(raw.data.decode())
        )
        return Record(key, "web-page", work_fields(work), raw)


def works_in(value: object) -> list[Json]:
    """The works in JSON-LD as it stands in web pages: an object, a list, or an object with @graph."""
    found = [unprefixed(member) for member in members(value)]
    inner = [unprefixed(member) for outer in found for member in members(outer.get("@graph"))]
    return [work for work in [*found, *inner] if kind_of(work)]


def unprefixed(value: Json) -> Json:
    """*value* with its names as schema.org has them: schema:name → name."""
    return {_local(name): content for name, content in value.items()}


def kind_of(work: Json) -> str:
    """The type of a work, "" where it is none."""
    return next((kind for kind in map(_local, texts(work.get("@type"))) if kind in WORKS), "")


def doi_of(work: Json) -> str:
    """The DOI among the identifiers of a work."""
    written = [
        *texts(work.get("@id")),
        *texts(work.get("identifier")),
        *texts(work.get("sameAs")),
        *texts(work.get("url")),
    ]
    written += [scalar(found.get("value")) for found in members(work.get("identifier"))]
    return next(filter(None, map(doi_in, written)), "")


def work_fields(work: Json) -> tuple[Field, ...]:
    """The fields of a work, under the names that web pages have in common (layout web-page)."""
    fields = Fields()
    fields.add("language", _named(work.get("inLanguage"), ("alternateName", "name")))
    fields.add("type", kind_of(work))
    fields.add("doi", doi_of(work))
    fields.extend("isbn", texts(work.get("isbn")))
    for title in (texts(work.get("headline")) or texts(work.get("name")))[:1]:
        fields.add("title", text=plain(title))
    for title in texts(work.get("alternativeHeadline")) or texts(work.get("alternateName")):
        fields.add("alternative", text=plain(title))
    for name, role in _ROLES.items():
        for agent in _listed(work.get(name)):
            _agent(fields, agent, role)
    fields.add("publisher", name=_named(work.get("publisher"), ("name",)))
    fields.add("issued", next((date for name in _DATES for date in texts(work.get(name))), "")[:10])
    _host(fields, work)
    for name in ("abstract", "description"):
        if written := scalar(work.get(name)):
            fields.add("abstract", text=plain(written))
            break
    for keyword in texts(work.get("keywords")) + [
        _named(found, ("name",)) for found in members(work.get("about"))
    ]:
        fields.add("keyword", text=keyword)
    fields.add("license", _named(work.get("license"), ("@id", "url")))
    fields.add("url", scalar(work.get("url")))
    for cited in members(work.get("citation")):
        fields.add("reference", doi=doi_of(unprefixed(cited)), text=plain(scalar(cited.get("name"))))
    for written in texts(work.get("citation")):
        fields.add("reference", doi=doi_in(written), text=plain(written))
    return fields.done()


def _agent(fields: Fields, agent: object, role: str) -> None:
    if isinstance(agent, str):
        fields.add("author-group" if is_group(agent) else "author", name=name_of(agent), role=role)
        return
    value = unprefixed(agent) if isinstance(agent, dict) else {}
    family, given = scalar(value.get("familyName")), scalar(value.get("givenName"))
    body = "Organization" in " ".join(texts(value.get("@type")))
    places = [("affiliation", _named(place, ("name",))) for place in _listed(value.get("affiliation"))]
    fields.add(
        "author-group" if body else "author",
        name="" if family and not body else name_of(scalar(value.get("name"))),
        family="" if body else family,
        given="" if body or not family else given,
        role=role,
        more=[*places, ("id", scalar(value.get("@id")))] if family or value.get("name") else (),
    )


def _host(fields: Fields, work: Json) -> None:
    """The journal, and the issue and volume on the way to it; or the book of a chapter."""
    host = next(iter(members(work.get("isPartOf"))), {})
    seen = 0
    while host and seen < 4:
        inner = unprefixed(host)
        fields.add("issue", scalar(inner.get("issueNumber")))
        fields.add("volume", scalar(inner.get("volumeNumber")))
        title = plain(scalar(inner.get("name")))
        if "Book" in texts(inner.get("@type")):
            fields.add("booktitle", text=title)
        elif title:
            fields.add("journal", title=title, more=[("issn", number) for number in texts(inner.get("issn"))])
        host, seen = next(iter(members(inner.get("isPartOf"))), {}), seen + 1
    fields.add(
        "pages",
        scalar(work.get("pagination")) or pages(scalar(work.get("pageStart")), scalar(work.get("pageEnd"))),
    )


def _named(value: object, names: tuple[str, ...]) -> str:
    """A text, or that of the first of *names* that an object has."""
    for member in _listed(value):
        if written := scalar(member):
            return written
        if isinstance(member, dict):
            inner = unprefixed(member)
            if found := next((scalar(inner.get(name)) for name in names if scalar(inner.get(name))), ""):
                return found
    return ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _local(name: str) -> str:
    for space in _SPACES:
        name = name.removeprefix(space)
    return name
