"""The tests of the W3C for SERVICE, with endpoints on this machine in the places of those they name."""

import asyncio
import tarfile
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat, Store, parse_query_results

from kg.errors import QueryRefused
from kg.federation import answers
from kg.federation.addresses import Allowed
from kg.federation.federation import Federation
from kg.federation.here import LARGEST
from kg.sparql.guard import check

SUITE = Path(__file__).parents[2] / "data" / "w3c" / "rdf-tests.tar.xz"
FOLDER = "sparql/sparql11/service/"
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/"


@pytest.fixture(scope="module")
def suite():
    """The files of the suite."""
    with tarfile.open(SUITE) as archive:
        members = [
            member for member in archive.getmembers() if member.name.startswith(FOLDER) and member.isfile()
        ]
        return {member.name.removeprefix(FOLDER): archive.extractfile(member).read() for member in members}


def loaded(suite, name, urls=()):
    """A store with one file; *urls*: what stands for the endpoints in it."""
    store = Store()
    text = suite[name].decode()
    for url, here in urls:
        text = text.replace(url, here)
    store.load(text, format=RdfFormat.TURTLE, base_iri="http://e/")
    return store


def evaluated(suite, serve, query, data, endpoints):
    """The rows of a test, and those that it wants."""
    made = [(f"http://{host}/sparql", serve(loaded(suite, file)).url) for host, file in endpoints.items()]
    here = loaded(suite, data, made) if data else Store()
    text = suite[query].decode()
    for url, local in made:
        text = text.replace(url, local)

    async def ask_here(query, most):
        body = here.query(check(query, LARGEST).text).serialize(format=QueryResultsFormat.JSON)
        return answers.read("application/json", body, most=most + 1, source="").rows

    private = tuple(url for _, url in made)
    federation = Federation(Allowed(("http://invalid.endpoint.org/sparql",), private))
    done = asyncio.run(federation.evaluate(check(text, is_federated=True), ask_here))
    return bag(here.query(check(done.query.text, LARGEST).text), made)


def bag(solutions, made=()):
    """Rows as texts, in order; nodes without a name are all alike."""
    back = {local: url for url, local in made}

    def shown(term):
        if isinstance(term, NamedNode):
            return "node" if term.value.startswith("urn:genid:") else back.get(term.value, term.value)
        return str(term) if hasattr(term, "datatype") else "node"

    names = [variable.value for variable in solutions.variables]
    return sorted(
        sorted((name, shown(row[name])) for name in names if row[name] is not None) for row in solutions
    )


TESTS = {
    "service01": ("data01.ttl", {"example.org": "data01endpoint.ttl"}, "service01"),
    "service02": (
        None,
        {"example1.org": "data02endpoint1.ttl", "example2.org": "data02endpoint2.ttl"},
        "service02",
    ),
    "service04a": ("data04.ttl", {"example.org": "data04endpoint.ttl"}, "service04"),
    "service05": (
        "data05.ttl",
        {"example1.org": "data05endpoint1.ttl", "example2.org": "data05endpoint2.ttl"},
        "service05",
    ),
    "service07": ("data07.ttl", {}, "service07"),
}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_of_the_suite_is_passed(suite, serve, name):
    data, endpoints, result = TESTS[name]
    wanted = parse_query_results(suite[f"{result}.srx"], format=QueryResultsFormat.XML)

    assert evaluated(suite, serve, f"{name}.rq", data, endpoints) == bag(wanted)


@pytest.mark.parametrize("name", ["service03", "service06"])
def test_others_are_not_sent_to_still_others(suite, serve, name):
    """A SERVICE within a SERVICE, by which an endpoint would be made to ask whom we may not: refused."""
    with pytest.raises(QueryRefused, match="cannot be asked"):
        evaluated(suite, serve, f"{name}.rq", None, {"example1.org": "data03endpoint1.ttl"})
