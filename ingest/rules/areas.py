"""A rule for whole areas of a description, put together with the signs of ISBD (ingest.isbd)."""

from collections.abc import Callable

from ingest import isbd
from ingest.description import Description
from ingest.errors import MappingError
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.titles import by_script
from kg.terms import named, text

_AREAS: dict[str, Callable[[Field], str]] = {
    "title": isbd.title_area,
    "edition": isbd.edition_area,
    "material": isbd.material_area,
    "publication": isbd.publication_area,
    "physical": isbd.physical_area,
    "series": isbd.series_area,
}


def area_rule(options: Options) -> Apply:
    """A field of UNIMARC or CNMARC as one area of an ISBD description: "北京 : 中国统计出版社, 1994".

    area: title, edition, material, publication, physical or series; property; on ("instance").
    """
    wanted, predicate = options.text("area"), named(options.text("property"))
    nodes = options.words("on", "instance")
    if wanted not in _AREAS:
        raise MappingError(f"{options.place}: no area {wanted!r}; known: {', '.join(_AREAS)}")
    area = _AREAS[wanted]

    def apply(field: Field, description: Description) -> None:
        if said := area(field):
            for name in nodes:
                description.named(name).say(predicate, text(said, by_script(said, description.language)))

    return apply
