"""A rule for what follows a title proper in MARC 21: a subtitle, or the title in another language."""

from ingest import clean
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.titles import tags
from kg.terms import named, text


def remainder_rule(options: Options) -> Apply:
    """The remainder of a title, by the sign before it (ISBD, § 1.3 and 1.4): after "=" it is a parallel
    title (wy:altTitle), after ";" another title, after anything else the subtitle.

    parts; other: the same in another script; on ("work instance").
    """
    parts, other = options.words("parts", "b"), options.words("other")
    nodes = options.words("on", "work instance")

    def apply(field: Field, description: Description) -> None:
        second = " ".join(map(clean.isbd, field.all(other))) if other else ""
        before = ""
        for code, value in field.parts:
            if code in parts and (written := clean.isbd(value)):
                is_title = before.endswith(("=", ";"))
                main_tag, other_tag = tags(
                    written, second, "" if before.endswith("=") else description.language
                )
                predicate = named("wy:altTitle" if is_title else "wy:subtitle")
                for node in map(description.named, nodes):
                    node.say(predicate, text(written, main_tag))
                    if second:
                        node.say(predicate, text(second, other_tag))
                second = ""
            if not code.startswith("880"):
                before = value.rstrip()

    return apply
