"""Examples: queries that find something in this library, drawn from its own data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from kg.facets import FacetValue
from kg.labels import Labels
from kg.library import Library
from kg.reading import Reading, is_valid
from kg.script import has_han

LIMIT = 5
LONGEST = 24
"""Characters of an example; subject headings with subdivisions are longer than anybody types."""

_CHINESE = {"language": ("chi",)}
_FACETS = ("creator", "subject")


def examples(library: Library) -> list[str]:
    """Names of frequent creators and subjects, Chinese and other ones in turn where there are both."""
    chinese = _names(library, _CHINESE, "zh-Hans", is_chinese=True)
    others = _names(library, {}, "en", is_chinese=False)
    mixed = [name for pair in zip(chinese, others, strict=False) for name in pair]
    return list(dict.fromkeys([*mixed, *chinese, *others]))[:LIMIT]


def _names(
    library: Library, filters: Mapping[str, Sequence[str]], language: str, *, is_chinese: bool
) -> list[str]:
    """The names of the most frequent creators and subjects among what passes *filters*."""
    found = library.search.search("", filters=filters, limit=0).facets
    labels = Labels(Reading(library.store.engine), language)
    lists = [_short(found.get(facet, ()), labels, is_chinese=is_chinese) for facet in _FACETS]
    return [name for names in zip(*lists, strict=False) for name in names] or [*lists[0], *lists[1]]


def _short(values: Iterable[FacetValue], labels: Labels, *, is_chinese: bool) -> list[str]:
    return list(islice(_usable(values, labels, is_chinese=is_chinese), LIMIT))


def _usable(values: Iterable[FacetValue], labels: Labels, *, is_chinese: bool) -> Iterator[str]:
    for value in values:
        name = labels.find(value.value) if is_valid(value.value) else None
        if name and len(name.text) <= LONGEST and "--" not in name.text and has_han(name.text) is is_chinese:
            yield name.text
