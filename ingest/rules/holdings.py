"""Rules for holdings: the copies a library has."""

from urllib.parse import quote

from ingest import clean
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text

_PROPERTIES = ("call_number", "barcode", "location", "copy", "availability", "notes")
_NAMES = {"call_number": "wy:callNumber", "copy": "wy:copyNumber", "notes": "wy:note"}


def item_rule(options: Options) -> Apply:
    """A copy: a wy:Item of the instance, with what the field says of it.

    call_number, barcode, location, copy, availability, notes: the parts of each; join: between the parts
    of a call number; held_by: the part with the library's code (an ISIL, a MARC organization code, or
    the library's own), or library: the code of the one library that the file is from; needs: parts that
    must all be there (local fields mean different things in different systems).
    """
    parts = {name: options.words(name) for name in _PROPERTIES}
    join, held_by, library = options.text("join", " "), options.words("held_by"), options.text("library")
    needs = options.words("needs")

    def apply(field: Field, description: Description) -> None:
        if not all(field.first((code,)) for code in needs):
            return
        said = {name: _joined(field, wanted, join) for name, wanted in parts.items() if wanted}
        holder = clean.space(field.first(held_by)) if held_by else ""
        if not any(said.values()) and not holder:
            return
        item = description.item()
        for name, value in said.items():
            if value:
                item.say(named(_NAMES.get(name, f"wy:{name}")), text(value))
        if code := holder or library:
            node = description.node("library", quote(code, safe=".-_~"))
            if len(code) <= 16 and " " not in code:
                node.say(named("wy:isil"), text(code))
            node.say(named("wy:name"), text(code))
            item.say(named("wy:heldBy"), node)

    return apply


def _joined(field: Field, parts: tuple[str, ...], join: str) -> str:
    return join.join([clean.space(value) for code, value in field.parts if code in parts])
