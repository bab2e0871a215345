"""Clients that others wrote: SPARQLWrapper, rdflib, Comunica, curl, and forms as R and OpenRefine send."""

import json
import os
import shutil
import subprocess
import urllib.request
import xml.dom.minidom
from pathlib import Path
from urllib.parse import urlencode

import pytest
import SPARQLWrapper as wrapper
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

from tests.clients.conftest import Server

TITLES = "SELECT ?work ?title { ?work <https://w3id.org/wenyuan/ns#title> ?title } ORDER BY ?title ?work"
GRAPH = "http://example.org/graph/others"
COMUNICA = "COMUNICA_FOLDER"
"""A variable that names a folder in which `npm install @comunica/query-sparql` was run."""


def wrapped(server: Server, query: str, method: str, form: str):
    asking = wrapper.SPARQLWrapper(server.endpoint)
    asking.setQuery(query)
    asking.setMethod(method)
    asking.setReturnFormat(form)
    return asking.queryAndConvert()


@pytest.mark.parametrize("method", [wrapper.GET, wrapper.POST])
def test_sparqlwrapper_reads_tables(server, method):
    found = wrapped(server, TITLES, method, wrapper.JSON)
    titles = {row["title"]["value"] for row in found["results"]["bindings"]}

    assert "几何原本" in titles
    assert isinstance(wrapped(server, TITLES, method, wrapper.XML), xml.dom.minidom.Document)
    assert "几何原本" in wrapped(server, TITLES, method, wrapper.CSV).decode()


@pytest.mark.parametrize("method", [wrapper.GET, wrapper.POST])
def test_sparqlwrapper_reads_graphs(server, method):
    construct = "CONSTRUCT { ?work <urn:title> ?title } { ?work <https://w3id.org/wenyuan/ns#title> ?title }"
    found = wrapped(server, construct, method, wrapper.TURTLE)

    assert Literal("几何原本", lang="zh-hans") in Graph().parse(data=found, format="turtle").objects()


def test_sparqlwrapper_reads_a_yes(server):
    assert wrapped(server, "ASK { ?s ?p ?o }", wrapper.GET, wrapper.JSON)["boolean"] is True


def test_sparqlwrapper_is_told_what_is_wrong(server):
    with pytest.raises(wrapper.SPARQLExceptions.QueryBadFormed):
        wrapped(server, "SELECT", wrapper.GET, wrapper.JSON)


def test_sparqlwrapper_updates_with_a_key(server):
    asking = wrapper.SPARQLWrapper(server.endpoint, updateEndpoint=f"{server.address}update")
    asking.addCustomHttpHeader("Authorization", f"Bearer {server.key}")
    asking.setMethod(wrapper.POST)
    asking.setQuery(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:w> <urn:p> 1 }} }}")

    asking.query()

    assert wrapped(server, f"ASK {{ GRAPH <{GRAPH}> {{ <urn:w> <urn:p> 1 }} }}", wrapper.GET, wrapper.JSON)[
        "boolean"
    ]


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_through_its_store(server, method):
    graph = Graph(SPARQLStore(server.endpoint, method=method))

    titles = {str(row.title) for row in graph.query(TITLES)}

    assert "几何原本" in titles
    assert (None, URIRef("https://w3id.org/wenyuan/ns#title"), None) in graph


def test_rdflib_writes_through_its_store(server):
    store = SPARQLUpdateStore(
        server.endpoint, f"{server.address}update", auth=("anybody", server.key), context_aware=True
    )
    graph = Graph(store, identifier=URIRef(GRAPH))

    graph.add((URIRef("urn:r"), URIRef("urn:p"), Literal("写入")))
    assert list(graph.objects(URIRef("urn:r"), URIRef("urn:p"))) == [Literal("写入")]
    graph.remove((URIRef("urn:r"), None, None))
    assert not list(graph.objects(URIRef("urn:r"), URIRef("urn:p")))


@pytest.mark.parametrize(
    "agent", ["OpenRefine/3.9.5", "Java/17.0.2", "R-SPARQL/1.16 (httr)", "python-requests/2.34", ""]
)
def test_a_form_is_answered_whoever_sends_it(server, agent):
    request = urllib.request.Request(
        server.endpoint,
        urlencode({"query": TITLES, "format": "json"}).encode(),
        {
            "User-Agent": agent,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "Accept": "application/sparql-results+xml, application/xml;q=0.9, */*;q=0.1",
        },
    )
    with urllib.request.urlopen(request) as reply:
        assert json.load(reply)["head"]["vars"] == ["work", "title"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_as_the_handbook_shows_it(server):
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    shown = [block for block in page.split("```console\n")[1:] if block.startswith("$ curl")]
    commands = [
        line[2:] for block in shown for line in block.partition("```")[0].replace("\\\n", " ").splitlines()
    ]

    assert len(commands) >= 5
    for command in (each for each in commands if each.startswith("curl")):
        asked = command.replace("https://library.example/", server.address).replace("wy_…", server.key)
        done = subprocess.run(
            ["sh", "-c", asked.replace("curl ", "curl --silent --show-error --fail ", 1)],
            capture_output=True,
            cwd=Path(__file__).parent,
        )
        assert done.returncode == 0, (asked, done.stderr, done.stdout)


@pytest.mark.slow
def test_comunica_asks_the_endpoint(server):
    place = os.environ.get(COMUNICA, "")
    if shutil.which("node") is None or not Path(place, "node_modules/@comunica/query-sparql").is_dir():
        pytest.skip(
            f"needs node, and {COMUNICA}: a folder with npm's @comunica/query-sparql (version 4 for Node 20)"
        )
    program = """
        const { QueryEngine } = require("@comunica/query-sparql");
        const [endpoint, query] = process.argv.slice(1);
        new QueryEngine().queryBindings(query, { sources: [{ type: "sparql", value: endpoint }] })
          .then(stream => stream.toArray())
          .then(rows => console.log(JSON.stringify(rows.map(row => row.get("title").value))));
    """
    done = subprocess.run(
        ["node", "-e", program, server.endpoint, TITLES],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "几何原本" in json.loads(done.stdout), done.stderr
