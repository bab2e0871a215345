"""The endpoint and the data described: every count is counted again here, from the statements themselves."""

from collections import Counter

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from api.app import create_app
from kg.change import Edit, Note
from kg.formats import FORMATS
from kg.library import Library
from kg.settings import Settings
from kg.sparql.functions.geof import GEOMETRIC
from kg.sparql.functions.table import FUNCTIONS
from ontology.namespaces import expand
from services.roles import Role

BASE = "http://localhost:8000/"
SD = "http://www.w3.org/ns/sparql-service-description#"
LIMITS = "https://w3id.org/wenyuan/limits#"
TYPE = NamedNode(expand("rdf:type"))


def described(client, path: str) -> Store:
    """What the document at that path says."""
    store = Store()
    store.load(client.get(path, headers={"Accept": "text/turtle"}).content, format=RdfFormat.TURTLE)
    return store


def values(store: Store, predicate: str, subject: str | None = None) -> set[str]:
    """The objects of a property."""
    node = NamedNode(subject) if subject else None
    found = store.quads_for_pattern(node, NamedNode(expand(predicate)), None)
    return {quad.object.value for quad in found}


def parts(store: Store, kind: str, of: str, count: str) -> dict[str, int]:
    """Partitions: what each is of, and its count."""
    found: dict[str, int] = {}
    for quad in store.quads_for_pattern(None, NamedNode(expand(kind)), None):
        (name,) = store.quads_for_pattern(quad.object, NamedNode(expand(of)), None)
        (number,) = store.quads_for_pattern(quad.object, NamedNode(expand(count)), None)
        assert isinstance(number.object, Literal)
        found[name.object.value] = int(number.object.value)
    return found


def recounted(library: Library) -> tuple[dict[str, int], dict[str, int], int]:
    """Statements by property, things by class, and statements in all, counted one by one."""
    quads = list(library.store.engine)
    properties = Counter(quad.predicate.value for quad in quads)
    typed = {(str(quad.subject), quad.object.value) for quad in quads if quad.predicate == TYPE}
    return dict(properties), dict(Counter(kind for _, kind in typed)), len(quads)


@pytest.mark.parametrize("path", ["/.well-known/void", "/sparql"])
def test_the_counts_are_those_of_the_statements(client, library, path):
    properties, classes, triples = recounted(library)
    store = described(client, path)

    assert parts(store, "void:propertyPartition", "void:property", "void:triples") == properties
    assert parts(store, "void:classPartition", "void:class", "void:entities") == classes
    (total,) = values(store, "void:triples") - {str(each) for each in properties.values()} or {str(triples)}
    assert int(total) == triples == library.counts().statements
    assert values(store, "void:classes") == {str(len(classes))}
    assert values(store, "void:properties") == {str(len(properties))}
    assert values(store, "void:distinctSubjects") == {
        str(len({str(quad.subject) for quad in library.store.engine}))
    }


def test_the_counts_go_with_the_library(client, library):
    before = described(client, "/.well-known/void")
    said = (f"<{BASE}id/work/n>", f"<{expand('wy:note')}>", '"x"')
    library.commit(Note("tester", "edit"), [Edit(f"{BASE}graph/src/x/n", "replace", (said,))])
    client.get("/sparql", params={"query": "ASK {}", "min-generation": library.generation})
    after = described(client, "/.well-known/void")
    library.undo([library.generation], Note("tester", "undo"))
    client.get("/sparql", params={"query": "ASK {}", "min-generation": library.generation})
    undone = described(client, "/.well-known/void")

    tables = [
        parts(store, "void:propertyPartition", "void:property", "void:triples")
        for store in (before, after, undone)
    ]
    assert tables[1] == tables[0] | {expand("wy:note"): tables[0].get(expand("wy:note"), 0) + 1}
    assert tables[2] == tables[0]


def test_a_client_finds_by_count_what_is_described(client):
    store = described(client, "/.well-known/void")
    answer = client.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})

    counted = answer.json()["results"]["bindings"][0]["n"]["value"]
    assert counted in values(store, "void:triples", f"{BASE}.well-known/void#dataset")


def test_features_are_told_where_they_are_true(client):
    store = described(client, "/sparql")

    endpoint = f"{BASE}sparql"
    assert values(store, f"{SD}feature", endpoint) == {f"{SD}UnionDefaultGraph"}
    assert values(store, f"{SD}supportedLanguage", endpoint) == {f"{SD}SPARQL11Query"}
    assert values(store, f"{SD}propertyFeature", endpoint) == {function.iri for function in FUNCTIONS}
    assert values(store, f"{SD}extensionFunction", endpoint) == set(GEOMETRIC)
    assert values(store, f"{SD}endpoint", endpoint) == {endpoint}
    assert len(values(store, f"{SD}resultFormat", endpoint)) == 4 + len(FORMATS)


def test_a_key_that_may_write_is_told_so(tmp_path):
    with Library.in_memory() as library:
        app = create_app(Settings(data_dir=tmp_path), library=library)
        token = app.state.keys.add("writer", Role.CATALOGUER)
        with TestClient(app) as client:
            told = client.get(
                "/sparql", headers={"Accept": "text/turtle", "Authorization": f"Bearer {token}"}
            )

    assert "SPARQL11Update" in told.text
    assert "Authorization" in told.headers["vary"]


def test_a_function_that_is_told_is_known(client):
    shape = '"POLYGON((0 0,0 2,2 2,2 0,0 0))"^^geo:wktLiteral'
    calls = " ".join(f"BIND(<{iri}>({shape}, {shape}) AS ?x{n})" for n, iri in enumerate(GEOMETRIC))

    answer = client.get("/sparql", params={"query": f"ASK {{ {calls} }}"})

    assert answer.status_code == 200, answer.text


def test_the_limits_are_told_as_they_are(client):
    store = described(client, "/sparql")
    limits = client.app.state.pool.limits

    assert values(store, f"{LIMITS}seconds") == {str(limits.seconds)}
    assert values(store, f"{LIMITS}rows") == {str(limits.rows)}
    assert values(store, f"{LIMITS}queryBytes") == {"65536"}
    assert values(store, f"{LIMITS}namedGraphs") == {
        str(len(list(client.app.state.library.store.engine.named_graphs())))
    }


@pytest.mark.parametrize("path", ["/.well-known/void", "/sparql"])
def test_descriptions_come_in_every_format_and_are_not_sent_twice(client, path):
    for form in FORMATS:
        first = client.get(path, headers={"Accept": form.media_type})
        known = {"Accept": form.media_type, "If-None-Match": first.headers["etag"]}

        assert first.headers["content-type"].partition(";")[0] == form.media_type
        assert client.get(path, headers=known).status_code == 304
