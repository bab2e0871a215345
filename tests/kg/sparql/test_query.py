"""Answers to queries: whole or refused, well-formed in every format, over the dataset that was asked for."""

import csv
import gc
import io
import json
from xml.etree import ElementTree

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, parse
from rdflib.query import Result

from kg.errors import QueryRefused, QuerySyntax
from kg.formats import FORMATS, by_name
from kg.sparql.guard import check
from kg.sparql.local import Answer, answer
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS, Table, result_format
from kg.sparql.service import Endpoint, service
from kg.void import Dataset
from ontology.errors import UnknownFormat

BASE = "http://localhost:8000/"
ODD = 'a,"b"\r\n\t<汉字> & \u0001 \\ end'
ALL = "SELECT ?s ?o { ?s wy:title ?o }"


def store(count: int = 3) -> Store:
    """Titles in as many graphs; the first is odd."""
    made = Store()
    for number in range(count):
        title = Literal(ODD) if number == 0 else Literal(f"书 {number}", language="zh")
        made.add(
            Quad(
                NamedNode(f"{BASE}id/work/{number}"),
                NamedNode("https://w3id.org/wenyuan/ns#title"),
                title,
                NamedNode(f"{BASE}graph/src/x/{number}"),
            )
        )
    return made


def ask(
    query: str, form: str = "json", *, engine: Store | None = None, most: int = 1_000, **dataset
) -> Answer:
    """The answer to *query* in that format."""
    checked = check(query)
    known = by_name(form) if checked.form in ("CONSTRUCT", "DESCRIBE") else result_format(form)
    return answer(Question(checked, known, **dataset), engine or store(), base_iri=BASE, rows=most)


def titles(answer: Answer) -> list[str]:
    """The texts of ?o in a JSON answer, sorted."""
    return sorted(row["o"]["value"] for row in json.loads(answer.body)["results"]["bindings"])


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_rdflib_reads_every_format_of_tables(form):
    body = ask(ALL, form, engine=store(40)).body

    found = Result.parse(io.BytesIO(body), format=form)

    assert len(list(found)) == 40
    assert "书 7" in {str(row["o"]) for row in found}


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_yes_or_no_question_is_answered(form):
    assert bool(Result.parse(io.BytesIO(ask("ASK { ?s wy:title ?o }", form).body), format=form).askAnswer)
    assert not Result.parse(io.BytesIO(ask("ASK { ?s wy:doi ?o }", form).body), format=form).askAnswer


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_yes_or_no_question_is_answered_in_words(form):
    assert ask("ASK { ?s wy:title ?o }", form).body.strip() == b"true"


def test_json_keeps_odd_characters():
    assert ODD in titles(ask(ALL))


def test_xml_stays_well_formed_and_keeps_all_that_xml_can_say():
    root = ElementTree.fromstring(ask(ALL, "xml").body)

    found = [literal.text for literal in root.iter("{http://www.w3.org/2005/sparql-results#}literal")]
    assert ODD.replace("\u0001", "\ufffd") in found


def test_csv_keeps_line_ends_inside_values():
    rows = list(csv.reader(io.StringIO(ask(ALL, "csv").body.decode(), newline="")))

    assert rows[0] == ["s", "o"]
    assert ODD in {row[1] for row in rows[1:]}


@pytest.mark.parametrize("form", [known.name for known in FORMATS])
def test_a_graph_comes_back_the_same_from_every_format(form):
    graph = ask("CONSTRUCT { ?s wy:title ?o } { ?s wy:title ?o }", form)

    known = by_name(form)
    found = {str(quad.object) for quad in parse(graph.body, format=known.engine)}
    odd = ODD.replace("\u0001", "\ufffd") if form == "rdfxml" else ODD
    assert graph.media_type == known.media_type
    assert found == {str(Literal(odd)), '"书 1"@zh', '"书 2"@zh'}


def test_a_statement_of_two_graphs_is_constructed_once():
    engine = store(1)
    engine.add(Quad(*next(iter(engine)).triple, NamedNode("http://e/other")))

    body = ask("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "ntriples", engine=engine).body

    assert body.count(b"\n") == 1


def test_a_thing_is_described():
    body = ask(f"DESCRIBE <{BASE}id/work/1>", "ntriples").body

    assert "书 1" in body.decode()


def test_the_default_graph_is_all_graphs():
    assert len(titles(ask(ALL))) == 3


def test_from_in_the_query_chooses_the_graphs():
    query = f"SELECT ?o FROM <{BASE}graph/src/x/1> {{ ?s wy:title ?o }}"

    assert titles(ask(query)) == ["书 1"]


def test_the_dataset_of_the_protocol_goes_before_that_of_the_query():
    query = f"SELECT ?o FROM <{BASE}graph/src/x/1> {{ ?s wy:title ?o }}"

    assert titles(ask(query, default_graphs=(f"{BASE}graph/src/x/2",))) == ["书 2"]


def test_named_graphs_alone_leave_the_default_graph_empty():
    named = (f"{BASE}graph/src/x/2",)

    assert titles(ask(ALL, named_graphs=named)) == []
    assert titles(ask("SELECT ?o { GRAPH ?g { ?s wy:title ?o } }", named_graphs=named)) == ["书 2"]


def test_a_prefix_in_the_query_goes_before_ours():
    assert titles(ask("PREFIX wy: <http://e/> SELECT ?o { ?s wy:title ?o }")) == []


def test_relative_iris_are_ours():
    assert titles(ask("SELECT ?o { <id/work/1> wy:title ?o }")) == ["书 1"]


def test_a_query_that_cannot_be_read_is_told_with_its_place():
    with pytest.raises(QuerySyntax) as caught:
        ask("SELECT ?o {\n  ?书 ?p ")

    assert (caught.value.line, caught.value.column) == (2, 9)


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT many", "from 'many' on", "OFFSET"),
        ("SELECT * { ?s ?p ?o", "something is missing", "}"),
        ("SELECT ?s (1 AS ?s) { ?s ?p ?o }", "The SELECT overrides an existing variable", ""),
    ],
)
def test_a_query_that_cannot_be_read_is_told_in_words(query, message, hint):
    with pytest.raises(QuerySyntax, match=message) as caught:
        ask(query)

    assert hint in caught.value.hint
    assert len(str(caught.value)) + len(caught.value.hint) < 200


def test_a_function_nobody_knows_is_refused():
    with pytest.raises(QueryRefused, match="not supported"):
        ask("SELECT (<http://e/f>(1) AS ?x) { ?s ?p ?o }")


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_an_answer_with_as_many_rows_as_allowed_is_whole(form):
    assert ask(ALL, form, engine=store(50), most=50).body


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_an_answer_with_one_row_too_many_is_refused_not_cut(form):
    with pytest.raises(QueryRefused, match="more than 49 rows") as caught:
        ask(ALL, form, engine=store(50), most=49)

    assert "LIMIT" in caught.value.hint


def test_a_graph_with_one_statement_too_many_is_refused_not_cut():
    assert ask("CONSTRUCT WHERE { ?s wy:title ?o }", "turtle", engine=store(50), most=50).body
    with pytest.raises(QueryRefused, match="more than 49 statements"):
        ask("CONSTRUCT WHERE { ?s wy:title ?o }", "turtle", engine=store(50), most=49)


@given(st.lists(st.text(alphabet='{}[],":\\\r\n\t <>&ab汉', max_size=12), min_size=1, max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_rows_are_counted_whatever_stands_in_them(values, data):
    """Exactly as many rows as allowed pass in every format, and one more never does."""
    engine = Store()
    for number, value in enumerate(values):
        term = Literal(value) if data.draw(st.booleans()) else Literal(value, language="zh")
        engine.add(Quad(NamedNode(f"http://e/{number}"), NamedNode("http://e/p"), term))
    engine.add(Quad(NamedNode("http://e/x"), NamedNode("http://e/p"), NamedNode("http://e/o")))
    rows = len(values) + 1

    for form in RESULT_FORMATS:
        found = engine.query("SELECT ?subject ?o { ?subject ?p ?o }")
        table = Table(form, rows=rows, size=1_000_000, to=len)
        found.serialize(table, form.engine)
        assert table.rows == rows
        with pytest.raises(QueryRefused):
            engine.query("SELECT ?subject ?o { ?subject ?p ?o }").serialize(
                Table(form, rows=rows - 1, size=1_000_000, to=len), form.engine
            )


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
def test_rows_are_counted_when_they_come_in_small_pieces(form):
    body = ask(ALL, form.name, engine=store(30)).body

    _write_bytewise(Table(form, rows=30, size=1_000_000, to=len), body)
    with pytest.raises(QueryRefused, match="29 rows"):
        _write_bytewise(Table(form, rows=29, size=1_000_000, to=len), body)


def _write_bytewise(table: Table, body: bytes) -> None:
    for place in range(len(body)):
        table.write(body[place : place + 1])


def test_an_error_takes_no_result_of_the_engine_to_another_thread(recwarn):
    """It would never be freed there, and pytest would hear of it as an unraisable exception."""
    with pytest.raises(QueryRefused):
        ask(ALL, "xml", engine=store(50), most=1)

    gc.collect()
    assert recwarn.list == []


def test_an_answer_that_is_too_large_is_refused():
    table = Table(RESULT_FORMATS[0], rows=10, size=2_000_000, to=len)

    with pytest.raises(QueryRefused, match="more than 2 MB"):
        table.write(b"x" * 2_000_001)


def test_a_table_is_no_graph_and_a_graph_no_table():
    with pytest.raises(QueryRefused, match="table cannot be written as turtle"):
        answer(Question(check(ALL), by_name("turtle")), store(), base_iri=BASE)
    graph = check("CONSTRUCT WHERE { ?s ?p ?o }")
    with pytest.raises(QueryRefused, match="graph cannot be written as csv"):
        answer(Question(graph, result_format("csv")), store(), base_iri=BASE)


def test_an_unknown_format_of_tables_lists_the_known_ones():
    with pytest.raises(UnknownFormat, match="json, xml, csv, tsv"):
        result_format("xls")


def test_the_service_describes_itself():
    graph = rdflib.Graph()
    for triple in service(Endpoint(Dataset(BASE, "文渊"), {}), None):
        graph.parse(data=f"{triple} .", format="nt")

    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    endpoint = rdflib.URIRef(f"{BASE}sparql")
    assert (endpoint, sd.endpoint, endpoint) in graph
    assert len(list(graph.objects(endpoint, sd.resultFormat))) == len(RESULT_FORMATS) + len(FORMATS)


def test_an_endpoint_that_cannot_confine_queries_says_so():
    told = [
        str(triple) for triple in service(Endpoint(Dataset(BASE, "文渊"), {}, lacks="no seccomp here"), None)
    ]

    assert sum("no seccomp here" in each for each in told) == 1
    assert not any(
        "no seccomp" in str(triple) for triple in service(Endpoint(Dataset(BASE, "文渊"), {}), None)
    )
