"""A rule for translations: that a record is of one, and of what."""

from ingest import clean, keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.titles import script
from kg.terms import named, text
from ontology import codes


def translation_rule(options: Options) -> Apply:
    """A translation. Its language becomes part of the work's key, so it is not taken for the original.

    text: the part with the language of the text (041 $a, 101 $a); original: the part with that of the
    original (041 $h, 101 $c), without which it is none; or title: the part with the original's title
    (240 $a) and language: the part with the language it was translated into (240 $l): then the
    original work is said as wy:translationOf. collective: titles that name no work ("Works").
    """
    into, original = options.words("text"), options.words("original")
    title, language = options.words("title"), options.words("language")
    collective = frozenset(name.strip().lower() for name in options.text("collective").split(";"))

    def apply(field: Field, description: Description) -> None:
        if original:
            if field.first(original) and (code := codes.language(field.first(into)[:3])):
                description.translated_into = code
            return
        name = clean.name(field.first(title))
        if not name or not field.first(language) or name.lower() in collective:
            return
        work = description.node("work", keys.work(clean.title_proper(name), description.key_creator))
        work.say(named("wy:title"), text(name, "zh" if script(name) == "Hani" else ""))
        description.work.say(named("wy:translationOf"), work)

    return apply
