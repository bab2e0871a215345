"""Examples: queries that find something in this library, drawn from its own data."""

from kg.labels import Labels
from kg.library import Library
from kg.reading import Reading, is_valid

LIMIT = 5
_FACETS = ("creator", "subject", "creator", "subject", "creator")


def examples(library: Library) -> list[str]:
    """Names of the most frequent creators and subjects, in turn Chinese and English where there are both."""
    found = library.search.search("", limit=0).facets
    names: list[str] = []
    for place, facet in enumerate(_FACETS):
        values = found.get(facet, ())
        labels = Labels(Reading(library.store.engine), ("zh-Hans", "en")[place % 2])
        shown = (labels.find(value.value) for value in values if is_valid(value.value))
        name = next((found.text for found in shown if found and found.text not in names), None)
        if name is not None:
            names.append(name)
    return names[:LIMIT]
