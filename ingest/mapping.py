"""Mappings: data files that say, field by field, how a record becomes statements.

A mapping is a TOML file that a librarian can read and edit:

    [mapping]
    name = "marc21"                 # also the layout of the records it reads
    version = "1"                   # part of what decides whether a record has changed
    describes = "work"              # what a record is about; "work" has an instance beside it
    prepare = "marc21"              # joins fields that belong together (ingest.prepare)
    passes_over = "001 003 9XX"     # fields that are read elsewhere or are nobody's business: not "unmapped"
    title.en = "MARC 21 bibliographic records"
    title.zh = "MARC 21 书目记录"

    [[rule]]
    field = "245"                   # a name; X stands for any one character, * for any number; or a list
    marks = "1."                    # the two indicators; . is any, _ a blank, [01] one of these
    rule = "title"                  # a kind of rule: a line of RULES below, a function of ingest/rules/
    parts = "a n p"                 # the subfields it reads
    note.en = "Title proper"        # for the page that shows this mapping
    note.zh = "正题名"
    example.given = "245 14 $a The book of the dance /$c Adela Roatcap."
    example.gives = ['work wy:title "The book of the dance"']

What else a rule may say is up to its kind; a key its kind does not know is refused. Every example is
a test: the record of the fields in `given` must give at least the statements in `gives`.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeAlias

from ingest.description import Description
from ingest.errors import MappingError
from ingest.model import Field, Record
from ingest.prepare import PREPARE
from kg.catalogue import Catalogue
from kg.terms import Triple
from ontology.errors import UnknownName

Apply: TypeAlias = Callable[[Field, Description], None]
"""A rule at work: reads one field, says what follows on the description."""

Fits: TypeAlias = Callable[[str], object]
"""Whether indicators fit: true or false, or a match."""

_COMMON = ("field", "marks", "rule", "note", "example", "early")


class Options:
    """What a rule of a mapping file says beyond the common keys; its kind takes what it knows."""

    def __init__(self, values: Table[str, object], place: str) -> None:
        self._values = dict(values)
        self._taken: set[str] = set()
        self.place = place
        """File and number of the rule, for messages."""

    def text(self, name: str, default: str = "") -> str:
        """The value of *name*; raises MappingError where it is not text."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise MappingError(f"{self.place}: {name!r} must be text, not {value!r}")
        return value

    def words(self, name: str, default: str = "") -> tuple[str, ...]:
        """The blank-separated words of the value of *name*."""
        return tuple(self.text(name, default).split())

    def flag(self, name: str, *, default: bool = False) -> bool:
        """The value of *name* as true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise MappingError(f"{self.place}: {name!r} must be true or false, not {value!r}")
        return value

    def table(self, name: str) -> dict[str, str]:
        """The value of *name* as a table of texts; empty where it is not given."""
        value = self._take(name, {})
        if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
            raise MappingError(f"{self.place}: {name!r} must be a table of texts, not {value!r}")
        return value

    def refuse_rest(self, kind: str) -> None:
        """Raises MappingError for a key that the rule's kind did not ask for."""
        for name in self._values:
            if name not in self._taken:
                known = ", ".join(sorted(self._taken | set(_COMMON)))
                raise MappingError(f"{self.place}: a {kind!r} rule has no key {name!r}; known: {known}")

    def _take(self, name: str, default: object) -> object:
        self._taken.add(name)
        return self._values.get(name, default)


RULES: Catalogue[Callable[[Options], Apply]] = Catalogue(
    "kinds of rule",
    {
        "text": "ingest.rules.values:text_rule",
        "value": "ingest.rules.values:value_rule",
        "code": "ingest.rules.values:code_rule",
        "link": "ingest.rules.values:link_rule",
        "constant": "ingest.rules.values:constant_rule",
        "key": "ingest.rules.values:key_rule",
        "language": "ingest.rules.values:language_rule",
        "date": "ingest.rules.dates:date_rule",
        "title": "ingest.rules.titles:title_rule",
        "agent": "ingest.rules.agents:agent_rule",
        "life": "ingest.rules.agents:life_rule",
        "publisher": "ingest.rules.publication:publisher_rule",
        "subject": "ingest.rules.subjects:subject_rule",
        "classification": "ingest.rules.subjects:classification_rule",
        "keyword": "ingest.rules.subjects:keyword_rule",
        "identifier": "ingest.rules.identifiers:identifier_rule",
        "related": "ingest.rules.relations:related_rule",
        "item": "ingest.rules.holdings:item_rule",
        "fixed": "ingest.rules.fixed:fixed_rule",
        "coded-dates": "ingest.rules.fixed:coded_dates_rule",
        "control-number": "ingest.rules.control_numbers:control_number_rule",
        "remainder": "ingest.rules.remainders:remainder_rule",
        "translation": "ingest.rules.translations:translation_rule",
        "extent-of-place": "ingest.rules.places:extent_rule",
        "unimarc-title": "ingest.rules.unimarc_titles:unimarc_title_rule",
        "area": "ingest.rules.areas:area_rule",
        "kind": "ingest.rules.kinds:kind_rule",
        "scheme": "ingest.rules.concepts:scheme_rule",
        "concept": "ingest.rules.concepts:concept_rule",
        "see-also": "ingest.rules.concepts:see_also_rule",
        "authority": "ingest.rules.concepts:authority_rule",
        "enumeration": "ingest.rules.enumerations:enumeration_rule",
        "held": "ingest.rules.held:held_rule",
        "choice": "ingest.rules.choices:choice_rule",
        "organization": "ingest.rules.organizations:organization_rule",
        "point": "ingest.rules.places:point_rule",
    },
    group="wenyuan.rules",
)
"""The kinds of rule: each a function that takes Options and gives a rule ready to run."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a rule promises: the fields it is given, and statements they give at least."""

    given: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a mapping file, ready to run. says: the rule as written, for its page."""

    fields: tuple[str, ...]
    marks: str
    kind: str
    early: bool
    apply: Apply
    note: Table[str, str]
    examples: tuple[Example, ...]
    says: Table[str, object]

    def reads(self, name: str) -> bool:
        """Whether the rule is about fields of that *name*."""
        return any(fnmatchcase(name, pattern) for pattern in self.fields)


class Mapping:
    """A mapping file, compiled: layout and version, and the rules by field."""

    def __init__(
        self, head: Table[str, object], rules: Iterable[Rule], *, file: Table[str, object] | None = None
    ) -> None:
        self.name = str(head["name"])
        self.version = str(head.get("version", "1"))
        self.describes = str(head.get("describes", "work"))
        self.prepare = PREPARE[str(head["prepare"])] if "prepare" in head else None
        self.title = {str(k): str(v) for k, v in _table(head.get("title")).items()}
        self.file = dict(file or {})
        """How a table or a JSON file is laid out (ingest.layout)."""
        self.rules = tuple(rules)
        self._passes_over = tuple(map(_pattern, str(head.get("passes_over", "")).split()))
        self._covered: dict[str, bool] = {}
        self._late: dict[str, tuple[tuple[Fits | None, Apply], ...]] = {}
        self._early: dict[str, tuple[tuple[Fits | None, Apply], ...]] = {}
        self._has_early = any(rule.early for rule in self.rules)

    @property
    def stamp(self) -> str:
        """Name and version: "marc21/1"."""
        return f"{self.name}/{self.version}"

    def describe(self, record: Record, *, base: str, source: str) -> list[Triple]:
        """The statements of *record*'s graph, sorted, without repetitions.

        Rules run in the order of the record's fields; early rules (the language of the text) before all.
        """
        description = Description(record, base=base, source=source, describes=self.describes)
        fields = self.prepare(record.fields) if self.prepare else record.fields
        if self._has_early:
            self._run(fields, description, early=True)
        self._run(fields, description, early=False)
        return description.statements(mapping=self.stamp)

    def covers(self, name: str) -> bool:
        """Whether any rule reads fields of that *name*, or the mapping passes them over on purpose."""
        known = self._covered.get(name)
        if known is None:
            patterns = (*self._passes_over, *(field for rule in self.rules for field in rule.fields))
            known = self._covered[name] = any(fnmatchcase(name, pattern) for pattern in patterns)
        return known

    def _run(self, fields: Iterable[Field], description: Description, *, early: bool) -> None:
        table = self._early if early else self._late
        for field in fields:
            rules = table.get(field.name)
            if rules is None:
                rules = table[field.name] = self._rules_for(field.name, early=early)
            for fits, apply in rules:
                if fits is None or fits(field.marks or "  "):
                    apply(field, description)

    def _rules_for(self, name: str, *, early: bool) -> tuple[tuple[Fits | None, Apply], ...]:
        return tuple(
            (_fitting(rule.marks), rule.apply)
            for rule in self.rules
            if rule.early == early and rule.reads(name)
        )


def names() -> list[str]:
    """The names of the bundled mappings."""
    files_there = (entry.name for entry in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in files_there if name.endswith(".toml"))


@cache
def bundled(name: str) -> Mapping:
    """The bundled mapping of that name; raises UnknownName with the known ones."""
    path = _folder() / f"{name}.toml"
    if "/" in name or not path.is_file():
        raise UnknownName(f"no mapping called {name!r}; known: {', '.join(names())}")
    return parse(path.read_text(encoding="utf-8"), f"{name}.toml")


def fingerprint(file: str = "") -> str:
    """A hash of all that decides how a record is mapped: the user's mapping *file* or the bundled ones, and
    the rules. A record need not be mapped again while this and its bytes are the same.
    """
    rules = sorted((files("ingest") / "rules").iterdir(), key=lambda entry: entry.name)
    mappings = [Path(file)] if file else sorted(_folder().iterdir(), key=lambda entry: entry.name)
    hashed = sha256()
    for entry in (*rules, *mappings):
        if entry.is_file():
            hashed.update(entry.read_bytes())
    return hashed.hexdigest()


def read(path: Path) -> Mapping:
    """The mapping in a user's file; raises MappingError naming the file, the rule and the key."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: cannot be read: {error}") from error


def parse(content: str, file: str) -> Mapping:
    """The mapping that *content* (TOML) says. file: its name in messages."""
    try:
        parsed = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file}: not valid TOML: {error}") from error
    head, rules = _table(parsed.get("mapping")), parsed.get("rule", [])
    if "name" not in head:
        raise MappingError(f"{file}: [mapping] needs a 'name'")
    if (prepare := head.get("prepare", "marc21")) not in PREPARE:
        raise MappingError(f"{file}: no preparation {prepare!r}; known: {', '.join(PREPARE)}")
    if unknown := set(parsed) - {"mapping", "file", "rule"}:
        raise MappingError(f"{file}: unknown section {sorted(unknown)[0]!r}; known: mapping, file, rule")
    made = [_rule(_table(rule), f"{file}: rule {n}") for n, rule in enumerate(rules, 1)]
    return Mapping(head, made, file=_table(parsed.get("file")))


def _rule(given: dict[str, object], place: str) -> Rule:
    kind, fields = given.get("rule"), given.get("field")
    if not isinstance(kind, str) or not fields:
        raise MappingError(f"{place}: needs 'field' and 'rule'")
    wanted = fields if isinstance(fields, list) else [fields]
    options = Options({name: value for name, value in given.items() if name not in _COMMON}, place)
    try:
        apply = RULES[kind](options)
    except UnknownName as error:
        raise MappingError(f"{place}: {error}") from error
    options.refuse_rest(kind)
    return Rule(
        fields=tuple(_pattern(str(name)) for name in wanted),
        marks=_marks(given.get("marks", ""), place),
        kind=kind,
        early=bool(given.get("early", False)),
        apply=apply,
        note={str(k): str(v) for k, v in _table(given.get("note")).items()},
        examples=tuple(_example(entry, place) for entry in _listed(given.get("example"))),
        says=given,
    )


def _pattern(name: str) -> str:
    """A field name as a pattern: in a three-character tag, a capital X is any character."""
    return name.replace("X", "?") if len(name) == 3 and re.fullmatch(r"[0-9X]{3}", name) else name


def _example(entry: object, place: str) -> Example:
    table = _table(entry)
    if set(table) != {"given", "gives"}:
        raise MappingError(f"{place}: an example has 'given' and 'gives', not {sorted(table)}")
    return Example(*(tuple(str(line) for line in _listed(table[name])) for name in ("given", "gives")))


def _marks(written: object, place: str) -> str:
    if not isinstance(written, str) or not re.fullmatch(r"(?:[0-9a-z._]|\[\^?[0-9a-z_|-]+\]){0,2}", written):
        raise MappingError(
            f"{place}: 'marks' is two indicators such as '1.', '_0' or '.[01]', not {written!r}"
        )
    return written


def _fitting(marks: str) -> Fits | None:
    """What tells whether indicators fit *marks*; None where any do."""
    return re.compile(marks.replace("_", " ")).match if marks else None


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _folder() -> Traversable:
    return files("ingest") / "mappings"
