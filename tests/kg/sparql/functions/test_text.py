"""wy:search in SPARQL: the same as the search API, wherever it stands, whatever is in texts."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg.change import Edit, Note
from kg.errors import QuerySyntax
from kg.library import Library
from kg.matches import SORTS
from kg.sparql.functions.expansion import MOST_CALLS, expand
from kg.sparql.guard import Checked, check
from kg.terms import named, text

QUERIES = (
    "红楼梦",
    "hongloumeng",
    "紅樓",
    "economics analysis",
    "梦",
    "四库",
    "dream",
    "Person",
    "97871010",
    "没有",
)
BASE = "http://localhost:8000/"
WORK = f"{BASE}id/work/w"


def things(rows):
    return [row["w"] for row in sorted(rows, key=lambda row: -float(row["s"]))]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("words", QUERIES)
def test_the_same_things_in_the_same_order_as_the_search(library, ask, words, sort):
    found = library.search.search(words, limit=200, sort=sort)

    rows = ask(f'SELECT ?w ?s ?t {{ (?w ?s ?snippet ?t) wy:search ("{words}" "sort" "{sort}") }}')

    assert things(rows) == [hit.iri for hit in found.hits]
    assert {row["t"] for row in rows} <= {str(found.total)}


FILTERS = {
    "a kind": ('"kind" "person"', {"kind": ["person"]}),
    "a class": ('"kind" wy:Work', {"kind": ["work"]}),
    "languages": ('"language" lang:chi "language" "eng"', {"language": ["chi", "eng"]}),
    "years": ('"year" "1900..1903"', {"year": ["1900..1903"]}),
    "a creator": (f'"creator" <{BASE}id/person/p1>', {"creator": [f"{BASE}id/person/p1"]}),
    "two": ('"language" lang:chi "year" 1901', {"language": ["chi"], "year": ["1901"]}),
}


@pytest.mark.parametrize(("options", "filters"), FILTERS.values(), ids=FILTERS)
def test_filters_are_those_of_the_search(library, ask, options, filters):
    found = library.search.search("Person", filters=filters)

    rows = ask(f'SELECT * {{ (?w ?s) wy:search ("Person" {options}) }}')

    assert found.total
    assert things(rows) == [hit.iri for hit in found.hits]


def test_the_limit_keeps_the_first(library, ask):
    rows = ask('SELECT * { (?w ?s ?snippet ?t) wy:search ("红楼梦" 2) }')

    assert things(rows) == [hit.iri for hit in library.search.search("红楼梦", limit=2).hits]
    assert {row["t"] for row in rows} == {"5"}


@pytest.mark.parametrize(
    ("words", "snippet"),
    [
        ("红楼梦研究", "【红楼梦研究】"),
        ("introductory ECONOMICS", "【Economics】: an 【introductory】 analysis"),
        ("siku zongmu", "【四庫】全書【總目】"),
    ],
)
def test_the_snippet_marks_what_matched(ask, words, snippet):
    assert snippet in {
        row["x"] for row in ask(f'SELECT * {{ (?w ?s ?x) wy:search ("{words}" "kind" "work") }}')
    }


PLACES = {
    "with other verbs": ('?w a wy:Work ; wy:search "economics" ; wy:title ?t .', {6, 7}),
    "first of its verbs": ('?w wy:search "economics" ; wy:title ?t', {6, 7}),
    "between sentences": ('?w wy:title ?t . ?w wy:search "economics" . ?w a wy:Work', {6, 7}),
    "after a filter": ('?w wy:title ?t . FILTER(true) ?w wy:search "economics"', {6, 7}),
    "in OPTIONAL": ('VALUES ?w { wy:none } OPTIONAL { ?w wy:search "economics" }', set()),
    "in UNION": ('{ ?w wy:search "economics" } UNION { ?w wy:search "三国" }', {6, 7, 10}),
    "in a subselect": ('{ SELECT ?w { ?w wy:search "economics" } } ?w wy:title ?t', {6, 7}),
    "in GRAPH": ('GRAPH ?g { ?w wy:search "economics" ; wy:title ?t }', {6, 7}),
    "in EXISTS": ('?w wy:title ?t FILTER EXISTS { ?w wy:search "economics" }', {6, 7}),
    "in a condition": ('?w wy:title ?t FILTER(EXISTS { ?w wy:search "三国" } || ?t = "水浒传"@zh)', {10, 11}),
    "in MINUS": ('?w wy:search "economics" MINUS { ?w wy:search "analysis" }', {6}),
    "twice": ('?w wy:search "economics" . ?w wy:search "analysis"', {7}),
    "with two texts": ('?w wy:search "economics", "analysis"', {7}),
    "by its full IRI": ('?w <https://w3id.org/wenyuan/ns#search> "三国"', {10}),
    "by an IRI with escapes": (r'?w <https://w3id.org/wenyuan/ns#sear\u0063h> "三国"', {10}),
    "in long quotation marks": ('?w wy:search """三国"""@zh', {10}),
    "with a node elsewhere": (
        '_:a wy:creator ?p . ?w wy:search "三国" . _:a wy:title ?t . ?w wy:creator ?p',
        {10},
    ),
    "in a comment only": ('?w wy:title "三国演义"@zh # ?w wy:search ?x\n', {10}),
}


@pytest.mark.parametrize(("pattern", "works"), PLACES.values(), ids=PLACES)
def test_a_call_may_stand_wherever_a_sentence_may(ask, pattern, works):
    found = {row["w"] for row in ask(f"SELECT DISTINCT ?w {{ {pattern} }}")} - {
        "https://w3id.org/wenyuan/ns#none"
    }

    assert found == {f"{WORK}{number}" for number in works}


def test_a_thing_may_be_asked_for_by_its_name(ask):
    assert ask(f'SELECT ?t {{ <{WORK}6> wy:search "economics" ; wy:title ?t }}') == [{"t": "Economics"}]
    assert ask(f'SELECT ?t {{ <{WORK}5> wy:search "economics" . <{WORK}5> wy:title ?t }}') == []
    assert ask(f'SELECT ?s {{ (<{WORK}7> ?s) wy:search "economics" }}') == [{"s": "0.5"}]


WRONG = {
    "a variable for the words": ('?w wy:search ?words', "quotation marks", (1, 24)),
    "no words": ('?w wy:search " "', "no words", (1, 24)),
    "a number for the words": ("?w wy:search 3", "quotation marks", (1, 24)),
    "empty brackets": ("?w wy:search ()", "nothing in the brackets", (1, 24)),
    "in a path": ('?w wy:search|wy:title "a"', "part of a path", (1, 14)),
    "in a path with a step": ('?w (wy:creator/wy:search) "a"', "part of a path", (1, 14)),
    "in a node": ('[ wy:search "a" ] wy:title ?t', "node in brackets", (1, 13)),
    "said of a node": ('_:a wy:search "a"', "a variable", (1, 11)),
    "too many variables": ('(?a ?b ?c ?d ?e) wy:search "a"', "1 to 4 variables", (1, 11)),
    "no variable": ('() wy:search "a"', "1 to 4 variables", (1, 11)),
    "one variable twice": ('(?a ?a) wy:search "a"', "must differ", (1, 11)),
    "a list with another verb": ('(?a ?b) wy:search "a" ; wy:title ?t', "full stop", (1, 19)),
    "an unknown option": ('?w wy:search ("a" "colour" "red")', "no option 'colour'", (1, 29)),
    "an unknown order": ('?w wy:search ("a" "sort" "size")', "no order 'size'", (1, 36)),
    "an option without a value": ('?w wy:search ("a" "kind")', "in pairs", (1, 29)),
    "a variable as a value": ('?w wy:search ("a" "kind" ?k)', "written out", (1, 36)),
    "a limit of nothing": ('?w wy:search ("a" 0)', "from 1 to 10,000", (1, 29)),
    "half a limit": ('?w wy:search ("a" 1.5)', "from 1 to 10,000", (1, 29)),
    "too many snippets": ('(?w ?s ?x) wy:search ("a" 5000)', "at most 1,000", (1, 22)),
    "too many calls": ('?w wy:search "a" . ' * (MOST_CALLS + 1), f"at most {MOST_CALLS}", None),
    "in a second line": ("\n ?w wy:search ?x", "quotation marks", (2, 15)),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "says", "where"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_refused_with_its_place_and_an_example(library, expanded, pattern, says, where):
    with pytest.raises(QuerySyntax, match=says) as caught:
        expanded(library, f"SELECT * {{{pattern} }}")

    assert where is None or (caught.value.line, caught.value.column) == where
    assert "wy:search (" in caught.value.hint


@pytest.mark.parametrize(
    "template", ['CONSTRUCT { ?w wy:search "a" } { ?w ?p ?o }', 'CONSTRUCT WHERE { ?w wy:search "a" }']
)
def test_a_call_cannot_be_made(library, expanded, template):
    with pytest.raises(QuerySyntax, match="made or deleted"):
        expanded(library, template)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { wy:search rdfs:label ?label }",
        "DESCRIBE wy:search",
        "SELECT * { ?s ?p wy:search FILTER(?p != wy:search) }",
        'PREFIX wy: <http://other/> SELECT * { ?s wy:search "a" }',
        "SELECT ?research { ?research wy:title ?t }",
        "SELECT * { ?search ?p ",
    ],
)
def test_a_query_that_calls_nothing_stays_as_it_is(library, expanded, query):
    assert expanded(library, query).query.text == query


def test_a_query_that_names_a_function_and_cannot_be_told_is_refused(library, expanded):
    with pytest.raises(QuerySyntax) as caught:
        expanded(library, 'SELECT * { << ?a ?b ?c >> ?p ?o . ?w wy:search "a" }')

    assert (caught.value.line, caught.value.column) == (1, 12)


def test_the_place_of_an_error_is_that_in_the_query_as_asked(library, expanded):
    query = 'SELECT * {\n ?w wy:search "economics" ; wy:title ?t .\n FILTER(OOPS) }'
    expansion = expanded(library, query)
    line, column = 3, expansion.query.text.split("\n")[2].index("OOPS") + 1

    assert expansion.origin(line, column) == (3, query.split("\n")[2].index("OOPS") + 1)
    assert expansion.origin(2, 60) == (2, 2)


def test_what_was_called_is_told(library, expanded):
    (call,) = expanded(library, 'SELECT * {\n ?w wy:search ("红楼梦" 2) }').calls

    assert (call.name, call.line, call.column, call.rows, call.total) == ("wy:search", 2, 5, 2, 5)


@given(st.text(min_size=1))
@example('a") } SERVICE <http://127.0.0.1/> { ?s ?p ?o } #')
@example("a\\u0022 ) } INSERT")
@example("{ } \u2028 \ud800")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_searched_for_stays_within_its_quotation_marks(library, answer, words):
    written = text(words.encode("utf-8", "replace").decode()).encode("utf-8").decode()
    query = f"SELECT * {{ ?w wy:search {written} }}"
    if not words.strip() or not words.encode("utf-8", "replace").decode().strip():
        return

    expansion = expand(check(query), library.search, base_iri=BASE)

    assert len(answer(library, expansion.query.text)) == expansion.calls[0].rows


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
@example(
    ['")} SERVICE <http://127.0.0.1/> {?s ?p ?o} {("', "\\", '\\\\"', "'''\"\"\"", "\n\r\t\x00\x0b", "\u2028"]
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_titles_hold_stays_within_its_literal(expanded, answer, titles):
    titles = [f"marker {title}".encode("utf-8", "replace").decode() for title in titles]
    with Library.in_memory() as made:
        edits = [
            Edit(
                f"{BASE}graph/src/y/{number}",
                "replace",
                [
                    (f"<{BASE}id/work/{number}>", named("rdf:type"), named("wy:Work")),
                    (f"<{BASE}id/work/{number}>", named("wy:title"), text(title, "en")),
                ],
            )
            for number, title in enumerate(titles)
        ]
        made.commit(Note("t", "load"), edits)
        query = 'SELECT ?w ?x ?title { (?w ?s ?x) wy:search "marker" . ?w wy:title ?title }'

        rows = answer(made, expanded(made, query).query.text)

    assert sorted(row["title"] for row in rows) == sorted(titles)
    assert all(len(row["x"]) > len(row["title"]) or len(row["title"]) > 160 for row in rows)


def test_an_iri_from_the_index_cannot_leave_its_brackets(library, answer):
    """The journal refuses such IRIs; a row is written as a term all the same."""

    class Odd:
        def listed(self, *args, **options):
            from kg.finding import Listed

            return Listed(1, ("http://e/> } SERVICE <http://127.0.0.1/> { ?s ?p ?o",), ())

    made = expand(Checked('SELECT * { ?w wy:search "a" }', "SELECT"), Odd())

    assert answer(library, made.query.text) == [
        {"w": "http://e/%3E%20%7D%20SERVICE%20%3Chttp://127.0.0.1/%3E%20%7B%20?s%20?p%20?o"}
    ]


@pytest.mark.parametrize("number", ["1e999", "9" * 5_000, "-1e999"])
def test_a_number_beyond_all_is_told_as_a_wrong_one(library, number):
    with pytest.raises(QuerySyntax, match="whole number"):
        expand(check(f'SELECT * {{ (?w ?s) wy:search ("a" {number}) }}'), library.search)


@pytest.mark.parametrize("prologue", ["BASE <http://[x>", "BASE <http://x/>"])
def test_an_address_that_cannot_be_joined_is_told_with_its_place(library, prologue):
    query = check(f'{prologue} SELECT * {{ <//[> <a> ?o . (?w ?s) wy:search ("dream") }}')

    with pytest.raises(QuerySyntax, match="cannot be read from here") as caught:
        expand(query, library.search)

    assert (caught.value.line, caught.value.column) == (1, query.text.index("<//[") + 1)
