"""The page on functions: every example can be run, every function and option is told."""

import re
from pathlib import Path

import pytest

from kg.errors import QueryRefused
from kg.finding import DEEPEST
from kg.library import Library
from kg.sparql.functions.expansion import MOST_CALLS, expand
from kg.sparql.functions.geof import GEOMETRIC
from kg.sparql.functions.table import FUNCTIONS
from kg.sparql.functions.text import _OPTIONS, DEFAULT_LIMIT, MOST_TOLD
from kg.sparql.guard import check

PAGE = (Path(__file__).parents[4] / "docs" / "sparql-functions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sparql\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_can_be_run(query, answer):
    with Library.in_memory() as library:
        expansion = expand(check(query, is_federated=True), library.search)

        if "SERVICE" in query:
            with pytest.raises(QueryRefused):
                check(query)
        else:
            assert expansion.calls
            assert answer(library, expansion.query.text) == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_is_told_with_its_signature(function):
    assert f"`{function.signature}`" in PAGE
    assert function.zh
    assert function.en


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_example_of_a_function_is_right(function):
    with Library.in_memory() as library:
        assert len(expand(check(f"SELECT * {{ {function.example} }}"), library.search).calls) == 1


@pytest.mark.parametrize("option", [option for option in _OPTIONS if option != "limit"])
def test_an_option_is_told(option):
    assert f'`"{option}"`' in PAGE


@pytest.mark.parametrize("number", [DEFAULT_LIMIT, MOST_TOLD, DEEPEST, MOST_CALLS])
def test_a_limit_is_told(number):
    assert f"{number:,}" in PAGE


def test_functions_that_are_told_are_there():
    told = set(re.findall(r"geof:(\w+)", PAGE))

    assert told <= {iri.rpartition("/")[2] for iri in GEOMETRIC}
