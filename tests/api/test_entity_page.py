"""The page of a thing: names, facts, statements with sources, relatives, links in, downloads."""

import pytest

from kg.change import Edit, Note
from ontology.validate import explain
from tests.api.pagereader import read

POISONED = (
    "/doc/work/poison", "/doc/person/poison", "/doc/instance/poison", "/doc/source/shanghai", "/", "/search",
    "/search?q=alert", "/changes", "/changes/1", "/changes?thing=http://localhost:8000/id/work/poison",
)  # fmt: skip


def page(client, path, language="en"):
    answer = client.get(path, headers={"Accept": "text/html", "Cookie": f"language={language}"})
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def test_a_work_shows_title_names_facts_and_contributors_in_the_readers_language(client):
    zh, en = page(client, "/doc/work/jihe", "zh"), page(client, "/doc/work/jihe")

    assert ("h1", "几何原本") in zh.headings
    assert "幾何原本 繁体" in zh.text
    assert "文献类型" in zh.text or "著作类型" in zh.text
    assert "利玛窦 译者" in zh.text
    assert "Matteo Ricci Translator" in en.text
    assert "Traditional" in en.text
    assert "Book" in en.text


def test_texts_of_the_data_carry_their_language(client):
    marks = page(client, "/doc/work/jihe", "zh").marks

    assert marks["幾何原本"] == "zh-hant"
    assert marks["Ji he yuan ben"] == "zh-latn-pinyin"
    assert marks["axioms"] == "en"


def test_contributors_stand_in_the_order_of_the_work(client):
    text = page(client, "/doc/work/jihe").text

    assert text.index("Matteo Ricci Translator") < text.index("Xu Guangqi Translator")


def test_every_statement_names_its_sources(client):
    found = page(client, "/doc/work/jihe")

    assert "Shanghai Library catalogue 000123" in found.text
    assert "Harvard Library catalogue 990001" in found.text
    assert found.links["/doc?iri=http%3A%2F%2Flocalhost%3A8000%2Fgraph%2Fsrc%2Fshanghai%2F000123"]


def test_a_flag_of_quality_is_shown_with_its_record(client):
    zh, en = page(client, "/doc/instance/jihe-2011", "zh"), page(client, "/doc/instance/jihe-2011")

    assert explain("wy:ItemShape wy:heldBy MinCount", "zh") in zh.text
    assert explain("wy:ItemShape wy:heldBy MinCount", "en") in en.text


def test_the_tree_leads_from_work_to_edition_to_copy(client):
    for path in ("/doc/work/jihe", "/doc/instance/jihe-2011", "/doc/item/jihe-2011-1"):
        found = page(client, path)
        others = {"/doc/work/jihe", "/doc/instance/jihe-2011", "/doc/item/jihe-2011-1"} - {path}
        assert others <= found.links.keys(), path
        assert "this page" in found.text


KINDS = {
    "instance/jihe-2011": ["May 2011", "9787101012347", "Zhonghua Book Company"],
    "item/jihe-2011-1": ["O181/5410", "Shanghai Library", "available"],
    "person/xu-guangqi": ["1562", "1633", "Wade–Giles", "viaf.org"],
    "organization/zhonghua": ["Zhonghua Book Company", "中華書局"],
    "library/shanghai": ["31.2118", "121.4396", "library.sh.cn", "CN-311000"],
    "place/shanghai": ["Shanghai", "沪"],
    "concept/geometry": ["Mathematics", "O18", "Small subject list", "id.loc.gov"],
    "scheme/subjects": ["Small subject list", "Mathematics"],
    "collection/journal": ["Journal of Library Graphs", "1234-5679"],
    "source/crossref": ["Crossref"],
}


@pytest.mark.parametrize("thing", KINDS)
def test_a_thing_of_every_kind_has_a_page(client, thing):
    text = page(client, f"/doc/{thing}").text

    assert [shown for shown in KINDS[thing] if shown not in text] == []


def test_what_points_here_is_counted_and_listed(client):
    found = page(client, "/doc/concept/geometry")

    assert "About this 2" in found.text
    assert {"/doc/work/jihe", "/doc/work/elements"} <= found.links.keys()


def test_what_points_here_is_paged(client, monkeypatch):
    monkeypatch.setattr("api.entity_page.FIRST", 1)
    monkeypatch.setattr("api.entity_page.PAGE", 1)
    works = {"/doc/work/jihe", "/doc/work/elements"}

    few = page(client, "/doc/concept/geometry")
    first = page(client, next(link for link, text in few.links.items() if text == "All 2"))
    second = page(client, next(link for link, text in first.links.items() if text == "Next"))

    assert "1–1 of 2" in first.text
    assert len(works & few.links.keys()) == 1
    assert (works & first.links.keys()) | (works & second.links.keys()) == works


def test_a_relation_that_is_told_already_is_not_told_again_from_the_other_side(client):
    assert "Broader" not in page(client, "/doc/concept/geometry").text


def test_downloads_and_history_are_one_link_away(client):
    found = page(client, "/doc/work/jihe")

    for suffix in ("ttl", "jsonld", "nt", "rdf"):
        assert client.get(f"/doc/work/jihe.{suffix}").status_code == 200
        assert f"/doc/work/jihe.{suffix}" in found.links
    history = next(link for link, text in found.links.items() if text == "History of changes")
    assert "Ji he yuan ben" in page(client, history).text


def test_the_full_iri_is_there_to_copy(client):
    assert "http://localhost:8000/id/work/jihe" in page(client, "/doc/work/jihe").text


def test_identifiers_lead_to_their_resolvers(client):
    assert "https://doi.org/10.5555/graphs" in page(client, "/doc/instance/graphs").links
    assert "https://orcid.org/0000-0002-1825-0097" in page(client, "/doc/person/ricci-jr").links


def test_a_source_record_has_a_page(client):
    found = page(client, "/doc?iri=http%3A%2F%2Flocalhost%3A8000%2Fgraph%2Fsrc%2Fshanghai%2F000123")

    assert "000123" in found.text
    assert "CNMARC" in found.text


@pytest.mark.parametrize("path", POISONED)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_poisoned_record_does_nothing_on_any_page(client, path, language):
    answer = client.get(path, headers={"Accept": "text/html", "Cookie": f"language={language}"})
    found = read(answer.text)

    assert answer.status_code == 200
    assert found.risks == []
    assert "<script>alert" not in answer.text
    assert "\u202e" not in found.title
    assert "49" not in found.title


def test_the_poisoned_work_is_still_readable(client):
    found = page(client, "/doc/work/poison")

    assert "<script>alert('title')</script>" in found.text
    assert "{{ 7 * 7 }} {% raw %}" in found.text
    assert "javascript:alert('subject')" in found.text
    assert not [link for link in found.links if not link.startswith(("/", "#", "http"))]


def test_opening_hours_stand_in_the_order_of_the_week(client, library):
    hours = ("Sunday: closed", "Monday: 9-17", "Friday: 9-12")
    thing, says = "<http://localhost:8000/id/library/shanghai>", "<https://w3id.org/wenyuan/ns#openingHours>"
    statements = tuple((thing, says, f'"{hour}"') for hour in hours)
    library.commit(
        Note("tester", "edit"), [Edit("http://localhost:8000/graph/curated/hours", "add", statements)]
    )

    text = page(client, "/doc/library/shanghai").text

    assert text.index("Monday: 9-17") < text.index("Friday: 9-12") < text.index("Sunday: closed")
