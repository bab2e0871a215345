"""The pages of changes: who, when, what, why, how much, and what was undone."""

from kg.change import Edit, Note
from tests.api.pagereader import read

WORK = "<http://localhost:8000/id/work/jihe>"
NOTE = "<https://w3id.org/wenyuan/ns#note>"
CURATED = "http://localhost:8000/graph/curated/notes"


def changed(library):
    note = Note("王编目", "edit", "订正附注")
    change = library.commit(note, [Edit(CURATED, "add", ((WORK, NOTE, '"初刻于1607年"@zh'),))])
    library.undo([change.number], Note("Ada", "undo", "not sure"))


def test_changes_tell_who_what_why_and_what_was_undone(client, library):
    changed(library)

    zh, en = (read(client.get("/changes", params={"lang": tag}).text).text for tag in ("zh", "en"))

    assert "王编目 编辑 订正附注 1 +1 −0 已由 3 撤销" in zh
    assert "Ada undo not sure 1 +0 −1 undoes 2" in en
    assert "tester ingest shanghai first load" in en


def test_the_history_of_one_thing_lists_only_its_changes(client, library):
    changed(library)
    address = "/changes?thing=http://localhost:8000/id/"

    assert "王编目" in client.get(f"{address}work/jihe").text
    assert "王编目" not in client.get(f"{address}person/ricci").text


def test_one_change_shows_what_went_and_came(client, library):
    changed(library)

    came, gone = (
        read(client.get(f"/changes/{number}", params={"lang": "en"}).text).text for number in (2, 3)
    )

    assert 'added http://localhost:8000/id/work/jihe wy:note "初刻于1607年"@zh' in came
    assert "removed http://localhost:8000/id/work/jihe wy:note" in gone


def test_changes_are_paged_and_filtered(client, library, monkeypatch):
    changed(library)
    monkeypatch.setattr("api.routes.changes.PAGE", 2)

    page = read(client.get("/changes", params={"lang": "en"}).text)
    older = next(link for link, text in page.links.items() if text == "Older")

    assert "first load" not in page.text
    assert "first load" in client.get(older).text
    assert "订正附注" not in client.get("/changes?source=shanghai").text
    assert "first load" in client.get("/changes?batch=first").text


def test_no_such_change_and_no_such_thing_are_not_found(client):
    for path in ("/changes/0", "/changes/99", "/changes?thing=garbage", "/changes/99999999999999999999"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 404, path


def test_numbers_that_no_change_can_have_are_bad_requests(client):
    addresses = [f"{path}?before={number}" for path in ("/changes", "/api/changes") for number in (0, 2**63)]

    assert [client.get(address).status_code for address in addresses] == [400] * 4
    assert client.get(f"/changes?before={2**63 - 1}").status_code == 200
