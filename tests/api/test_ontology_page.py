"""The ontology over HTTP: a page in two languages, data in every format, and the files beside it."""

from html.parser import HTMLParser

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from ontology import schema
from ontology.context import FRAMES, context
from ontology.namespaces import WY

FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
}


class Page(HTMLParser):
    """The anchors of a page, and the places inside it that it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.inside: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value and value.startswith("#"):
                self.inside.add(value[1:])


def canonical(content: bytes, form: RdfFormat) -> set[str]:
    dataset = Dataset(parse(content, format=form))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


@pytest.mark.parametrize(
    ("lang", "tag", "words"), [("zh", "zh-Hans", ("著作", "上位类")), ("en", "en", ("Work", "Subclass of"))]
)
def test_the_page_speaks_the_readers_language(client, lang, tag, words):
    answer = client.get(f"/ontology?lang={lang}")

    assert answer.status_code == 200
    assert answer.headers["content-language"] == tag
    assert f'<html lang="{tag}"' in answer.text
    assert all(word in answer.text for word in words)


def test_the_page_shows_every_term_at_the_fragment_of_its_iri(client):
    page = Page(client.get("/ontology").text)

    assert [term.iri for term in schema.own() if term.iri.removeprefix(WY) not in page.ids] == []


def test_every_link_inside_the_page_leads_somewhere_and_no_anchor_comes_twice(client):
    page = Page(client.get("/ontology").text)

    assert page.inside - set(page.ids) == set()
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_says_the_same(client, suffix):
    media_type, form = FORMATS[suffix]

    by_suffix = client.get(f"/ontology.{suffix}")
    by_accept = client.get("/ontology", headers={"Accept": media_type})

    assert by_suffix.headers["content-type"].startswith(media_type)
    assert by_accept.content == by_suffix.content
    turtle = client.get("/ontology.ttl").content
    assert canonical(by_suffix.content, form) == canonical(turtle, RdfFormat.TURTLE)


@pytest.mark.parametrize(
    "path", ["/ontology?lang=en", "/ontology.ttl", "/ontology.jsonld", "/ontology/context.jsonld"]
)
def test_what_has_not_changed_is_not_sent_again(client, path):
    tag = client.get(path).headers["etag"]

    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_each_language_and_each_format_has_a_tag_of_its_own(client):
    paths = (
        "/ontology?lang=zh",
        "/ontology?lang=en",
        "/ontology.ttl",
        "/ontology.nt",
        "/ontology/shapes.ttl",
    )

    tags = [client.get(path).headers["etag"] for path in paths]

    assert len(set(tags)) == len(paths)


def test_what_is_sent_varies_with_what_is_accepted(client):
    assert "Accept" in client.get("/ontology").headers["vary"]
    assert "Accept" in client.get("/ontology", headers={"Accept": "text/turtle"}).headers["vary"]
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_head_has_the_headers_and_no_body(client):
    got, head = client.get("/ontology.ttl"), client.head("/ontology.ttl")

    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]


def test_a_version_is_there_under_its_number(client):
    version = schema.version()

    assert client.get(f"/ontology/{version}").headers["content-type"].startswith("text/html")
    assert client.get(f"/ontology/{version}.ttl").content == client.get("/ontology.ttl").content


@pytest.mark.parametrize(
    "path", ["/ontology/99.0", "/ontology/99.0.ttl", "/ontology.docx", "/ontology/frames/sonnet.jsonld"]
)
def test_what_is_not_there_is_404_and_the_hint_says_what_is(client, path):
    answer = client.get(path, headers={"Accept": "application/problem+json"})

    assert answer.status_code == 404
    assert "known" in answer.json()["hint"]


@pytest.mark.parametrize("name", ["shapes", "types"])
def test_shapes_and_types_are_there_as_turtle_for_whoever_asks(client, name):
    answer = client.get(f"/ontology/{name}", headers={"Accept": "text/html"})

    assert answer.headers["content-type"].startswith("text/turtle")
    assert answer.content == client.get(f"/ontology/{name}.ttl").content
    assert canonical(answer.content, RdfFormat.TURTLE)


def test_the_context_and_the_frames_are_published(client):
    assert client.get("/ontology/context.jsonld").json() == {"@context": context()}
    for name in FRAMES:
        assert client.get(f"/ontology/frames/{name}.jsonld").json()["@context"] == context()


def test_other_pages_may_read_the_data_and_not_the_page(client):
    assert client.get("/ontology/context.jsonld").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/ontology").headers
