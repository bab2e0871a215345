"""Rules for dates: when something was issued, born, copyrighted."""

from ingest.dates import edtf
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text


def date_rule(options: Options) -> Apply:
    """A date as EDTF. property (wy:issued), on (instance), parts (joined by "-": year, month, day);
    at (START:END of the value); once: only where the property has no value yet (the default).
    """
    predicate, nodes = named(options.text("property", "wy:issued")), options.words("on", "instance")
    parts, at = options.words("parts"), options.text("at")
    start, _, end = at.partition(":")
    once = options.flag("once", default=True)

    def apply(field: Field, description: Description) -> None:
        written = "-".join(value for code, value in field.parts if not parts or code in parts)
        date = edtf(written[int(start) : int(end)] if at else written)
        for name in nodes if date else ():
            node = description.named(name)
            if not (once and node.has(predicate)):
                node.say(predicate, text(date))

    return apply
