"""Taking in, looking and taking back by the command line, on bundled records."""

import gzip
import json
from importlib.resources import files

import pytest

DEMO = files("ingest") / "demo"
CNMARC = str(DEMO / "cnmarc" / "bnu.xml")
BROKEN = str(DEMO / "broken" / "broken.mrc")
TABLE = str(DEMO / "tables" / "clc-main-classes.csv")
MAPPING = str(DEMO / "tables" / "clc-main-classes.toml")


@pytest.fixture
def filled(wenyuan):
    """The command line over a library of six CNMARC records."""
    assert wenyuan("ingest", CNMARC, "--source", "bnu").code == 0
    return wenyuan


def test_a_file_is_taken_in_and_the_person_is_told_why_so_and_what_came_of_it(wenyuan):
    told = wenyuan("ingest", CNMARC, "--source", "bnu").err

    assert "bnu.xml: read as marcxml, because" in told
    assert "new 6 · changed 0 · unchanged 0 · rejected 0" in told
    assert "to undo it: wenyuan undo 1" in told


def test_a_rerun_changes_nothing_and_says_so(filled):
    told = filled("ingest", CNMARC, "--source", "bnu").err

    assert "nothing changed" in told
    assert len(json.loads(filled("history", "--json").out)) == 1


def test_what_was_taken_in_is_found_in_either_script_and_in_pinyin(filled):
    forms = ("发展报告", "發展報告", "fazhanbaogao")

    told = [filled("--lang", "zh", "search", words, "--filter", "kind=work").out for words in forms]

    assert len({frozenset(lines.splitlines()) for lines in told}) == 1
    assert "中国发展报告" in told[0]


def test_a_thing_is_shown_with_who_says_so(filled):
    thing = filled("search", "中国发展报告", "--filter", "kind=work").out.splitlines()[1].split("\t")[2]

    shown = filled("show", thing).out

    assert "wy:title\t" in shown
    assert "\tbnu\n" in shown
    assert f"<http://localhost:8000/id/{thing}>" in filled("show", thing, "--format", "ntriples").out
    assert json.loads(filled("show", thing, "--json").out)["kind"] == "work"


def test_a_dry_run_shows_both_sides_and_stores_nothing(wenyuan, tmp_path):
    shown = wenyuan("ingest", "--dry-run", "--first", "1", CNMARC)

    assert "as it came:\n" in shown.out
    assert "  200 1_ $a" in shown.out
    assert "    wy:title" in shown.out
    assert not (tmp_path / "data").exists()


def test_a_dry_run_says_which_record_would_be_rejected(wenyuan):
    shown = wenyuan("ingest", "--dry-run", "--first", "9", BROKEN).out

    assert shown.count("this record would be rejected") == 2


def test_a_dry_run_as_json_has_fields_and_statements(wenyuan):
    shown = json.loads(wenyuan("ingest", "--dry-run", "--first", "1", "--json", CNMARC).out)

    assert shown["format"] == "marcxml"
    assert any("中国发展报告" in value for _, _, value in shown["samples"][0]["statements"])


def test_a_run_is_taken_back_and_brought_again(filled):
    undone = filled("undo", "1")
    assert undone.code == 0
    assert filled("query", "ASK { ?s ?p ?o }").out == "no\n"

    assert "undid 1 change(s) as change 3" in filled("ingest", "--undo", "2").err

    assert filled("query", "ASK { ?s ?p ?o }").out == "yes\n"


def test_undoing_twice_says_that_there_is_nothing_to_do(filled):
    filled("undo", "1")

    assert "nothing to do" in filled("undo", "1").err


def test_the_difference_between_two_changes_is_told_statement_by_statement(filled):
    filled("undo", "1")

    assert filled("diff", "0", "2").out == ""
    assert {line[0] for line in filled("diff", "0", "1").out.splitlines()} == {"#", "+"}
    assert all(
        not json.loads(line)["removed"] for line in filled("diff", "0", "1", "--json").out.splitlines()
    )


def test_rejected_records_are_listed_shown_handed_on_and_dropped(wenyuan, tmp_path):
    assert "rejected 2" in wenyuan("ingest", BROKEN).err

    listed = json.loads(wenyuan("rejected", "list", "--json").out)
    shown = wenyuan("rejected", "show", str(listed[0]["number"])).out
    wenyuan("rejected", "export", "bad.mrc")
    wenyuan("rejected", "drop", str(listed[0]["number"]))

    assert [entry["step"] for entry in listed] == ["parse", "parse"]
    assert listed[0]["reason"] in shown
    assert (tmp_path / "bad.mrc").stat().st_size == sum(entry["length"] for entry in listed)
    assert len(json.loads(wenyuan("rejected", "list", "--json").out)) == 1


def test_rejected_records_that_are_still_bad_stay_when_tried_again(wenyuan):
    wenyuan("ingest", BROKEN)

    assert "tried 2 again: 0 taken in, 2 still rejected" in wenyuan("rejected", "replay").err


def test_a_table_without_a_mapping_gets_one_to_begin_with(wenyuan):
    found = wenyuan("ingest", TABLE)

    assert found.code == 9
    assert 'field = "label_zh"' in found.err


def test_a_table_is_taken_in_by_a_mapping_of_ones_own(wenyuan):
    assert wenyuan("ingest", TABLE, "--mapping", MAPPING).code == 0

    assert "concept\t文化、科学、教育、体育\tconcept/clc-G" in wenyuan("--lang", "zh", "search", "文化").out


def test_a_folder_is_all_the_files_in_it(wenyuan, tmp_path):
    (tmp_path / "in" / ".hidden").mkdir(parents=True)
    (tmp_path / "in" / ".hidden" / "x.xml").write_text("<x/>")
    (tmp_path / "in" / "a.xml").write_bytes((DEMO / "cnmarc" / "bnu.xml").read_bytes())

    told = wenyuan("ingest", "in", "--source", "bnu", "--json").out.splitlines()

    assert [json.loads(line)["new"] for line in told] == [6]


def test_a_vocabulary_is_loaded_once(wenyuan):
    yso = str(DEMO / "vocabularies" / "yso.ttl.gz")

    first = wenyuan("load", yso, "--name", "yso", "--version", "2024").err
    again = wenyuan("load", yso, "--name", "yso", "--version", "2024").err

    assert "statements loaded as turtle" in first
    assert "nothing changed" in again
    assert (
        wenyuan("query", "ASK { GRAPH <http://localhost:8000/graph/auth/yso/2024> { ?s ?p ?o } }").out
        == "yes\n"
    )


def test_shapes_are_checked_in_a_file_and_in_the_library(filled, tmp_path):
    good, bad = tmp_path / "good.ttl", tmp_path / "bad.ttl"
    head = "@prefix wy: <https://w3id.org/wenyuan/ns#> . <http://localhost:8000/id/work/a> a wy:Work "
    good.write_text(f'{head}; wy:title "A" .')
    bad.write_text(f"{head}.")

    assert filled("validate", "good.ttl").code == 0
    assert filled("validate", "bad.ttl").code == 1
    assert json.loads(filled("validate", "bad.ttl", "--json").out)["counts"]["violation"] == 1
    assert filled("validate").code == 0


def test_a_query_is_answered_in_the_format_asked_for(filled):
    asked = "SELECT ?title { ?w a wy:Work ; wy:title ?title FILTER(CONTAINS(?title, '97')) }"

    assert filled("query", asked, "--format", "csv").out.splitlines()[0] == "title"
    assert json.loads(filled("query", asked, "--json").out)["head"] == {"vars": ["title"]}
    assert filled("query", "CONSTRUCT { ?w wy:title ?t } { ?w wy:title ?t } LIMIT 1").out.startswith(
        "@prefix wy:"
    )
    assert filled("query", asked, "--format", "doc").code == 4


def test_a_query_is_read_from_a_file(filled, tmp_path):
    (tmp_path / "ask.rq").write_text("ASK { ?s wy:title ?o }")

    assert filled("query", "--file", "ask.rq").out == "yes\n"


def test_two_libraries_of_the_same_records_are_exported_alike(filled, tmp_path):
    filled("export", "one.nq.gz", "--sorted")
    filled("ingest", CNMARC, "--source", "bnu", "--data-dir", "other")
    filled("export", "two.nq", "--sorted", "--data-dir", "other")

    assert gzip.decompress((tmp_path / "one.nq.gz").read_bytes()) == (tmp_path / "two.nq").read_bytes()


@pytest.mark.parametrize("form", ["turtle", "ntriples", "trig", "jsonld", "rdfxml", "n3"])
def test_the_library_is_exported_in_every_serialisation_and_read_again(filled, tmp_path, form):
    from pyoxigraph import parse

    from kg.formats import by_name

    found = by_name(form)
    assert filled("export", f"all.{found.suffix}").code == 0

    quads = list(parse(path=str(tmp_path / f"all.{found.suffix}"), format=found.engine))

    assert len({quad.triple for quad in quads}) > 100


def test_an_export_that_fails_leaves_no_file(filled, tmp_path):
    assert filled("export", "all.ttl", "--sorted").code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
