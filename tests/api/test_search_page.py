"""The search page and its data twin."""

import pytest

from tests.api.pagereader import read

JIHE = "/doc/work/jihe"


def page(client, **parameters):
    return read(client.get("/search", params={"lang": "en", **parameters}).text)


@pytest.mark.parametrize(
    "query", ["几何原本", "幾何原本", "《几何原本》", "jihe yuanben", "Ji he yuan ben", "9787101012347"]
)
def test_a_work_is_found_in_any_form_of_its_title(client, query):
    assert JIHE in page(client, q=query).links


def test_a_result_shows_title_creators_year_and_type_in_the_readers_language(client):
    zh, en = page(client, q="几何原本", lang="zh"), page(client, q="几何原本")

    assert "几何原本 著作 · 图书 · 利玛窦、徐光启 · 1990年" in zh.text
    assert "Work · Book · Matteo Ricci, Xu Guangqi · 1990" in en.text
    assert zh.marks["几何原本"] == "zh-hans"


def test_another_name_that_matched_is_told(client):
    found = page(client, q="徐子先", lang="zh")

    assert "徐光启 人物 · 1562–1633 命中 徐子先" in found.text


def test_facets_are_named_in_the_readers_language_and_count(client):
    zh, en = page(client, lang="zh"), page(client)

    assert "语种" in zh.text
    assert any(text.startswith("图书") and text.endswith("3") for text in zh.links.values())
    assert any(text.startswith("Book") and text.endswith("3") for text in en.links.values())
    assert any(text.startswith("Shanghai Library catalogue") for text in en.links.values())
    assert any(text.startswith("Geometry") for text in en.links.values())


def test_a_facet_value_narrows_and_its_chip_widens_again(client):
    everything = page(client)
    narrowing = next(link for link, text in everything.links.items() if text.startswith("People"))
    narrowed = read(client.get(f"{narrowing}&lang=en").text)
    chip = next(link for link, text in narrowed.links.items() if "Kind: People" in text)

    assert "4 results" in narrowed.text
    assert "16 results" in read(client.get(chip, params={"lang": "en"}).text).text


def test_years_make_a_range(client):
    assert JIHE in page(client, **{"from": "1985", "to": "1995"}).links
    assert JIHE not in page(client, **{"from": "1991", "to": "1995"}).links


def test_nothing_found_offers_to_drop_each_filter(client):
    found = page(client, q="nothingofthesort", kind="work", language="chi")

    assert "Nothing fits all the filters together." in found.text
    assert found.links["/search?q=nothingofthesort&language=chi"]
    assert found.links["/search?q=nothingofthesort&kind=work"]
    assert found.links["/search?q=nothingofthesort"]


def test_nothing_found_without_filters_offers_examples(client):
    found = page(client, q="nothingofthesort")

    assert "Nothing matches “nothingofthesort”." in found.text
    assert any(
        link.startswith("/search?q=") and text in ("Geometry", "利玛窦") for link, text in found.links.items()
    )


def test_pages_follow_each_other(client, monkeypatch):
    for module in ("api.search_page", "api.routes.search"):
        monkeypatch.setattr(f"{module}.PAGE", 5)

    first = page(client)
    second = read(client.get("/search?page=2").text)

    assert "1–5 of 16" in first.text
    assert "6–10 of 16" in second.text
    assert first.links["/search?page=2"] == "Next"
    assert second.links["/search?page=1"] == "Previous"


@pytest.mark.parametrize(
    "parameters",
    [
        {"page": "0"}, {"page": "-3"}, {"page": "99999999999"}, {"page": "x"}, {"sort": "x"},
        {"year": "2000..x"}, {"from": "x", "to": "-1"}, {"subject": "no iri"}, {"kind": "\u0000"}, 
        {"q": "\"'()*:^ OR NOT"}, {"q": "x" * 5000},
    ],
    ids=lambda parameters: "&".join(f"{name}={value[:9]!r}" for name, value in parameters.items()),
)  # fmt: skip
def test_nonsense_in_the_address_is_no_error(client, parameters):
    assert client.get("/search", params=parameters).status_code == 200


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eevil", "{{7*7}}"]
)
def test_a_hostile_query_is_only_text(client, query):
    found = page(client, q=query)

    assert found.risks == []
    assert "49" not in found.text
    assert "\u202e" not in found.title


def test_hostile_names_are_only_text(client):
    found = page(client, q="alert")

    assert "<script>alert('title')</script>" in found.text
    assert found.risks == []


def test_the_data_twin_gives_the_same_results(client):
    found = client.get("/api/search", params={"q": "几何原本", "lang": "en"}).json()

    assert found["total"] == 1
    work = found["results"][0]
    assert (work["iri"], work["page"], work["kind"]) == ("http://localhost:8000/id/work/jihe", JIHE, "work")
    assert work["facets"]["year"] == ["1990", "2011"]
    assert {"value": "book", "name": "Book", "count": 1} in found["facets"]["type"]


def test_the_data_twin_pages(client, monkeypatch):
    for module in ("api.search_page", "api.routes.search"):
        monkeypatch.setattr(f"{module}.PAGE", 5)
    iris, address = [], "/api/search"
    while address:
        answer = client.get(address).json()
        iris += [each["iri"] for each in answer["results"]]
        address = answer["next"]

    assert len(iris) == len(set(iris)) == 16


@pytest.mark.parametrize("typed", ["xu guang", "徐光", "xgq", "徐光啟"])
def test_names_complete_in_any_script(client, typed):
    found = client.get("/api/complete", params={"q": typed, "lang": "en"}).json()["suggestions"]

    assert (found[0]["page"], found[0]["kind_name"]) == ("/doc/person/xu-guangqi", "Person")


def test_search_and_completion_are_documented(client):
    paths = client.get("/openapi.json").json()["paths"]

    assert {"/api/search", "/api/complete"} <= paths.keys()
    assert "/search" not in paths
