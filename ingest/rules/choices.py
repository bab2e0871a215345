"""A rule for values of a short list: types of works, statuses, codes that only one format has."""

from ingest.clean import space
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text


def choice_rule(options: Options) -> Apply:
    """What a value means by the table in the mapping itself: {journal-article = "wytype:article"}.

    table: value → prefixed name, or "text" in quotes; otherwise: what any other value means, none if not
    given; property; parts (all); on ("work"). Values compare without regard to case. Says one thing a
    field at most, and nothing where the node has the property already.
    """
    table = {value.casefold(): _term(meaning) for value, meaning in options.table("table").items()}
    otherwise = options.text("otherwise")
    default = _term(otherwise) if otherwise else ""
    predicate, parts = named(options.text("property")), options.words("parts")
    nodes = options.words("on", "work")

    def apply(field: Field, description: Description) -> None:
        values = [space(value).casefold() for code, value in field.parts if not parts or code in parts]
        found = next((table[value] for value in values if value in table), default if values else "")
        for name in nodes if found else ():
            node = description.named(name)
            if not node.has(predicate):
                node.say(predicate, found)

    return apply


def _term(meaning: str) -> str:
    return text(meaning[1:-1]) if meaning.startswith('"') else named(meaning)
