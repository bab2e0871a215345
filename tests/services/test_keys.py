"""Keys: made once, kept as hashes, ended for good, and altered beside a running reader."""

import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from kg.errors import StoreError
from ontology.errors import NotFound, UnknownName
from services import token, watched
from services.keys import ALL, OWNER, Keys
from services.ops import Ops
from services.roles import Role, by_word


@pytest.fixture
def keys(tmp_path):
    return Keys(Ops(tmp_path))


def test_a_key_is_found_by_its_token_alone(keys):
    made = keys.add("alice", Role.CATALOGUER, spaces=["physics"], seconds=60, budget=300)

    found = keys.find(made)

    assert (found.name, found.role, found.spaces) == ("alice", Role.CATALOGUER, ("physics",))
    assert (found.seconds, found.budget) == (60, 300)
    assert keys.find(token.new()) is None
    assert keys.find(made[:-1]) is None
    assert keys.find("") is None


def test_a_token_is_nowhere_on_disk_and_the_file_is_its_owners(keys, tmp_path):
    made = keys.add("alice", Role.READER)
    keys.find(made)

    for file in tmp_path.iterdir():
        assert made.encode() not in file.read_bytes()
        assert made[3:-6].encode() not in file.read_bytes()
    assert stat.S_IMODE((tmp_path / "ops.sqlite").stat().st_mode) == 0o600


def test_looking_makes_no_file(keys, tmp_path):
    assert keys.all() == []
    assert keys.find(token.new()) is None
    with pytest.raises(NotFound):
        keys.revoke("nobody")

    assert list(tmp_path.iterdir()) == []


def test_a_revoked_key_opens_nothing_and_keeps_its_name(keys):
    made = keys.add("alice", Role.READER)

    first, second = keys.revoke("alice"), keys.revoke("alice")

    assert keys.find(made) is None
    assert first.revoked == second.revoked is not None
    with pytest.raises(UnknownName, match="already"):
        keys.add("alice", Role.READER)


def test_what_another_process_alters_is_seen_within_a_second(tmp_path, keys):
    made = keys.add("alice", Role.READER)
    assert keys.find(made)
    line = (
        "import sys; from pathlib import Path; from services.keys import Keys; from services.ops import Ops; "
    )
    line += "Keys(Ops(Path(sys.argv[1]))).revoke('alice')"

    subprocess.run([sys.executable, "-c", line, str(tmp_path)], check=True)
    time.sleep(watched.FRESH)

    assert keys.find(made) is None
    assert watched.FRESH <= 0.5


def test_an_expired_key_opens_nothing(keys):
    now = datetime.now(UTC)
    over = keys.add("over", Role.READER, expires=now - timedelta(seconds=1))
    still = keys.add("still", Role.READER, expires=now + timedelta(days=1))

    assert keys.find(over) is None
    assert keys.find(still)


def test_use_is_noted(keys):
    made = keys.add("alice", Role.READER)
    assert keys.all()[0].used is None

    keys.find(made)

    assert datetime.now(UTC) - keys.all()[0].used < timedelta(minutes=1)


def test_a_key_is_for_the_main_library_unless_it_says_otherwise(keys):
    plain, one, every = (
        keys.find(keys.add(name, Role.READER, spaces=spaces))
        for name, spaces in (("plain", []), ("one", ["physics"]), ("every", [ALL]))
    )

    assert [plain.is_for(space) for space in ("", "physics")] == [True, False]
    assert [one.is_for(space) for space in ("", "physics")] == [False, True]
    assert [every.is_for(space) for space in ("", "physics")] == [True, True]


@pytest.mark.parametrize("name", ["", "a b", "x" * 101, "a\nb", "<i>", "..", "../up", OWNER])
def test_a_name_that_cannot_be_one_is_refused(keys, name):
    with pytest.raises(UnknownName):
        keys.add(name, Role.READER)


def test_keys_made_at_the_same_time_are_all_there(tmp_path):
    threads = [
        Thread(target=lambda number=number: Keys(Ops(tmp_path)).add(f"key{number}", Role.READER))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(key.name for key in Keys(Ops(tmp_path)).all()) == sorted(f"key{n}" for n in range(12))


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    import sqlite3
    from contextlib import closing

    Keys(Ops(tmp_path)).add("alice", Role.READER)
    with closing(sqlite3.connect(tmp_path / "ops.sqlite")) as database:
        database.execute("UPDATE about SET version = 99")
        database.commit()

    with pytest.raises(StoreError, match="version 99"):
        Keys(Ops(tmp_path)).all()


def test_a_damaged_file_is_told_as_such(tmp_path):
    (tmp_path / "ops.sqlite").write_bytes(b"nonsense" * 1000)

    with pytest.raises(StoreError, match="not a database"):
        Keys(Ops(tmp_path)).all()


def test_tokens_are_long_of_one_form_and_never_the_same():
    made = {token.new() for _ in range(1000)}

    assert len(made) == 1000
    assert all(token.is_token(each) and len(each) == 52 for each in made)


def test_a_slip_in_a_token_is_noticed():
    made = token.new()
    slipped = made[:10] + ("a" if made[10] != "a" else "b") + made[11:]

    assert not token.is_token(slipped)


def test_a_token_is_found_in_a_text_and_taken_out_of_it():
    made = token.new()

    assert token.holds_token(f"/sparql?key={made}&x=1")
    assert not token.holds_token("/sparql?query=wy_title")
    assert token.redacted(f"GET /sparql?key={made} 200") == "GET /sparql?key=wy_… 200"


def test_roles_are_a_ladder():
    assert by_word("Steward") is Role.STEWARD
    assert Role.READER < Role.CATALOGUER < Role.STEWARD < Role.ADMINISTRATOR
    with pytest.raises(UnknownName, match="reader, cataloguer, steward, administrator"):
        by_word("stranger")


def test_a_key_that_another_process_made_is_known_at_once(tmp_path, keys):
    assert keys.find(token.new()) is None

    made = Keys(Ops(tmp_path)).add("alice", Role.READER)

    assert keys.find(made)
