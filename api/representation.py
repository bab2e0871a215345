"""A document about a thing in the format a client wants, with what HTTP says about it. Not which thing."""

from fastapi import Request
from fastapi.responses import Response

from api import state
from api.addresses import HTML, document_path, uri
from api.entity_page import render_entity
from api.failures import Failed, Failure
from api.negotiate import best
from api.pages import page_headers, reader
from kg.description import Description, statements_about
from kg.entity import describe
from kg.formats import FORMATS, Format
from kg.serialise import write_description
from ontology.errors import NotFound

PAGE = "text/html"
OFFERS = (PAGE, *(known.media_type for known in FORMATS))
ALIASES = {
    "application/xhtml+xml": PAGE,
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "application/x-turtle": "text/turtle",
    "application/x-trig": "application/trig",
    "text/x-nquads": "application/n-quads",
}

_CHARSET = ("text/turtle", "text/n3", "application/n-triples", "application/n-quads", "application/trig")


def wanted(request: Request) -> Format | None:
    """The format that the client wants, None for the page; raises Failed (406) where there is none of it."""
    chosen = best(request.headers.get("accept", ""), OFFERS, aliases=ALIASES)
    if chosen is None:
        raise Failed(
            Failure(
                406,
                "not-acceptable",
                "None of the wanted formats is there",
                hint=f"ask for one of {', '.join(OFFERS)}",
            )
        )
    return next((known for known in FORMATS if known.media_type == chosen), None)


def represent(request: Request, iri: str, form: Format | None, *, is_inline: bool = False) -> Response:
    """The document about *iri*; 304 where the client has it. Raises NotFound where nothing is said."""
    now = state.now(request)
    tag = _tag(request, form, now.generation, is_inline=is_inline)
    headers = _headers(request, iri, form) | {"ETag": tag}
    if has(request, tag):
        return Response(status_code=304, headers=headers)
    if form is None:
        entity = describe(now.reading, iri, language=reader(request).language)
        if entity is None:
            raise NotFound(f"nothing is said about {iri!r}")
        page = render_entity(request, entity)
        page.headers.update(headers)
        return page
    described = statements_about(now.reading, iri, with_records=form.name in ("trig", "nquads"))
    if described is None:
        raise NotFound(f"nothing is said about {iri!r}")
    return _data(request, described, form, headers, is_inline=is_inline)


def _data(
    request: Request, described: Description, form: Format, headers: dict[str, str], *, is_inline: bool
) -> Response:
    body = write_description(described, form, state.context(request), is_inline=is_inline)
    if not described.is_whole:
        headers["Wenyuan-Whole"] = "no"
    charset = "; charset=utf-8" if form.media_type in _CHARSET else ""
    return Response(body, headers=headers | {"Content-Type": form.media_type + charset})


def _tag(request: Request, form: Format | None, generation: int, *, is_inline: bool) -> str:
    """The entity tag: everything that the bytes depend on, and the generation of the library."""
    parts = [state.edition(request), str(generation), form.name if form else HTML]
    if form is None:
        who = reader(request)
        parts += [who.language, who.theme]
    return f'"{"-".join(part for part in (*parts, "inline" * is_inline) if part)}"'


def has(request: Request, tag: str) -> bool:
    """Whether the client says that it holds the document of that tag (RFC 9110, § 13.1.2)."""
    held = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return tag in held or held == ["*"]


def _headers(request: Request, iri: str, form: Format | None) -> dict[str, str]:
    who, base = reader(request), state.settings(request).base_iri
    root = who.root
    here = root + document_path(iri, base, form.suffix if form else HTML)
    links = [
        f'<{root}{document_path(iri, base)}>; rel="canonical"',
        f'<{uri(iri)}>; rel="cite-as"',
        f'<{root}{document_path(iri, base, HTML)}>; rel="alternate"; type="{PAGE}"',
        *(
            f'<{root}{document_path(iri, base, known.suffix)}>; rel="alternate"; type="{known.media_type}"'
            for known in FORMATS
        ),
    ]
    shown = page_headers(who) if form is None else {"Vary": "Accept"}
    return shown | {"Content-Location": here, "Link": ", ".join(links), "Cache-Control": "no-cache"}
