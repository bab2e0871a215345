"""The log of slow queries: lines by shape, files that stay short, sums in the right order."""

import json

from services.slow import FILE_NAME, OLDER, SlowLog, entries, shapes


def test_queries_of_one_shape_are_told_together_and_the_dearest_first(tmp_path):
    log = SlowLog(tmp_path, size=1_000_000)
    log.write("SELECT ?a { ?a wy:title 'x' }", seconds=2.0, cpu=1.5, rows=3, outcome="ok", path="engine")
    log.write("SELECT ?b { ?b wy:title 'y' }", seconds=4.0, cpu=2.5, rows=0, outcome="timeout", path="engine")
    log.write("ASK { ?a ?b ?c }", seconds=5.0, cpu=5.0, rows=1, outcome="ok", path="columns")

    dear, cheap = shapes(entries(tmp_path))

    assert (dear.shape, dear.times, dear.seconds, dear.cpu) == ('SELECT ?1 { ?1 wy:title "…" }', 2, 6.0, 4.0)
    assert (dear.worst, dear.rows, dear.outcomes) == (4.0, 3, {"ok": 1, "timeout": 1})
    assert (cheap.shape, cheap.paths) == ("ASK { ?1 ?2 ?3 }", ("columns",))


def test_the_log_keeps_itself_short(tmp_path):
    log = SlowLog(tmp_path, size=2000)
    for number in range(200):
        log.write("ASK { ?a ?b ?c }", seconds=number)

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [FILE_NAME, *(f"{FILE_NAME}.{number}" for number in range(1, OLDER + 1))]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    kept = [entry["seconds"] for entry in entries(tmp_path)]
    assert kept == list(range(200 - len(kept), 200))


def test_a_line_that_a_crash_cut_is_passed_over(tmp_path):
    SlowLog(tmp_path, size=2000).write("ASK { ?a ?b ?c }", seconds=1)
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('{"fingerprint": "x", "seco')

    assert len(list(entries(tmp_path))) == 1


def test_a_folder_without_a_log_has_no_slow_queries(tmp_path):
    assert shapes(entries(tmp_path)) == []


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path, caplog):
    SlowLog(tmp_path / "none", size=2000).write("ASK {}", seconds=1)

    assert "cannot be written" in caplog.text


def test_the_command_tells_shapes_to_people_and_programs(tmp_path, wenyuan):
    (tmp_path / "data").mkdir()
    SlowLog(tmp_path / "data", size=2000).write("ASK { ?a ?b 'x' }", seconds=3, cpu=1, outcome="timeout")

    assert '3.0\t1\t3.0\ttimeout\tASK { ?1 ?2 "…" }' in wenyuan("slow").out
    assert json.loads(wenyuan("slow", "--json").out)[0]["outcomes"] == {"timeout": 1}
    assert json.loads(wenyuan("slow", "--limit", "1", "--json").out)[0]["times"] == 1
