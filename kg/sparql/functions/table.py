"""The table of property functions, for those who call them, describe them and document them."""

from kg.sparql.functions.model import Function
from kg.sparql.functions.places import NEARBY, WITHIN_BOX
from kg.sparql.functions.text import SEARCH

FUNCTIONS: tuple[Function, ...] = (SEARCH, NEARBY, WITHIN_BOX)
BY_IRI = {function.iri: function for function in FUNCTIONS}
