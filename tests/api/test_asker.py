"""Who asks: keys by two ways, strangers by where they come from, and crawlers by their name."""

import base64

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from api.app import create_app
from api.asker import CRAWLER, KEYED, PERSON, asker, household, is_crawler, require
from kg.library import Library
from kg.reading import is_valid
from kg.settings import Settings
from services import token
from services.keys import OWNER
from services.roles import Role


def asked(folder, role=None, *, proxies="", peer="testclient"):
    """A client of an application with one more door, which tells who asks and needs *role*; its keys."""
    app = create_app(Settings(data_dir=folder, trusted_proxies=proxies), library=Library.in_memory())

    @app.get("/who")
    def who(request: Request) -> list:
        found = asker(request) if role is None else require(request, role)
        return [found.name, found.role.word, found.rank, found.is_key, found.seconds, found.budget]

    return TestClient(app, client=(peer, 50000)), app.state.keys


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()}


def test_a_stranger_is_known_by_the_address(tmp_path):
    client, _ = asked(tmp_path, peer="192.0.2.7")

    assert client.get("/who").json() == ["192.0.2.7", "stranger", PERSON, False, 0, 0]


def test_a_key_is_shown_with_bearer_or_as_the_password_of_basic(tmp_path):
    client, keys = asked(tmp_path)
    made = keys.add("alice", Role.STEWARD, seconds=60, budget=120)

    told = [
        client.get("/who", headers=headers).json()
        for headers in (
            {"Authorization": f"Bearer {made}"},
            {"Authorization": f"bearer  {made} "},
            basic(made),
        )
    ]

    assert told == [["alice", "steward", KEYED, True, 60, 120]] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {token.new()}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic ???"},
        {"Authorization": b"Basic \xe9\xe9"},
        {"Authorization": "Digest username=x"},
        basic("guess"),
        basic(""),
    ],
    ids=["nonsense", "unknown", "no key", "no base64", "no ascii", "digest", "basic", "empty"],
)
def test_a_wrong_key_is_refused_and_not_taken_for_a_stranger(tmp_path, headers):
    client, _ = asked(tmp_path)

    answer = client.get("/who", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert "Basic " in answer.headers["www-authenticate"]
    assert answer.json()["type"].endswith("#key-needed")
    assert token.PREFIX not in answer.text.replace("wy_…", "")


def test_without_a_key_one_is_asked_for_and_with_too_small_a_key_another(tmp_path):
    client, keys = asked(tmp_path, Role.CATALOGUER)
    reader, cataloguer, steward = (
        {"Authorization": f"Bearer {keys.add(role.word, role)}"}
        for role in (Role.READER, Role.CATALOGUER, Role.STEWARD)
    )

    assert client.get("/who").status_code == 401
    assert client.get("/who", headers=reader).status_code == 403
    assert client.get("/who", headers=reader).json()["type"].endswith("#not-allowed")
    assert client.get("/who", headers=cataloguer).status_code == 200
    assert client.get("/who", headers=steward).status_code == 200


@pytest.mark.parametrize(("language", "words"), [("zh-Hans", "需要密钥"), ("en", "A key is needed")])
def test_people_are_told_on_a_page_in_their_language(tmp_path, language, words):
    library = Library.in_memory()
    app = create_app(Settings(data_dir=tmp_path), library=library)

    @app.get("/who")
    def who(request: Request) -> None:
        require(request, Role.READER)

    with TestClient(app) as client:
        page = client.get("/who", headers={"Accept": "text/html", "Accept-Language": language})

    assert page.status_code == 401
    assert "www-authenticate" in page.headers
    assert words in page.text


@pytest.mark.parametrize(
    ("peer", "proxies", "passed_on", "name"),
    [
        ("192.0.2.7", "", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1 10.0.0.0/8", "203.0.113.9, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("127.0.0.1", "127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_only_proxies_of_ours_are_believed_about_who_asks(tmp_path, peer, proxies, passed_on, name):
    client, _ = asked(tmp_path, proxies=proxies, peer=peer)

    assert client.get("/who", headers={"X-Forwarded-For": passed_on}).json()[0] == name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
    ],
)
def test_a_household_has_one_name(address, name):
    assert household(address) == name


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0)", True),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", True),
        ("Sogou web spider/4.0", True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36", False),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False),
        ("curl/8.5.0", False),
        ("sparqlwrapper 2.0.0 (rdflib.github.io/sparqlwrapper)", False),
        ("", False),
    ],
)
def test_crawlers_are_told_from_people(tmp_path, agent, expected):
    client, _ = asked(tmp_path)

    assert is_crawler(agent) is expected
    assert client.get("/who", headers={"User-Agent": agent}).json()[2] == (CRAWLER if expected else PERSON)


def test_a_setting_that_names_no_network_is_told(tmp_path):
    client, _ = asked(tmp_path, proxies="everybody")

    answer = client.get("/who")

    assert answer.status_code == 500
    assert "trusted_proxies" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["/who?key={}", "/who?q=x%20{}&y", "/{}", "/who?access_token=abc"])
def test_a_key_in_an_address_is_refused_and_not_told_again(tmp_path, address):
    client, keys = asked(tmp_path)
    made = keys.add("alice", Role.READER)

    answer = client.get(address.format(made))
    page = client.get(address.format(made.replace("_", "%5F")), headers={"Accept": "text/html"})

    assert answer.status_code == page.status_code == 400
    assert answer.json()["type"].endswith("#key-in-address")
    assert "revoke" in answer.json()["hint"]
    assert made not in answer.text + page.text
    assert client.get("/who?q=wy_title").status_code == 200


def test_no_token_gets_into_the_log(tmp_path, caplog):
    client, keys = asked(tmp_path)
    made, wrong = keys.add("alice", Role.READER), token.new()
    caplog.set_level("DEBUG")

    for each in (made, wrong):
        client.get("/who", headers={"Authorization": f"Bearer {each}"})
        client.get(f"/who?key={each}")
        client.get(f"/nothing/{each}")
        client.get("/who", headers=basic(each))

    ours = "\n".join(
        record.getMessage() + str(record.__dict__)
        for record in caplog.records
        if record.name.startswith(("api", "services", "kg"))
    )
    assert made not in ours
    assert wrong not in ours


def test_the_key_in_the_data_folder_is_that_of_its_owner_and_can_name_a_graph(tmp_path):
    app = create_app(Settings(data_dir=tmp_path), library=Library.in_memory(), key="local-secret")

    @app.get("/who")
    def who(request: Request) -> list:
        found = asker(request)
        return [found.name, found.role.word, is_valid(f"http://localhost:8000/graph/curated/{found.name}")]

    answer = TestClient(app).get("/who", headers={"Authorization": "Bearer local-secret"})

    assert answer.json() == [OWNER, "administrator", True]


def test_the_key_in_the_data_folder_is_good_on_this_machine_alone(tmp_path):
    app = create_app(Settings(data_dir=tmp_path), library=Library.in_memory(), key="local-secret")

    @app.get("/who")
    def who(request: Request) -> str:
        return asker(request).name

    def status(host: str) -> int:
        client = TestClient(app, client=(host, 5000))
        return client.get("/who", headers={"Authorization": "Bearer local-secret"}).status_code

    assert (status("127.0.0.1"), status("::1")) == (200, 200)
    assert (status("203.0.113.5"), status("2001:db8::1")) == (401, 401)
