"""The home page: what is here, where to start, and what an empty library says."""

from fastapi.testclient import TestClient

from api.app import create_app
from kg.library import Library
from kg.settings import Settings
from tests.api.pagereader import read


def test_home_says_in_both_languages_what_is_here(client):
    zh, en = (read(client.get("/", params={"lang": tag}).text) for tag in ("zh", "en"))

    assert "4 著作" in zh.text
    assert "4 Works" in en.text
    assert ("h2", "从这里开始") in zh.headings
    assert "Metadata librarians" in en.text


def test_every_count_and_example_leads_to_results(client):
    page = read(client.get("/", params={"lang": "en"}).text)
    searches = [link for link in page.links if link.startswith("/search?")]

    assert len(searches) > 8
    for link in searches:
        assert "Nothing" not in read(client.get(link, params={}).text).text, link


def test_sources_are_listed_with_their_names_and_last_update(client):
    page = read(client.get("/", params={"lang": "en"}).text)

    assert "Shanghai Library catalogue" in page.text
    assert "/search?source=http%3A%2F%2Flocalhost%3A8000%2Fid%2Fsource%2Fshanghai" in page.links


def test_an_empty_library_says_how_to_fill_it():
    with Library.in_memory() as library, TestClient(create_app(Settings(), library=library)) as client:
        zh, en = (read(client.get("/", params={"lang": tag}).text) for tag in ("zh", "en"))

    assert "书库还是空的" in zh.text
    assert "wenyuan ingest" in en.text
    assert "make demo" in en.text


def test_the_developers_door_opens(client):
    page = read(client.get("/", params={"lang": "en"}).text)
    door = next(link for link, text in page.links.items() if text == "See the API")

    assert client.get(door).status_code == 200


def test_every_page_of_the_menu_is_there(client):
    page = read(client.get("/help", params={"lang": "en"}).text)

    for name in ("Search", "Changes", "Ontology", "SPARQL", "Help"):
        link = next(link for link, text in page.links.items() if text == name)
        assert client.get(link, headers={"Accept": "text/html"}).status_code == 200, link


def test_a_choice_of_language_is_remembered(client):
    assert '<html lang="zh-Hans"' in client.get("/").text

    chosen = client.get("/", params={"lang": "en"})

    assert chosen.headers["content-language"] == "en"
    assert '<html lang="en"' in client.get("/help").text


def test_a_choice_of_theme_is_remembered_and_can_be_given_back_to_the_system(client):
    assert "data-theme" not in client.get("/").text

    assert 'data-theme="dark"' in client.get("/", params={"theme": "dark"}).text
    assert 'data-theme="dark"' in client.get("/help").text
    assert "data-theme" not in client.get("/", params={"theme": "auto"}).text
    assert "data-theme" not in client.get("/help").text


def test_nonsense_for_language_and_theme_is_passed_over(client):
    answer = client.get("/", params={"lang": '"><script>', "theme": '"><script>'})

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert read(answer.text).risks == []


def test_a_reader_who_asks_for_english_gets_english(client):
    answer = client.get("/help", headers={"Accept-Language": "fr, en-GB;q=0.8, zh;q=0.5"})

    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]


def test_the_other_language_of_a_page_is_one_link_away(client):
    page = read(client.get("/search", params={"q": "几何", "lang": "zh"}).text)

    assert page.links["/search?q=%E5%87%A0%E4%BD%95&lang=en"].startswith("English")
