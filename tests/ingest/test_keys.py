"""Keys: the same thing gets the same one."""

from ingest import keys


def test_a_work_has_one_key_however_its_title_is_written() -> None:
    assert keys.work("《紅樓夢》", "曹雪芹") == keys.work("红楼梦", "曹雪芹")
    assert keys.work("Economics :", keys.creator("Samuelson, Paul A.")) == keys.work(
        "ECONOMICS", keys.creator("Samuelson, Paul Anthony")
    )


def test_a_translation_is_not_its_original() -> None:
    assert keys.work("Faust", "goethe j") != keys.work("Faust", "goethe j", "en")


def test_namesakes_with_different_years_of_birth_are_two() -> None:
    assert keys.person("王力", "1900") != keys.person("王力", "1962")


def test_the_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert keys.digest("ab", "c") != keys.digest("a", "bc")


def test_the_graph_of_a_record_takes_any_key() -> None:
    assert keys.graph("http://x/", "nlc", "a b/ü#1") == "http://x/graph/src/nlc/a%20b%2F%C3%BC%231"


def test_a_doi_is_the_same_in_either_case() -> None:
    assert keys.doi("10.1371/Journal.PONE.1") == keys.doi("10.1371/journal.pone.1")
