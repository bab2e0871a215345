"""A rule for field 200 of UNIMARC and CNMARC, in which titles, their parts and their authors take turns."""

from collections.abc import Iterator

from ingest import clean, isbd
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field, Part
from ingest.rules.titles import by_script, is_latin, script, tags
from kg.terms import named, text
from ontology import codes

_TITLE, _ALSO, _SUBTITLE = named("wy:title"), named("wy:altTitle"), named("wy:subtitle")


def unimarc_title_rule(options: Options) -> Apply:
    """Titles and responsibility of 200: the title proper with its numbered and named parts ($a $h $i) as
    wy:title and as the key of the work, with its pinyin ($A, $9) beside it; $e as wy:subtitle; parallel
    titles ($d), and works contained ($a again, $c), as wy:altTitle; $f and $g as wy:responsibility.

    on ("work instance").
    """
    nodes = options.words("on", "work instance")

    def apply(field: Field, description: Description) -> None:
        groups = list(_groups(field.parts))
        if not groups:
            return
        _say_proper(groups[0], field, description, nodes)
        languages = [codes.language(value) for value in field.all("z")]
        for group in groups[1:]:
            is_parallel = group[0][0] == "d"
            own = languages.pop(0) if is_parallel and languages else ""
            _say(description, nodes, _ALSO, (_name(group, "acdehi"), own or _guessed(group, description)))
        if said := isbd.responsibility(field):
            tag = by_script(said, description.language)
            description.instance.say(named("wy:responsibility"), text(said, tag))

    return apply


def _groups(parts: tuple[Part, ...]) -> Iterator[list[Part]]:
    """The parts of each title: a new one begins with $a, $c or $d, the rest belong to it."""
    group: list[Part] = []
    for code, value in parts:
        if code in ("a", "c", "d"):
            if group:
                yield group
            group = [(code, value)]
        elif group:
            group.append((code, value))
    if group:
        yield group


def _say_proper(group: list[Part], field: Field, description: Description, nodes: tuple[str, ...]) -> None:
    main, second = _name(group, "ahi"), isbd.pinyin(field)
    if second and not (is_latin(second) and script(main)):
        second = ""
    main_tag, second_tag = tags(main, second, description.language, "pinyin")
    _say(description, nodes, _TITLE, (main, main_tag), (second, second_tag))
    subtitles = [(clean.isbd(value), "e") for code, value in group if code == "e"]
    romanised = [value for code, value in field.parts if code == "E"]
    for number, (written, _) in enumerate(subtitles):
        other = romanised[number] if number < len(romanised) else ""
        one, two = tags(written, other, description.language, "pinyin")
        _say(description, nodes, _SUBTITLE, (written, one), (other, two))
    if not description.key_title:
        description.key_title = clean.title_proper(" ".join(value for code, value in group if code in "ahi"))


def _name(group: list[Part], wanted: str) -> str:
    """The title of *group* with its signs: "海峡西岸经济区发展报告. 2017, 基于自贸区背景"."""
    field = Field("200", tuple((code, clean.isbd(value)) for code, value in group if code in wanted))
    return isbd.title(field)


def _guessed(group: list[Part], description: Description) -> str:
    """The language of a further title: the record's, where its script allows that."""
    name = group[0][1]
    if group[0][0] == "d" or (is_latin(name) and description.language in ("zh", "ja", "ko")):
        return by_script(name, "")
    return by_script(name, description.language)


def _say(description: Description, nodes: tuple[str, ...], predicate: str, *values: tuple[str, str]) -> None:
    for value, tag in values:
        for name in nodes if value else ():
            description.named(name).say(predicate, text(value, tag))
