"""A rule for records that are not all about the same kind of thing: authorities of people, bodies, topics."""

from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field


def kind_rule(options: Options) -> Apply:
    """What kind of thing the record describes: kind (person, organization, ...); unless: parts with which it
    is something else (100 $t, a work). Such a rule is early, so that the others write on the right thing.
    """
    kind, unless = options.text("kind"), options.words("unless")

    def apply(field: Field, description: Description) -> None:
        if not (unless and field.first(unless)):
            description.thing.kind = kind

    return apply
