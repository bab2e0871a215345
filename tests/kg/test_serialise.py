"""Things as data: every format says the same, JSON-LD in the shape of the context, and odd terms survive."""

import json
from pathlib import Path

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from rdflib.compare import isomorphic, to_isomorphic

from kg.context import Context, published
from kg.description import Description, Said, statements_about
from kg.errors import QueryRefused
from kg.formats import FORMATS, by_name
from kg.reading import Reading
from kg.serialise import write, write_description
from ontology.namespaces import expand

LIBRARY = Path(__file__).parents[1] / "data" / "library.trig"
BASE = "http://localhost:8000/"
ID = f"{BASE}id/"
CONTEXT = published(BASE)
NAMES = [known.name for known in FORMATS]
WITHOUT_GRAPHS = ["turtle", "ntriples", "rdfxml", "jsonld"]
BOOK = {"@value": "书", "@language": "zh"}
RDFLIB = {"ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}


def _store() -> Store:
    engine = Store()
    engine.load(LIBRARY.read_bytes(), RdfFormat.TRIG)
    return engine


ENGINE = _store()
THINGS = sorted({quad.subject.value for quad in ENGINE if "#" not in quad.subject.value})


def about(iri: str, *, with_records: bool = False, engine: Store = ENGINE) -> Description:
    """The description of a thing that is there."""
    found = statements_about(Reading(engine), iri, with_records=with_records)
    assert found is not None
    return found


def triples(lines: list[tuple[str, str, str]]) -> set[Triple]:
    """Statements in N-Triples text as terms of the engine."""
    text = "".join(f"{' '.join(line)} .\n" for line in lines)
    return {quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES)}


def read(body: bytes, form: str) -> set[Triple]:
    """The statements of a document, without their graphs."""
    return {quad.triple for quad in parse(body, format=by_name(form).engine)}


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("iri", THINGS, ids=lambda iri: iri.removeprefix(BASE))
def test_every_format_says_the_same_of_every_thing(iri, form):
    described = about(iri)

    body = write_description(described, by_name(form), CONTEXT, is_inline=True)

    assert read(body, form) == triples(described.triples())


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own JSON-LD reader uses it.
@pytest.mark.parametrize("form", WITHOUT_GRAPHS)
def test_rdflib_reads_every_format_alike(form):
    described = about(f"{ID}work/jihe")
    expected = rdflib.Graph().parse(
        data=write_description(described, by_name("ntriples"), CONTEXT), format="nt"
    )

    body = write_description(described, by_name(form), CONTEXT, is_inline=True)

    found = rdflib.Graph().parse(data=body, format=RDFLIB.get(form, form))
    assert isomorphic(to_isomorphic(found), to_isomorphic(expected))


def test_a_description_has_sub_nodes_and_the_names_of_linked_things_in_every_language():
    said = about(f"{ID}work/jihe").triples()

    assert (f"<{ID}work/jihe#by-1>", f"<{expand('wy:roleText')}>", '"笔受"@zh') in said
    assert (f"<{ID}person/ricci>", f"<{expand('wy:name')}>", '"利玛窦"@zh-hans') in said
    assert (f"<{ID}person/ricci>", f"<{expand('wy:name')}>", '"Matteo Ricci"@en') in said
    assert not [line for line in said if line[0] == f"<{ID}person/ricci>" and "birth" in line[1]]


def test_trig_tells_who_says_what():
    body = write_description(about(f"{ID}work/jihe", with_records=True), by_name("trig"), CONTEXT)

    quads = list(parse(body, format=RdfFormat.TRIG))
    ricci = [quad.graph_name.value for quad in quads if quad.object == NamedNode(f"{ID}person/ricci")
             and quad.predicate.value == expand("wy:creator")]  # fmt: skip
    assert sorted(graph.rpartition("/src/")[2] for graph in ricci) == ["harvard/990001", "shanghai/000123"]
    assert expand("wy:fromSource") in {quad.predicate.value for quad in quads}


def test_turtle_declares_the_prefixes_that_occur_and_no_others():
    body = write_description(about(f"{ID}person/ricci"), by_name("turtle"), CONTEXT).decode()

    assert "@prefix wy:" in body
    assert "@prefix bibo:" not in body


def test_a_thing_nobody_speaks_of_has_no_description():
    assert statements_about(Reading(ENGINE), f"{ID}work/none") is None
    assert statements_about(Reading(ENGINE), "no iri") is None


def test_a_description_says_when_graphs_were_left_out():
    engine = Store()
    for number in range(30):
        engine.add(
            Quad(
                NamedNode(f"{ID}work/a"),
                NamedNode(expand("wy:title")),
                Literal("A"),
                NamedNode(f"{BASE}graph/src/x/{number}"),
            )
        )

    assert about(f"{ID}work/jihe").is_whole
    assert not about(f"{ID}work/a", engine=engine).is_whole


class TestJsonLd:
    """The shape of documents, which people's programs rely on."""

    @pytest.fixture
    def document(self) -> dict:
        """The work 几何原本."""
        return json.loads(write_description(about(f"{ID}work/jihe"), by_name("jsonld"), CONTEXT))

    def test_it_names_its_context_and_begins_with_the_thing(self, document):
        assert list(document)[:3] == ["@context", "id", "type"]
        assert document["@context"] == f"{BASE}ontology/context.jsonld"
        assert (document["id"], document["type"]) == (f"{ID}work/jihe", ["Work"])

    def test_the_context_can_be_inside(self):
        body = write_description(about(f"{ID}work/jihe"), by_name("jsonld"), CONTEXT, is_inline=True)

        assert json.loads(body)["@context"]["wy"] == expand("wy:")

    def test_names_are_sorted_by_language(self, document):
        assert document["title"]["zh-hans"] == "几何原本"
        assert document["title"]["zh-latn-pinyin"] == "Ji he yuan ben"

    def test_what_can_be_many_is_a_list_even_when_it_is_one(self, document):
        assert [subject["id"] for subject in document["subject"]] == [f"{ID}concept/geometry"]
        assert isinstance(document["language"], list)

    def test_sub_nodes_lie_inside_and_linked_things_bring_their_names(self, document):
        first = document["contribution"][0]

        assert first["id"] == f"{ID}work/jihe#by-1"
        assert first["type"] == ["Contribution"]
        assert first["position"] == 2
        assert first["agent"]["name"]["zh-hans"] in ("徐光启", ["徐光启"])

    @pytest.mark.parametrize(
        ("text", "expected"), [("7", 7), ("-12", -12), ("007", "007"), ("-0", "-0"), ("9" * 30, "9" * 30)]
    )
    def test_numbers_are_numbers_only_where_nothing_is_lost(self, text, expected):
        # Not by way of a store, since the engine makes 7 of 007.
        said = Said(
            (f"<{ID}work/a>", f"<{expand('wy:position')}>", f'"{text}"^^<{expand("xsd:integer")}>'), ()
        )

        body = write_description(Description(f"{ID}work/a", (said,)), by_name("jsonld"), CONTEXT)

        assert json.loads(body)["position"] == expected

    def test_an_iri_that_the_context_would_misread_is_written_without_it(self):
        engine = Store()
        engine.load(
            f"<{ID}place/a> <{expand('wy:exactMatch')}> <wy:31.2,121.4> .".encode(), RdfFormat.N_TRIPLES
        )
        described = about(f"{ID}place/a", engine=engine)

        body = write_description(described, by_name("jsonld"), CONTEXT)

        assert "@context" not in json.loads(body)
        assert read(body, "jsonld") == triples(described.triples())

    def test_a_thing_that_links_to_itself_ends(self):
        engine = Store()
        engine.load(f"<{ID}work/a> <{expand('wy:relation')}> <{ID}work/a> .".encode(), RdfFormat.N_TRIPLES)
        described = about(f"{ID}work/a", engine=engine)

        body = write_description(described, by_name("jsonld"), CONTEXT, is_inline=True)

        assert read(body, "jsonld") == triples(described.triples())


@pytest.mark.parametrize(
    ("definitions", "expected"),
    [
        ({"wy": expand("wy:")}, {"wy:title": BOOK}),
        ({"wy": expand("wy:"), "title": "wy:title"}, {"title": BOOK}),
        ({"wy": expand("wy:"), "title": {"@id": "wy:title", "@container": "@set"}}, {"title": [BOOK]}),
        ({"wy": expand("wy:"), "title": {"@id": "wy:title", "@container": ["@language", "@set"]}},
         {"title": {"zh": ["书"]}}),
        ({"title": {"@id": expand("wy:title"), "@type": "@id"}}, {"title": BOOK}),
        ({"title": {"@reverse": expand("wy:title")}}, {expand("wy:title"): BOOK}),
    ],
    ids=["prefix", "term", "set", "map of lists", "term for links", "reverse term"],
)  # fmt: skip
def test_the_context_alone_makes_the_shape(definitions, expected):
    engine = Store()
    engine.load(f'<{ID}work/a> <{expand("wy:title")}> "书"@zh .'.encode(), RdfFormat.N_TRIPLES)
    described = about(f"{ID}work/a", engine=engine)

    body = write_description(described, by_name("jsonld"), Context(definitions), is_inline=True)

    document = json.loads(body)
    assert {key: value for key, value in document.items() if not key.startswith("@")} == expected
    assert read(body, "jsonld") == triples(described.triples())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TERMS = st.one_of(
    TEXT.map(Literal),
    st.builds(
        lambda text, tag: Literal(text, language=tag), TEXT, st.sampled_from(["zh", "en", "zh-latn-pinyin"])
    ),
    st.builds(
        lambda text, kind: Literal(text, datatype=NamedNode(kind)),
        TEXT,
        st.sampled_from(
            [expand("xsd:integer"), expand("xsd:decimal"), "http://e/type", expand("xsd:boolean")]
        ),
    ),
    st.sampled_from([NamedNode("http://e/书"), NamedNode("urn:x:1"), NamedNode(expand("lang:chi"))]),
)
PREDICATES = st.sampled_from(
    [
        expand(f"wy:{name}")
        for name in ("title", "note", "position", "creator", "language", "isbn13", "nothingKnown")
    ]
    + ["http://e/p", "http://e/属性", expand("rdf:type")]
)


@given(st.lists(st.tuples(PREDICATES, TERMS), min_size=1, max_size=8))
@settings(deadline=None)
def test_anything_said_comes_back_from_every_format(said):
    engine = Store()
    engine.extend(Quad(NamedNode(f"{ID}work/a"), NamedNode(predicate), term) for predicate, term in said)
    described = about(f"{ID}work/a", engine=engine)
    expected = triples(described.triples())

    for form in NAMES:
        if form != "rdfxml":
            body = write_description(described, by_name(form), CONTEXT, is_inline=True)
            assert read(body, form) == expected, form


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(deadline=None)
def test_rdf_xml_loses_only_what_no_xml_can_say(values):
    node, title = NamedNode(f"{ID}work/a"), NamedNode(expand("wy:title"))
    body = write([Triple(node, title, Literal(value)) for value in values], by_name("rdfxml"))

    illegal = {*map(chr, range(32)), "\ufffe", "\uffff"} - set("\t\n\r")
    kept = {"".join("\ufffd" if char in illegal else char for char in value) for value in values}
    assert {triple.object.value for triple in read(body, "rdfxml")} == kept


@pytest.mark.parametrize("predicate", ["http://e/p/", "http://e/123", "http://e/p?q="])
def test_rdf_xml_refuses_a_property_that_it_cannot_name(predicate):
    statement = Triple(NamedNode("http://e/a"), NamedNode(predicate), Literal("x"))

    with pytest.raises(QueryRefused, match="cannot write the property"):
        write([statement], by_name("rdfxml"))


def test_rdf_xml_names_properties_that_end_in_digits_or_chinese():
    said = [
        Triple(NamedNode("http://e/a"), NamedNode(predicate), BlankNode("n"))
        for predicate in ("http://e/isbn13", "http://e/属性", "http://e/1a", expand("wy:title"))
    ]

    graph = rdflib.Graph().parse(data=write(said, by_name("rdfxml")), format="xml")

    assert {str(predicate) for predicate in graph.predicates()} == {triple.predicate.value for triple in said}


def test_a_statement_about_a_statement_is_refused_where_it_cannot_be_written():
    inner = Triple(NamedNode("http://e/a"), NamedNode("http://e/b"), Literal("c"))
    outer = Triple(NamedNode("http://e/r"), NamedNode(expand("rdf:value")), inner)

    for form in ("rdfxml", "jsonld"):
        with pytest.raises(QueryRefused):
            write([outer], by_name(form))
    assert b"<<(" in write([outer], by_name("turtle"))


def test_a_thing_with_a_statement_about_a_statement_is_not_written_as_json_ld():
    engine = Store()
    engine.load(f"<{ID}work/a> <http://e/p> <<( <http://e/s> <http://e/p> 1 )>> .".encode(), RdfFormat.TURTLE)
    described = about(f"{ID}work/a", engine=engine)

    with pytest.raises(QueryRefused, match="statement about a statement"):
        write_description(described, by_name("jsonld"), CONTEXT)
    body = write_description(described, by_name("turtle"), CONTEXT)
    assert read(body, "turtle") == triples(described.triples())
