"""The OpenAPI description: complete, true, and needing nothing from the web."""

import pytest
from fastapi.routing import APIRoute

from api.documentation import PROBLEM_SCHEMA

EXAMPLES = {
    "kind": "work",
    "key": "jihe",
    "path": "src/shanghai/000123",
    "suffix": "ttl",
    "number": "1",
    "name": "work",
}


@pytest.fixture
def schema(client):
    """The description as it is served."""
    return client.get("/openapi.json").json()


def operations(schema):
    """Path, method and description of each operation."""
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    ]


def test_every_address_for_programs_is_described(schema):
    assert {
        "/id/{kind}/{key}", "/doc/{kind}/{key}", "/doc", "/doc.{suffix}", "/sparql", "/healthz", "/readyz",
        "/api/changes", "/api/changes/{number}", "/api/search", "/api/complete", "/graph/{path}", "/ontology",
    } <= set(schema["paths"])  # fmt: skip


def test_every_operation_says_what_it_does_and_how_it_fails(schema):
    for path, method, operation in operations(schema):
        assert operation.get("summary"), (path, method)
        assert operation.get("description"), (path, method)
        assert operation["tags"], (path, method)
        problem = operation["responses"]["default"]["content"]["application/problem+json"]
        assert problem["schema"]["$ref"] == "#/components/schemas/Problem"


def test_operations_have_names_of_their_own(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]

    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere(schema):
    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            node = list(node.values())
        if isinstance(node, list):
            for inner in node:
                yield from references(inner)

    found = set(references(schema))
    assert found
    assert all(reference.rpartition("/")[2] in schema["components"]["schemas"] for reference in found)


def test_bad_parameters_are_described_as_they_are_answered(schema):
    assert schema["components"]["schemas"]["Problem"] == PROBLEM_SCHEMA
    for _, _, operation in operations(schema):
        assert "422" not in operation["responses"]


def test_every_problem_fits_its_schema(client):
    for path in ("/nowhere", "/doc", "/sparql?query=x", "/id/person/xu%20guangqi"):
        told = client.get(path).json()

        assert set(PROBLEM_SCHEMA["required"]) <= set(told)
        assert set(told) <= set(PROBLEM_SCHEMA["properties"])


def test_the_described_addresses_answer_as_described(client, schema):
    """GET of each with an example: the status and the media type are among those described."""
    for path, method, operation in operations(schema):
        if method != "get":
            continue
        address = path.format(**EXAMPLES)
        answer = client.get(address, params={"iri": "http://localhost:8000/id/work/jihe"})
        responses = operation["responses"]
        status = str(answer.status_code)
        assert status in responses or status == "404", (address, status)
        content = responses.get(status, {}).get("content", {})
        if answer.content and content:
            assert answer.headers["content-type"].partition(";")[0] in content, address


def test_no_page_of_the_framework_loads_scripts_from_the_web(client):
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


def test_no_two_routes_take_the_same_address(client):
    taken = [
        (route.path, method)
        for route in client.app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    ]

    assert len(set(taken)) == len(taken)
