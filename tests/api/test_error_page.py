"""Error pages: what happened and the ways on, in the reader's language."""

import pytest

from tests.api.pagereader import read


def answer(client, path, language="en"):
    return client.get(path, headers={"Accept": "text/html", "Cookie": f"language={language}"})


def test_an_unknown_thing_suggests_what_may_have_been_meant(client):
    found = answer(client, "/doc/person/xu-guang")

    assert found.status_code == 404
    assert "No such page" in found.text
    assert "/doc/person/xu-guangqi" in read(found.text).links


def test_an_unknown_address_is_told_in_chinese_too(client):
    found = answer(client, "/nothing/here", "zh")

    assert found.status_code == 404
    assert "没有这一页" in found.text
    assert found.headers["content-language"] == "zh-Hans"


@pytest.mark.parametrize("path", ["/changes?before=x", "/changes/x"])
def test_a_wrong_parameter_is_told(client, path):
    found = answer(client, path)

    assert found.status_code in (400, 404)
    assert read(found.text).links["/"].endswith("Go to the home page")


def test_a_hostile_address_is_only_text(client):
    found = answer(client, "/doc/work/%3Cscript%3Ealert(1)%3C%2Fscript%3E")

    assert found.status_code == 404
    assert read(found.text).risks == []
