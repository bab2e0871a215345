"""A rule for records of holdings: which instance a copy is of, by the number of its bibliographic record."""

from ingest import keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named


def held_rule(options: Options) -> Apply:
    """The instance that a copy is of: that of the record with the number in the field, of the same source."""
    predicate = named(options.text("property", "wy:itemOf"))

    def apply(field: Field, description: Description) -> None:
        if number := field.parts[0][1].strip():
            key = keys.digest(description.source, number)
            description.thing.say(predicate, description.node("instance", key))

    return apply
