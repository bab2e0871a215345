"""Rules for publication: who published an instance, where and when, and the statement as transcribed."""

from ingest import clean, keys
from ingest.dates import edtf
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.titles import by_script, script, tags
from kg.terms import named, text

_NOBODY = frozenset(("s.n", "s. n", "sine nomine", "publisher not identified", "出版者不详"))
_NOWHERE = frozenset(("s.l", "s. l", "sine loco", "place of publication not identified", "出版地不详"))
_EDGES = " []().,"
_ISSUED, _STATEMENT = named("wy:issued"), named("wy:publicationStatement")
_PLACE, _PUBLISHER, _NAME = named("wy:placeOfPublication"), named("wy:publisher"), named("wy:name")


def publisher_rule(options: Options) -> Apply:
    """A publication statement. place, name, date: the parts; other_place, other_name: those in another
    script, which name the same place and publisher; statement = false leaves the transcription out.

    Says wy:publisher (an organisation), wy:placeOfPublication, wy:publicationStatement, and wy:issued
    where nothing has said it yet. "[S.l. : s.n.]" names nobody and nowhere (ISBD, § 4.1.15, 4.2.16).
    """
    place, name, date = options.words("place", "a"), options.words("name", "b"), options.words("date", "c")
    other_place, other_name = options.words("other_place"), options.words("other_name")
    states = options.flag("statement", default=True)

    def apply(field: Field, description: Description) -> None:
        instance = description.instance
        others = [clean.brackets(value) for value in field.all(other_name)] if other_name else []
        for code, value in field.parts:
            if code in place:
                _say_place(description, clean.brackets(value))
            elif code in name:
                _say_publisher(description, clean.brackets(value), others.pop(0) if others else "")
            elif code in other_place:
                _say_place(description, clean.brackets(value))
            elif code in date and (issued := edtf(value)) and not instance.has(_ISSUED):
                instance.say(_ISSUED, text(issued))
        written = [clean.space(value) for code, value in field.parts if code in (*place, *name, *date)]
        if states and written:
            instance.say(_STATEMENT, text(" ".join(written)))

    return apply


def _say_place(description: Description, place: str) -> None:
    if place and place.lower().strip(_EDGES) not in _NOWHERE:
        tag = by_script(place, description.language) if script(place) else ""
        description.instance.say(_PLACE, text(place, tag))


def _say_publisher(description: Description, name: str, other: str) -> None:
    if name and name.lower().strip(_EDGES) not in _NOBODY:
        publisher = description.node("organization", keys.named("organization", other or name))
        tag = description.language if other or script(name) else ""
        main_tag, other_tag = tags(name, other, tag)
        publisher.say(_NAME, text(name, main_tag))
        if other:
            publisher.say(_NAME, text(other, other_tag))
        description.instance.say(_PUBLISHER, publisher)
        description.key_context = description.key_context or keys.named("organization", other or name)
