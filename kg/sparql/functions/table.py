"""The table of property functions, for those who call them, describe them and document them."""

from kg.sparql.functions.model import Function
from kg.sparql.functions.text import SEARCH

FUNCTIONS: tuple[Function, ...] = (SEARCH,)
BY_IRI = {function.iri: function for function in FUNCTIONS}
