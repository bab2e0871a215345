"""Updates worked out as deltas: the same as the engine itself would do, whatever they are."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad, Store, Triple

from kg.errors import QueryRefused, QuerySyntax
from kg.sparql.update.delta import Delta, read
from kg.sparql.update.trial import apply, trial
from kg.sparql.update.work import Rules, Work

NODES = "urn:node:"
START = """INSERT DATA {
    <urn:a> <urn:p> 1, 2 ; <urn:q> <urn:b> . <urn:b> <urn:p> 2, "x"@en ; <urn:q> <urn:a> .
    GRAPH <urn:g1> { <urn:a> <urn:p> 1 . <urn:b> <urn:q> <urn:c>, 1.0e0 }
    GRAPH <urn:g2> { <urn:c> <urn:p> <<( <urn:a> <urn:p> 1 )>> . <urn:a> <urn:q> <urn:b> }
}"""


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    """A folder with the store from which everything starts; it never changes."""
    folder = tmp_path_factory.mktemp("store")
    live = Store(str(folder / "live"))
    live.update(START)
    live.flush()
    live.backup(str(folder / "gen-1"))
    return folder / "gen-1"


def worked_out(generation, text, **rules):
    """The delta of an update, with as many trials as it takes."""
    delta, first = Delta(), 0
    while True:
        if first:
            with trial(generation, delta) as path:
                work = Work(Store.read_only(str(path)), _rules(first, rules))
                following = work.do(text)
        else:
            work = Work(Store.read_only(str(generation)), _rules(0, rules))
            following = work.do(text)
        delta.follow(read(list(work.delta.lines())))
        if following is None:
            return delta
        first = following


def _rules(first, given):
    return Rules(**({"is_union": False, "nodes": NODES, "base": "http://base/", "first": first} | given))


def after(generation, delta):
    """The quads after a delta; names given to new nodes are blank nodes again."""
    engine = Store()
    engine.extend(Store.read_only(str(generation)))
    apply(engine, delta)
    return canonical(_blank(quad) for quad in engine)


def by_the_engine(generation, text):
    """The quads after the engine has done the update itself, to a copy in memory."""
    engine = Store()
    engine.extend(Store.read_only(str(generation)))
    engine.update(text, base_iri="http://base/")
    return canonical(engine)


def canonical(quads):
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def _blank(quad):
    return Quad(_term(quad.subject), quad.predicate, _term(quad.object), quad.graph_name)


def _term(term):
    if isinstance(term, NamedNode) and term.value.startswith(NODES):
        return BlankNode(term.value.removeprefix(NODES).replace("-", "x"))
    if isinstance(term, Triple):
        return Triple(_term(term.subject), term.predicate, _term(term.object))
    return term


CASES = {
    "data": "INSERT DATA { <x> <y> 01, 1.50, 'a'@EN-gb . GRAPH <urn:g1> { _:a <y> [ <z> (1 _:a) ] } }",
    "no such data": "DELETE DATA { <urn:a> <urn:p> 7 . GRAPH <urn:g1> { <urn:a> <urn:p> 1 } }",
    "shared nodes": "INSERT { _:n <urn:of> ?s . GRAPH <urn:new> { ?s <urn:n> _:n } } WHERE { ?s <urn:p> ?o }",
    "nodes without variables": "INSERT { [] <urn:of> [] } WHERE { ?s <urn:p> ?o }",
    "nothing but words": "INSERT { <urn:x> <urn:y> 1 } WHERE { ?s <urn:p> ?o }",
    "no solution": "INSERT { <urn:x> <urn:y> 1 } WHERE { ?s <urn:none> ?o }",
    "illegal subjects": "INSERT { ?o <urn:y> ?s } WHERE { ?s <urn:p> ?o }",
    "illegal predicates": "INSERT { ?s ?o ?s . ?s ?unbound 1 } WHERE { ?s <urn:q> ?o }",
    "unbound": "DELETE { ?s ?p ?o } INSERT { ?s <urn:r> ?x } WHERE { ?s ?p ?o OPTIONAL { ?o <urn:p> ?x } }",
    "with": "WITH <urn:g1> DELETE { ?s ?p ?o } INSERT { ?s <urn:was> ?o } WHERE { ?s ?p ?o }",
    "with and graph": "WITH <urn:g1> INSERT { ?s <urn:in> ?g } WHERE { GRAPH ?g { ?s <urn:p> ?o } }",
    "using": "INSERT { ?s <urn:u> ?o } USING <urn:g1> USING <urn:g2> WHERE { ?s ?p ?o }",
    "using named": "INSERT { ?s <urn:u> ?g } USING NAMED <urn:g1> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "using wins over with": "WITH <urn:g2> INSERT { ?s <urn:u> 1 } USING <urn:g1> WHERE { ?s ?p ?o }",
    "graphs from variables": "INSERT { GRAPH ?o { ?s <urn:u> 1 } } WHERE { ?s <urn:q> ?o }",
    "delete where": "DELETE WHERE { ?s <urn:q> ?o . GRAPH ?g { ?o ?p ?x } }",
    "delete and insert the same": "DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "swap": "DELETE { ?a <urn:q> ?b } INSERT { ?b <urn:q> ?a } WHERE { ?a <urn:q> ?b }",
    "triple terms": "INSERT { ?s <urn:says> <<( ?s <urn:q> ?o )>> } WHERE { ?s <urn:q> ?o }",
    "annotations": "INSERT { ?s <urn:r> ?o ~ <urn:why> {| <urn:by> ?s |} } WHERE { ?s <urn:q> ?o }",
    "reified": "INSERT { << ?s <urn:r> ?o >> <urn:by> 1 } WHERE { ?s <urn:q> ?o }",
    "in the store": "DELETE { GRAPH ?g { ?s ?p ?t } } INSERT { ?s ?p ?t } WHERE { GRAPH ?g { ?s ?p ?t } }",
    "made nodes": "INSERT { ?n <urn:of> ?s } WHERE { ?s <urn:p> 2 BIND(BNODE() AS ?n) }",
    "odd texts": "INSERT { ?s <urn:t> ?t } WHERE { ?s <urn:p> 2 "
    r"BIND('a\"b\\c\nd\t\u0001{}<>?x \'' AS ?t) } # } ;",
    "dollar": "INSERT { $s <urn:d> ?o } WHERE { ?s <urn:p> $o }",
    "aggregates": "INSERT { ?s <urn:n> ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s }",
    "sees what came": "INSERT DATA { <urn:n> <urn:p> 9 } ; INSERT { ?s <urn:saw> 9 } WHERE { ?s <urn:p> 9 } ;"
    " DELETE WHERE { ?s <urn:saw> ?o . ?s <urn:p> ?x }",
    "clear": "CLEAR GRAPH <urn:g1> ; INSERT { ?s <urn:left> ?g } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "drop all": "DROP ALL ; INSERT DATA { <urn:n> <urn:p> 1 }",
    "clear named": "CLEAR NAMED ; CLEAR SILENT GRAPH <urn:none>",
    "copy": "COPY <urn:g1> TO <urn:g2> ; DELETE WHERE { GRAPH <urn:g1> { ?s ?p ?o } }",
    "copy onto itself": "COPY GRAPH <urn:g1> TO <urn:g1>",
    "move to default": "MOVE <urn:g1> TO DEFAULT ; INSERT { ?s <urn:m> ?o } WHERE { ?s ?p ?o }",
    "add default": "ADD DEFAULT TO GRAPH <urn:new> ; ADD SILENT <urn:new> TO <urn:g1>",
    "create": "CREATE GRAPH <urn:new> ; CREATE SILENT GRAPH <urn:g1>",
    "nothing": "",
    "case": "insert data { <urn:X> a <urn:Y> } ; Delete Where { ?s a ?o }",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_update_comes_to_what_the_engine_makes_of_it(generation, name):
    delta = worked_out(generation, CASES[name])

    assert after(generation, delta) == by_the_engine(generation, CASES[name])


SUBJECTS = st.sampled_from(["<urn:a>", "<urn:b>", "<urn:c>"])
PREDICATES = st.sampled_from(["<urn:p>", "<urn:q>"])
VALUES = st.one_of(SUBJECTS, st.sampled_from(["1", "01", "2.50", "'x'@en", "'y'", "true"]))
VARIABLES = st.sampled_from(["?x", "?y", "?z"])
GRAPHS = st.sampled_from(["<urn:g1>", "<urn:g2>"])


def block(subjects, predicates, values, graphs=GRAPHS):
    triple = st.tuples(subjects, predicates, values).map(" ".join)
    triples = st.lists(triple, min_size=1, max_size=3).map(" . ".join)
    named = st.tuples(graphs, triples).map(lambda pair: f"GRAPH {pair[0]} {{ {pair[1]} }}")
    return st.one_of(triples, named, st.tuples(triples, named).map(" . ".join))


DATA = block(SUBJECTS, PREDICATES, VALUES)
PATTERN = block(
    st.one_of(VARIABLES, SUBJECTS), st.one_of(VARIABLES, PREDICATES), st.one_of(VARIABLES, VALUES),
    st.one_of(GRAPHS, st.just("?g")),
)  # fmt: skip
MAKING = block(
    st.one_of(VARIABLES, SUBJECTS, st.just("_:n")), st.one_of(VARIABLES, PREDICATES),
    st.one_of(VARIABLES, VALUES, st.just("_:n"), st.just("[]")),
)  # fmt: skip
WITH = st.one_of(st.just(""), GRAPHS.map("WITH {} ".format))
USING = st.one_of(st.just(""), GRAPHS.map("USING {} ".format), GRAPHS.map("USING NAMED {} ".format))
OPERATION = st.one_of(
    DATA.map("INSERT DATA {{ {} }}".format),
    DATA.map("DELETE DATA {{ {} }}".format),
    PATTERN.map("DELETE WHERE {{ {} }}".format),
    st.tuples(WITH, PATTERN, MAKING, USING, PATTERN).map(
        lambda parts: "{}DELETE {{ {} }} INSERT {{ {} }} {}WHERE {{ {} }}".format(*parts)
    ),
    GRAPHS.map("CLEAR SILENT GRAPH {}".format),
    st.sampled_from(["CLEAR DEFAULT", "DROP NAMED", "ADD DEFAULT TO <urn:g1>", "COPY DEFAULT TO <urn:g2>"]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(OPERATION, min_size=1, max_size=4))
def test_any_update_comes_to_what_the_engine_makes_of_it(generation, operations):
    # One label of a blank node belongs to one operation.
    text = " ;\n".join(each.replace("_:n", f"_:n{number}") for number, each in enumerate(operations))

    assert after(generation, worked_out(generation, text)) == by_the_engine(generation, text)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("INSERT DATA {\n  <a> b }", 2, 8),
        ("INSERT DATA { <a> <b> 1 } ;\n\n DELETE DATA { _:x <b> 1 }", 3, 27),
        ("PREFIX a: <urn:> INSERT DATA { a:b a:c 1 } ; INSERT DATA { z:b a:c 1 }", 1, 65),
        ("INSERT DATA { <a> <b> 'x }", 1, 23),
        ("INSERT DATA { <a> <b> 1 ", 1, 23),
        ("ASK {}", 1, 1),
        ("CLEAR ALL ;; CLEAR ALL", 1, 12),
        ("BASE <x> ; CLEAR ALL", 1, 10),
    ],
)
def test_what_does_not_parse_is_told_with_its_place_in_the_request(generation, text, line, column):
    with pytest.raises(QuerySyntax) as told:
        worked_out(generation, text)

    assert (told.value.line, told.value.column) == (line, column)


def test_a_prefix_may_be_declared_between_operations(generation):
    delta = worked_out(
        generation, "INSERT DATA { <a> <b> 1 } ; PREFIX k: <urn:k:> BASE <urn:x/> INSERT DATA { k:a k:b <c> }"
    )

    assert delta.graph("").came == {
        ("<http://base/a>", "<http://base/b>", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("<urn:k:a>", "<urn:k:b>", "<urn:x/c>"),
    }


def test_a_blank_node_belongs_to_one_operation(generation):
    with pytest.raises(QuerySyntax, match="_:a"):
        worked_out(generation, "INSERT DATA { _:a <b> 1 } ; INSERT DATA { _:a <b> 2 }")


def test_an_update_that_moves_too_much_is_refused(generation):
    many = " ".join(f"<urn:a> <urn:p> {number} ." for number in range(11))

    with pytest.raises(QueryRefused, match="more than 10 statements"):
        worked_out(generation, f"INSERT DATA {{ {many} }}", most=10)


def test_in_a_union_what_two_graphs_say_makes_one_node(generation):
    store = Store()
    store.update("INSERT DATA { GRAPH <urn:g1> { <urn:a> <urn:p> 1 } GRAPH <urn:g2> { <urn:a> <urn:p> 1 } }")
    work = Work(store, Rules(is_union=True, home="urn:home", nodes=NODES))

    work.do("INSERT { [] <urn:of> ?s } WHERE { ?s <urn:p> ?o }")

    assert len(work.delta.graph("urn:home").came) == 1


def test_the_generation_stays_as_it_is(generation, tmp_path):
    before = set(Store.read_only(str(generation)))
    shutil.copytree(generation, tmp_path / "copy")

    worked_out(generation, "INSERT DATA { <urn:n> <urn:p> 1 } ; DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }")

    assert set(Store.read_only(str(generation))) == before
    names = {place.name: place.read_bytes() for place in generation.iterdir() if place.suffix == ".sst"}
    assert names == {place.name: place.read_bytes() for place in (tmp_path / "copy").glob("*.sst")}
    assert not list(generation.parent.glob("trial-*"))


def test_deltas_follow_each_other():
    one, two = Delta(), Delta()
    statement = ("<urn:a>", "<urn:p>", "<urn:b>")
    one.add("urn:g", [statement])
    two.remove("urn:g", [statement])

    one.follow(two)

    assert one.graph("urn:g").gone == {statement}
    assert one.graph("urn:g").came == set()
