"""Rules for holdings: the copies a library has."""

from urllib.parse import quote

from ingest import clean
from ingest.description import Description, Node
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text

_PROPERTIES = {
    "call_number": named("wy:callNumber"), "barcode": named("wy:barcode"), "location": named("wy:location"),
    "copy": named("wy:copyNumber"), "availability": named("wy:availability"), "notes": named("wy:note"),
}  # fmt: skip
_ISIL, _NAME, _HELD_BY = named("wy:isil"), named("wy:name"), named("wy:heldBy")


def item_rule(options: Options) -> Apply:
    """A copy: a wy:Item of the instance, with what the field says of it.

    call_number, barcode, location, copy, availability, notes: the parts of each; call_number_else: the
    part with the whole call number where those of *call_number* are not there; join: between the parts
    of a call number; held_by: the part with the library's code (an ISIL, a MARC organization code, or
    the library's own), or library: the code of the one library that the file is from; branch: the part
    with a branch that only its own system knows (firestone), used where no library is named; needs: parts
    that must all be there (local fields mean different things in different systems); on = "thing": the
    record describes the copy itself, and no new one is made.
    """
    parts = {name: options.words(name) for name in _PROPERTIES}
    names = {code: name for name, codes in parts.items() for code in codes}
    join, held_by, library = options.text("join", " "), options.words("held_by"), options.text("library")
    is_new = options.text("on") != "thing"
    needs, otherwise = options.words("needs"), options.words("call_number_else")
    branch = options.words("branch")

    def apply(field: Field, description: Description) -> None:
        if not all(field.first((code,)) for code in needs):
            return
        said: dict[str, str] = {}
        for code, value in field.parts:
            if (name := names.get(code)) and (plain := clean.space(value)):
                said[name] = f"{said[name]}{join}{plain}" if name in said else plain
        if otherwise and "call_number" not in said:
            said["call_number"] = clean.space(field.first(otherwise))
        # BnF writes the library and then, after a colon, its own number of the copy.
        holder = clean.space(field.first(held_by)).partition(":")[0] if held_by else ""
        if not said and not holder:
            return
        # Each barcode is a copy of its own, even where one field has them all.
        for barcode in field.all(parts["barcode"]) or ("",):
            item = description.item() if is_new else description.thing
            said["barcode"] = clean.space(barcode)
            _say(item, said)
            held = _library(description, holder or library, clean.space(field.first(branch)))
            if held is not None:
                item.say(_HELD_BY, held)

    return apply


def _say(item: Node, said: dict[str, str]) -> None:
    for name, value in said.items():
        if value:
            item.say(_PROPERTIES[name], text(value))


def _library(description: Description, code: str, branch: str) -> Node | None:
    """The library with that *code*, or the *branch* of the source; None where neither is given."""
    if not code and not branch:
        return None
    # Many systems have a MAIN: whose it is, the source says.
    node = description.node("library", quote(code or f"{description.source}.{branch}", safe=".-_~"))
    if code and len(code) <= 16 and " " not in code:
        node.say(_ISIL, text(code))
    node.say(_NAME, text(code or branch))
    return node
