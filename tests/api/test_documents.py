"""Documents about things: every format by Accept and by ending, for caches, and for clients of all kinds."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import rdflib
from pyoxigraph import parse

from kg.change import Edit, Note
from kg.formats import FORMATS
from ontology.namespaces import expand

BASE = "http://localhost:8000/"
HANDBOOK = Path(__file__).parents[2] / "docs" / "linked-data.md"
JIHE = f"{BASE}id/work/jihe"
MATRIX = [(known.media_type, known.suffix) for known in FORMATS] + [("text/html", "html")]


@pytest.mark.parametrize(("media_type", "suffix"), MATRIX, ids=[suffix for _, suffix in MATRIX])
def test_a_format_is_had_by_accept_and_by_ending(client, media_type, suffix):
    by_accept = client.get("/doc/work/jihe", headers={"Accept": media_type})
    by_ending = client.get(f"/doc/work/jihe.{suffix}", headers={"Accept": "image/png"})

    for answer in (by_accept, by_ending):
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert answer.headers["content-location"] == f"/doc/work/jihe.{suffix}"
    assert by_accept.content == by_ending.content or suffix == "html"


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_speaks_of_the_thing(client, known):
    inline = {"context": "inline"} if known.name == "jsonld" else {}

    body = client.get(f"/doc/work/jihe.{known.suffix}", params=inline).content

    subjects = {quad.subject.value for quad in parse(body, format=known.engine)}
    assert JIHE in subjects
    assert f"{JIHE}#by-1" in subjects


def test_the_handbook_tells_every_format():
    told = re.findall(r"^\| `\.(\w+)` \| (\S+) \|", HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert {(media_type, suffix) for suffix, media_type in told} == set(MATRIX)


def test_nobody_who_says_nothing_gets_data(client):
    assert client.get("/doc/work/jihe").headers["content-type"].startswith("text/html")


def test_what_depends_on_the_request_is_told(client):
    assert client.get("/doc/work/jihe.ttl").headers["vary"] == "Accept"
    assert "Accept-Language" in client.get("/doc/work/jihe.html").headers["vary"]


def test_no_format_of_ours_is_not_acceptable_and_ours_are_named(client):
    answer = client.get("/doc/work/jihe", headers={"Accept": "image/png"})

    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["hint"]


def test_links_lead_to_every_other_format_and_to_the_thing(client):
    link = client.get("/doc/work/jihe.ttl").headers["link"]

    assert f'<{JIHE}>; rel="cite-as"' in link
    assert '</doc/work/jihe>; rel="canonical"' in link
    for media_type, suffix in MATRIX:
        assert f'</doc/work/jihe.{suffix}>; rel="alternate"; type="{media_type}"' in link


@pytest.mark.parametrize("suffix", ["html", "ttl", "jsonld"])
def test_a_document_that_the_client_has_is_not_sent_again_until_the_library_changes(client, library, suffix):
    path = f"/doc/work/jihe.{suffix}"
    tag = client.get(path).headers["etag"]

    again = client.get(path, headers={"If-None-Match": tag})
    library.commit(
        Note("tester", "edit"),
        [Edit(f"{BASE}graph/curated/x", "add", ((f"<{JIHE}>", f"<{expand('wy:note')}>", '"新"@zh'),))],
    )
    changed = client.get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert "新" in changed.text


@pytest.mark.parametrize("held", ['"other", {tag}', "W/{tag}", "*"])
def test_tags_are_compared_as_http_says(client, held):
    tag = client.get("/doc/work/jihe.ttl").headers["etag"]

    answer = client.get("/doc/work/jihe.ttl", headers={"If-None-Match": held.format(tag=tag)})

    assert answer.status_code == 304


def test_each_format_and_language_has_a_tag_of_its_own(client):
    tags = [client.get(f"/doc/work/jihe.{suffix}").headers["etag"] for _, suffix in MATRIX]
    tags += [client.get("/doc/work/jihe.html?lang=en").headers["etag"]]
    tags += [client.get("/doc/work/jihe.jsonld?context=inline").headers["etag"]]

    assert len(set(tags)) == len(tags)


def test_the_page_is_in_the_readers_language(client):
    english = client.get("/doc/work/jihe.html", headers={"Accept-Language": "en-GB,en;q=0.9"})
    chinese = client.get("/doc/work/jihe.html", headers={"Accept-Language": "zh-CN"})

    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh-Hans")


def test_a_thing_of_another_vocabulary_has_a_document(client, library):
    iri = "http://eurovoc.europa.eu/书"
    statement = (f"<{iri}>", f"<{expand('skos:prefLabel')}>", '"文件"@zh')
    library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/auth/eurovoc/1", "replace", (statement,))])

    by_accept = client.get("/doc", params={"iri": iri}, headers={"Accept": "text/turtle"})
    by_ending = client.get(f"/doc.ttl?iri={quote(iri, safe='')}")

    assert by_accept.content == by_ending.content
    assert "文件" in by_accept.text
    assert by_accept.headers["content-location"] == f"/doc.ttl?iri={quote(iri, safe='')}"


def test_one_of_our_things_may_be_asked_for_by_its_iri(client):
    answer = client.get("/doc", params={"iri": JIHE}, headers={"Accept": "text/turtle"})

    assert answer.headers["content-location"] == "/doc/work/jihe.ttl"


@pytest.mark.parametrize("iri", ["http://example.org/none", "no iri", "<>", "", "javascript:alert(1)//x"])
def test_an_iri_nobody_speaks_of_is_not_found(client, iri):
    assert client.get("/doc", params={"iri": iri}).status_code == 404


def test_a_document_without_an_iri_is_a_bad_request(client):
    answer = client.get("/doc")

    assert answer.status_code == 400
    assert "iri" in answer.json()["detail"]


def test_an_unknown_ending_lists_the_known_ones(client):
    answer = client.get("/doc.xls", params={"iri": JIHE})

    assert answer.status_code == 404
    assert "jsonld" in answer.json()["hint"]


def test_a_key_that_ends_like_a_document_is_not_cut(client, library):
    for key in ("report.html", "report"):
        statement = (f"<{BASE}id/work/{key}>", f"<{expand('wy:title')}>", f'"{key}"')
        library.commit(Note("tester", "edit"), [Edit(f"{BASE}graph/src/x/{key}", "replace", (statement,))])

    whole = client.get("/doc/work/report.html", headers={"Accept": "application/n-triples"})
    ended = client.get("/doc/work/report.html.nt")

    assert '"report.html"' in whole.text
    assert whole.content == ended.content


def test_json_ld_names_a_context_that_is_there_and_means_the_same(client):
    document = client.get("/doc/work/jihe.jsonld").json()
    inline = client.get("/doc/work/jihe.jsonld", params={"context": "inline"}).json()

    published = client.get(document["@context"].removeprefix(BASE.rstrip("/")))
    assert published.headers["content-type"] == "application/ld+json"
    assert published.json()["@context"] == inline["@context"]
    assert {**document, "@context": 0} == {**inline, "@context": 0}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own JSON-LD reader uses it.
@pytest.mark.parametrize(
    ("suffix", "form"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_rdflib_reads_the_same_graph_from_every_format(client, suffix, form):
    expected = rdflib.Graph().parse(data=client.get("/doc/person/xu-guangqi.nt").content, format="nt")

    body = client.get(f"/doc/person/xu-guangqi.{suffix}", params={"context": "inline"}).content

    assert set(rdflib.Graph().parse(data=body, format=form)) == set(expected)


def test_pages_and_data_carry_what_keeps_readers_safe(client):
    page, data = client.get("/doc/work/poison.html"), client.get("/doc/work/poison.ttl")

    for answer in (page, data):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert data.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize("suffix", [suffix for _, suffix in MATRIX if suffix != "html"])
def test_hostile_things_are_data_like_others(client, suffix):
    answer = client.get(f"/doc/work/poison.{suffix}", params={"context": "inline"})

    known = next(known for known in FORMATS if known.suffix == suffix)
    assert expand("wy:title") in {quad.predicate.value for quad in parse(answer.content, format=known.engine)}


def test_a_description_that_is_cut_says_so(client, library):
    statement = (f"<{BASE}id/work/famous>", f"<{expand('wy:title')}>", '"A"@en')
    library.commit(
        Note("tester", "ingest"),
        [Edit(f"{BASE}graph/src/many/{number}", "replace", (statement,)) for number in range(30)],
    )

    assert client.get("/doc/work/famous.trig").headers["wenyuan-whole"] == "no"
    assert "wenyuan-whole" not in client.get("/doc/work/jihe.trig").headers


def test_json_ld_is_small_and_steady(client):
    body = client.get("/doc/work/jihe.jsonld").content

    assert len(body) < 4_000
    assert body == client.get("/doc/work/jihe.jsonld").content
    assert json.loads(body)["type"] == ["Work"]
