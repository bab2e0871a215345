"""The guard: what people ask passes, what hurts does not, and nothing makes it fail or dawdle."""

import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from kg.errors import QueryError, QueryRefused, QuerySyntax
from kg.sparql.guard import DEFAULT, Checked, Limits, check
from kg.sparql.lexer import Kind, tokens
from kg.sparql.local import answer
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS

BOOK = Path(__file__).parents[3] / "docs" / "sparql.md"
EXAMPLES = re.findall(r"```sparql\n(.*?)```", BOOK.read_text(encoding="utf-8"), re.DOTALL)
LAST = "?s ?p ?o"

PASSING = {
    "select": ("SELECT * { ?s ?p ?o }", "SELECT"),
    "ask": ("ASK { ?s a wy:Work }", "ASK"),
    "no space after the keyword": ("SELECT?s{?s ?p ?o}", "SELECT"),
    "keywords run together": ("SELECTDISTINCT?s{?s ?p ?o}", "SELECT"),
    "small letters": ("construct { ?s ?p ?o } where { ?s ?p ?o }", "CONSTRUCT"),
    "describe": ("PREFIX x: <http://e/> DESCRIBE x:a", "DESCRIBE"),
    "base and comment first": ("# SERVICE\nBASE <http://e/>\nSELECT * { <a> ?p ?o }", "SELECT"),
    "service in a string": ("SELECT * { ?s ?p 'SERVICE <http://e/> {' }", "SELECT"),
    "service in a long string": ('SELECT * { ?s ?p """a "SERVICE" \'\'\' {{{""" }', "SELECT"),
    "service in an IRI": ("SELECT * { ?s <http://e/SERVICE#LOAD> ?o }", "SELECT"),
    "service in a variable": ("SELECT ?service { ?service ?p ?o }", "SELECT"),
    "service as a prefix": ("PREFIX service: <http://e/> SELECT * { ?s service:p ?o }", "SELECT"),
    "graph named with such a prefix": (
        "PREFIX service: <http://e/> ASK { GRAPH service:g { ?s ?p ?o } }",
        "ASK",
    ),
    "braces in strings": ("SELECT * { ?s ?p '" + "{" * 500 + "' }", "SELECT"),
    "escaped quotation mark": (r"SELECT * { ?s ?p 'it\'s {' }", "SELECT"),
    "hash in an IRI": ("SELECT * { ?s <http://e/#a> ?o . ?s ?p ?o }", "SELECT"),
    "escaped hash in a name": (r"PREFIX x: <http://e/> SELECT * { ?s x:a\#b ?o }", "SELECT"),
    "brackets in an IRI": ("SELECT * { ?s ?p <http://zh.wikipedia.org/wiki/紅樓夢_(小說)> }", "SELECT"),
    "a long list of values": (
        "SELECT * { VALUES ?title { " + " ".join(f'"书名{n}"@zh' for n in range(2_000)) + " } ?s ?p ?title }",
        "SELECT",
    ),
    "rows of values": (
        "SELECT * { VALUES (?a ?b) { " + " ".join(f"({n} UNDEF)" for n in range(2_000)) + " } ?s ?a ?b }",
        "SELECT",
    ),
    "a long IN": ("SELECT * { ?s ?p ?o FILTER(?o IN (" + ",".join(map(str, range(3_000))) + ")) }", "SELECT"),
    "a hundred patterns": (
        "SELECT * { " + " . ".join(f"?s ?p{n} ?o{n}" for n in range(100)) + " }",
        "SELECT",
    ),
    "paths": ("SELECT * { ?s wy:creator/wy:name|^wy:agent/(wy:name|wy:altName)* ?o }", "SELECT"),
}

REFUSED = {
    "nested groups": "SELECT * { " + "{" * 10_000 + LAST + "}" * 10_000 + " }",
    "nested groups never closed": "SELECT * " + "{" * 10_000,
    "nested brackets": "SELECT * { FILTER" + "(" * 10_000 + "1" + ")" * 10_000 + " }",
    "nested functions": "SELECT * { FILTER(" + "STR(" * 5_000 + "1" + ")" * 5_000 + ") }",
    "nested nodes": "SELECT * { " + "[ <http://e/p> " * 500 + "1" + "]" * 500 + " ?p ?o }",
    "a list": "SELECT * { ?s ?p (" + "1 " * 500 + ") }",
    "chained ||": "SELECT * { FILTER(" + "||".join(["?s"] * 10_000) + ") }",
    "chained +": "SELECT * { FILTER(" + "+".join(["1"] * 10_000) + ") }",
    "chained !": "SELECT * { FILTER(" + "!" * 10_000 + "?s) }",
    "chained path": "SELECT * { ?s " + "/".join(["wy:a"] * 500) + " ?o }",
    "chained UNION": "SELECT * { " + "UNION".join(["{}"] * 5_000) + " }",
    "chained OPTIONAL": "SELECT * { " + "OPTIONAL{}" * 5_000 + " }",
    "chained BIND": "SELECT * { " + "".join(f"BIND(1 AS ?b{n})" for n in range(3_000)) + " }",
    "chained FILTER": "SELECT * { ?s ?p ?o " + "FILTER(1)" * 5_000 + " }",
    "many patterns": "SELECT * { " + " . ".join(f"?s ?p{n} ?o{n}" for n in range(500)) + " }",
    "many patterns by semicolon": "SELECT * { ?s " + ";".join(f"?p{n} ?o{n}" for n in range(500)) + " }",
    "many patterns by comma": "SELECT * { ?s ?p " + ",".join(f"?o{n}" for n in range(500)) + " }",
    "patterns between filters": "SELECT * { " + "FILTER(1) ?s ?p ?o " * 390 + " }",
    "patterns in CONSTRUCT": "CONSTRUCT { " + "?s ?p ?o ." * 500 + " } { ?s ?p ?o }",
    "graphs": "SELECT * " + "".join(f"FROM <http://e/{n}> " for n in range(500)) + "{ ?s ?p ?o }",
    "size": "SELECT * { ?s ?p '" + "汉" * 30_000 + "' }",
    "depth hidden in what looks like an IRI": (
        "PREFIX b: <a:> ASK { ?a ?p ?c FILTER(?a<b:x" + "(" * 100 + "1" + ")" * 100 + "&&?c>1) }"
    ),
    "operators hidden in what looks like an IRI": (
        "PREFIX b: <a:> ASK { ?a ?p ?c FILTER(?a<b:x" + "+1" * 1_200 + "&&?c>1) }"
    ),
    "patterns after brackets that look like an IRI": (
        "PREFIX b: <a:> ASK { ?a ?p ?c FILTER((?a<b:x))FILTER(?c>?d) " + "?s ?p ?o . " * 200 + "}"
    ),
    "a comment that the engine does not see": (
        r"PREFIX x: <http://e/> SELECT * { ?s x:\#" + "{" * 100 + LAST + "}" * 100 + "\n }"
    ),
    "update": "INSERT DATA { <http://e/a> <http://e/b> 1 }",
    "update after a prologue": "PREFIX x: <http://e/> DELETE WHERE { ?s ?p ?o }",
    "load": "LOAD <http://127.0.0.1:9/>",
    "service": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service in small letters": "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service before an IRI": "SELECT * { SERVICE<http://127.0.0.1:9/>{?s ?p ?o} }",
    "service before a variable": "SELECT * { ?s ?p ?v . SERVICE?v{?s ?p ?o} }",
    "service before a name": (
        "PREFIX e: <http://127.0.0.1:9/> PREFIX SERVICEe: <a:> SELECT * { SERVICEe:x {?s ?p ?o} }"
    ),
    "service silent before a name": (
        "PREFIX e: <http://127.0.0.1:9/> PREFIX SERVICESILENTe: <a:> SELECT * { SERVICESILENTe:x {?s ?p ?o} }"
    ),
    "service after true": (
        "PREFIX e: <http://127.0.0.1:9/> PREFIX trueSERVICEe: <a:> "
        "SELECT * { ?s ?p trueSERVICEe:x {?s ?p ?o} }"
    ),
    "service after a string": "SELECT * { ?s ?p '#'SERVICE <http://127.0.0.1:9/> {?s ?p ?o} }",
    "service after an IRI with an escape": (
        r"SELECT * { ?s <http://e/\u0041#> ?o SERVICE <http://127.0.0.1:9/> {?s ?p ?o} }"
    ),
}

UNREADABLE = {
    "nothing": "",
    "words": "show me books",
    "string never closed": "SELECT * { ?s ?p 'abc }",
    "long string never closed": 'SELECT * { ?s ?p """abc" }',
    "prefix nobody declared": "SELECT * { ?s foo:bar ?o }",
}

LONG = (
    "a." * 32_000, "<a" * 32_000, "<" * 65_000, ":." * 32_000, '"""\\' * 16_000, "'\\'" * 20_000,
    "a-" * 32_000, "SELECT " * 9_000, "ASK {" + " :" + "." * 60_000, "\\#" * 32_000,
    "?" * 65_000, "1." * 32_000,
    "@a-" * 20_000, "ASK { ?s ?p '" + "\\'" * 30_000,
)  # fmt: skip

PIECES = (
    "SELECT * { ", "ASK{", "{", "}", "(", ")", "[", "]", "SERVICE ", "SERVICEe:x", "trueSERVICEe:x",
    "SILENT", "<http://127.0.0.1:9/>", "e:x", "b:f", "?s ?p ?o", "?x", ".", ";", "<", ">", "#", "\\#",
    '"', "'", '"""', "'''", "\\", "\n", " ", "FILTER", "FILTER(", "GRAPH ", "VALUES ", "UNION",
    "BIND(1 AS ?y)", "true", "a ", "1", "||", "&&", "!", "+", "/", "^", "*", "@en", "^^", "e:", ":",
    "\\u0053", "UNDEF", "IN", "EXISTS", "OPTIONAL",
)  # fmt: skip
PROLOGUE = (
    "PREFIX e: <http://127.0.0.1:9/> PREFIX b: <a:> "
    "PREFIX SERVICEe: <c:> PREFIX trueSERVICEe: <d:> SELECT * { "
)


@pytest.mark.parametrize(("query", "form"), PASSING.values(), ids=PASSING.keys())
def test_what_people_ask_passes_and_its_form_is_known(query, form):
    assert check(query).form == form


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_of_the_handbook_passes(query):
    assert check(query).text == query


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED.keys())
def test_what_hurts_is_refused(query):
    with pytest.raises(QueryRefused):
        check(query)


@pytest.mark.parametrize("query", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_query_is_refused_with_its_place(query):
    with pytest.raises(QuerySyntax) as caught:
        check(query)

    assert caught.value.line == 1
    assert caught.value.column >= 1


def test_an_unknown_prefix_is_named_with_its_place_and_the_known_ones():
    with pytest.raises(QuerySyntax, match="'foo:'") as caught:
        check("SELECT *\n{ ?书 foo:bar ?o }")

    assert (caught.value.line, caught.value.column) == (2, 6)
    assert "dcterms" in caught.value.hint


def test_the_handbook_tells_every_limit():
    last = re.findall(r"\| ([\d,]+) \|$", BOOK.read_text("utf-8"), re.MULTILINE)
    told = {int(number.replace(",", "")) for number in last}

    assert told == {getattr(DEFAULT, field.name) for field in fields(DEFAULT)}


def test_a_refusal_names_the_limit():
    with pytest.raises(QueryRefused, match="more than 3 groups in braces"):
        check("SELECT * {{{{}}}}", Limits(groups=3))


def test_a_dataset_in_the_query_is_noticed():
    assert check("SELECT * FROM <http://e/g> { ?s ?p ?o }").has_dataset
    assert not check("SELECT ?FROM { ?FROM ?p 'FROM' }").has_dataset


@given(st.text())
@example("\ud800")
@settings(max_examples=300, deadline=None)
def test_any_text_passes_or_is_refused_and_nothing_else_happens(query):
    with suppress(QueryRefused, QuerySyntax):
        assert check(query).text == query


@given(st.text())
@example("\\\n")
@example("x:\\\n")
def test_tokens_leave_out_nothing_but_spaces_and_comments(query):
    kept = "".join(token.text for token in tokens(query))

    covered = sum(len(token.text) for token in tokens(query))
    assert covered == len(kept) <= len(query)
    assert all(query[token.start :].startswith(token.text) for token in tokens(query))
    if "#" not in query:
        assert kept == re.sub(r"[ \t\r\n]+", "", query) or any(
            token.kind is Kind.STRING for token in tokens(query)
        )


@given(st.integers(65, 400), st.sampled_from(["{}", "()", "[]"]), st.data())
def test_nothing_nested_deeper_than_the_limit_passes(depth, pair, data):
    between = st.sampled_from(["", " ", "\n# {\n", "'{'", "?x ", "<http://e/)>"])
    text = "".join(pair[0] + data.draw(between) for _ in range(depth))

    with pytest.raises(QueryError):
        check("SELECT * { " + text + "?x" + pair[1] * depth + " }")


def test_the_engine_would_call_out_for_a_service_without_a_space():
    """The control of the test below: why the guard looks into names, and how an attempt is told."""
    query = Checked(PROLOGUE + "SERVICEe:x {?s ?p ?o} }", "SELECT")

    with pytest.raises(QueryError) as caught:
        answer(Question(query, RESULT_FORMATS[0]), Store(), base_iri="http://localhost:8000/")

    assert type(caught.value) is QueryError


@given(st.lists(st.sampled_from(PIECES), max_size=14))
@example(["SERVICEe:x", "{", "?s ?p ?o", "}", "}"])
@example(["?s ?p ", "trueSERVICEe:x", "{", "?s ?p ?o", "}", "}"])
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_passes_the_engine_answers_or_refuses_without_touching_the_network(pieces):
    """The engine refuses to call port 9, so an attempt is told by its words."""
    query = PROLOGUE + "".join(pieces)

    # An attempt to call out would end in QueryError itself, which is not passed over here.
    with suppress(QueryRefused, QuerySyntax):
        answer(Question(check(query), RESULT_FORMATS[0]), Store(), base_iri="http://localhost:8000/")


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:8]))
def test_no_text_of_64_kb_takes_longer_than_a_second(text):
    begun = time.perf_counter()
    with suppress(QueryError):
        check(text)

    assert time.perf_counter() - begun < 1


def test_the_engine_survives_what_is_just_within_the_limits():
    """In a process of its own, since the engine would take this one with it."""
    limits = DEFAULT
    queries = [
        "SELECT * " + "{" * limits.depth + LAST + "}" * limits.depth,
        "SELECT * { FILTER" + "(" * (limits.depth - 1) + "1" + ")" * (limits.depth - 1) + " }",
        "SELECT * { FILTER(" + "IF(1," * (limits.depth - 2) + "1" + ",1)" * (limits.depth - 2) + ") }",
        "SELECT * " + "{FILTER EXISTS " * (limits.depth - 1) + "{}" + "}" * (limits.depth - 1),
        "SELECT * { FILTER(" + "+".join(["1"] * limits.operators) + ") }",
        "SELECT * { FILTER(" + "||".join(["?s"] * limits.operators) + ") }",
        "SELECT * { FILTER(" + "!" * (limits.operators - 1) + "?s) }",
        "SELECT * { " + "UNION".join(["{}"] * (limits.groups - 1)) + " }",
        "SELECT * { " + "OPTIONAL{}" * (limits.groups - 1) + " }",
        "SELECT * { " + "".join(f"BIND(1 AS ?b{n})" for n in range(limits.clauses // 2)) + " }",
        "SELECT * { " + "FILTER(1)" * limits.clauses + " }",
        "SELECT * { " + " . ".join(f"?a{n} <a:b> ?a{n + 1}" for n in range(limits.patterns)) + " }",
        "SELECT * { ?s " + "/".join(["<a:b>"] * (limits.patterns // 2)) + " ?o }",
        "SELECT * { ?s ?p (" + "1 " * (limits.patterns - 1) + ") }",
    ]
    for query in queries:
        check(query)
    code = (
        "import sys, json\nfrom pyoxigraph import Store\nfrom kg.sparql.guard import check\n"
        "from kg.sparql.local import answer\n"
        "from kg.sparql.query import Question\nfrom kg.sparql.results import RESULT_FORMATS\n"
        "for query in json.load(sys.stdin):\n"
        "    answer(Question(check(query), RESULT_FORMATS[0]), Store(), base_iri='http://e/')"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
