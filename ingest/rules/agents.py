"""Rules for agents: people, organisations and meetings, what they did, and what they are called."""

import re
from dataclasses import dataclass

from ingest import clean, keys
from ingest.dates import life
from ingest.description import Description, Node
from ingest.mapping import Apply, Options
from ingest.model import Field
from ingest.rules.authorities import address_of, own_key
from ingest.rules.titles import is_latin, script, script_code, tags
from kg.terms import iri, named, text, typed
from ontology import codes
from ontology.namespaces import expand

_CREATING = frozenset(
    expand(f"rel:{code}") for code in ("aut", "cre", "cmp", "art", "ctg", "inv", "prg", "lbt", "lyr", "pht")
)
"""Roles that make an agent the creator, beside being the main entry (RDA, I.2.1)."""
_NAME, _BIRTH, _DEATH = named("wy:name"), named("wy:birth"), named("wy:death")
_DYNASTIES = re.compile(
    r"[(（\[]?((?:[東西南北前後后東三五]{0,2}(?:周|秦|漢|汉|魏|蜀|吳|吴|晉|晋|宋|齊|齐|梁|陳|陈|隋|唐|遼|辽|金|元|明|清|民國|民国)))[)）\]]?"
)


@dataclass(frozen=True, slots=True)
class Named:
    """An agent's name as a field gives it: main form, the form in another script, and years of life."""

    main: str
    other: str = ""
    born: str = ""
    died: str = ""
    dynasty: str = ""

    @property
    def vernacular(self) -> str:
        """The form in the original script, by which the agent is known across catalogues."""
        return self.other if self.other and is_latin(self.main) else self.main


@dataclass(frozen=True, slots=True)
class Naming:
    """Which parts of a field say who: the options that every rule about an agent shares."""

    kind: str
    name: tuple[str, ...]
    given: tuple[str, ...]
    join: str
    other: tuple[str, ...]
    other_scheme: str
    dates: tuple[str, ...]
    dynasty: tuple[str, ...]
    identifiers: tuple[str, ...]

    @classmethod
    def of(cls, options: Options) -> "Naming":
        """Read from *options*: agent (person, organization, event), name, given, join, other, other_scheme,
        dates, dynasty, identifiers.
        """
        return cls(
            kind=options.text("agent", "person"),
            name=options.words("name", "a"),
            given=options.words("given"),
            join=options.text("join", " "),
            other=options.words("other"),
            other_scheme=options.text("other_scheme"),
            dates=options.words("dates"),
            dynasty=options.words("dynasty"),
            identifiers=options.words("identifiers", "0 1"),
        )

    def read(self, field: Field) -> Named | None:
        """The name in *field*, None where it has none."""
        main = _joined(field, self.name, self.join)
        if given := _joined(field, self.given, " "):
            given = given.lstrip(", ")
            main = (
                f"{main}{given}" if script(main) and script(given) else f"{main}, {given}" if main else given
            )
        if not main:
            return None
        other = _joined(field, self.other, self.join)
        born, died = life(" ".join(field.all(self.dates))) if self.dates else ("", "")
        dynasty = _DYNASTIES.fullmatch(field.first(self.dynasty).strip()) if self.dynasty else None
        return Named(main, other, born, died, dynasty[1] if dynasty else "")

    def node(self, field: Field, description: Description) -> tuple[Node, Named] | None:
        """The agent that *field* names, described with its names, dates and identifiers."""
        called = self.read(field)
        if called is None:
            return None
        identifiers = [value for code, value in field.parts if code in self.identifiers]
        node = description.node(self.kind, self._key(called, identifiers))
        if not node.statements:
            say_names(node, called, description, scheme=self.other_scheme)
            say_life(node, called)
            for address in filter(None, map(address_of, identifiers)):
                node.say(named("wy:exactMatch"), iri(address))
        return node, called

    def _key(self, called: Named, identifiers: list[str]) -> str:
        for identifier in identifiers:
            if key := own_key(self.kind, identifier):
                return key
        if self.kind == "person":
            return keys.person(called.vernacular, called.born)
        return keys.named(self.kind, called.vernacular)


def agent_rule(options: Options) -> Apply:
    """Somebody who had a part in the work: an agent, a contribution with role and place in the order.

    agent, name, given, join, other, other_scheme, dates, dynasty, identifiers: see Naming.
    roles: parts with role codes or words; role: the relator code where no part says one;
    main: a main entry, whose agent is the creator; affiliation: parts that name an organisation;
    unless: parts that make the field a heading for something else (700 $t).
    """
    naming = Naming.of(options)
    roles, role = options.words("roles"), options.text("role")
    main, unless = options.flag("main"), options.words("unless")
    affiliation, default = options.words("affiliation"), codes.relator(role) if role else ""

    def apply(field: Field, description: Description) -> None:
        if unless and field.first(unless):
            return
        found = naming.node(field, description)
        if found is None:
            return
        agent, called = found
        words = [clean.name(value) for code, value in field.parts if code in roles]
        done = list(dict.fromkeys(filter(None, map(codes.relator, words)))) or ([default] if default else [])
        description.key_creator = description.key_creator or keys.creator(called.vernacular)
        contribution = _contribution(description, agent, done)
        for word in words:
            if not codes.relator(word):
                contribution.say(named("wy:roleText"), text(word))
        if main or not _CREATING.isdisjoint(done):
            description.work.say(named("wy:creator"), agent)
        for name in _affiliations(field, affiliation):
            organization = description.node("organization", keys.named("organization", name))
            organization.say(_NAME, text(name, "zh" if script(name) == "Hani" else ""))
            contribution.say(named("wy:affiliation"), organization)

    return apply


def life_rule(options: Options) -> Apply:
    """The name of the agent that an authority record is about, on the thing itself.

    property: wy:name for the heading, wy:altName for see-from tracings; the rest as in an agent rule.
    """
    naming, predicate = Naming.of(options), named(options.text("property", "wy:name"))
    is_key = options.flag("key")

    def apply(field: Field, description: Description) -> None:
        thing, called = description.thing, naming.read(field)
        # The heading of a concept (a name with subdivisions) is not the name of an agent.
        if called is None or thing.kind == "concept":
            return
        if is_key and not description.key:
            description.key = (
                keys.person(called.vernacular, called.born)
                if thing.kind == "person"
                else keys.named(thing.kind, called.vernacular)
            )
        say_names(thing, called, description, scheme=naming.other_scheme, predicate=predicate)
        if predicate == _NAME:
            say_life(thing, called)

    return apply


def say_names(
    node: Node, called: Named, description: Description, *, scheme: str = "", predicate: str = _NAME
) -> None:
    """Says both forms of a name with their languages; where there are two, as two name forms as well."""
    record_language = description.language if script(called.vernacular) else ""
    main, other = tags(called.main, called.other, record_language, scheme)
    node.say(predicate, text(called.main, main))
    if not called.other or called.other == called.main:
        return
    node.say(predicate, text(called.other, other))
    for value, tag in ((called.main, main), (called.other, other)):
        form = description.fragment(node, "name", f"name-{keys.digest(value)}")
        form.say(named("wy:literalForm"), text(value, tag))
        form.say(named("wy:script"), text(script_code(value)))
        if "-latn" in tag and scheme:
            form.say(named("wy:transliteration"), text(scheme))
        node.say(named("wy:nameForm"), form)


def say_life(node: Node, called: Named) -> None:
    """Says years of birth and death, and the dynasty."""
    if called.born and not node.has(_BIRTH):
        node.say(_BIRTH, text(called.born))
    if called.died and not node.has(_DEATH):
        node.say(_DEATH, text(called.died))
    if called.dynasty:
        node.say(named("wy:dynasty"), text(called.dynasty, "zh"))


def _contribution(description: Description, agent: Node, roles: list[str]) -> Node:
    """What *agent* did for the work; said once however often the record says it."""
    local = agent.iri.rpartition("/")[2]
    contribution = description.fragment(description.work, "contribution", f"by-{local}")
    if not contribution.statements:
        description.positions += 1
        contribution.say(named("wy:agent"), agent)
        contribution.say(named("wy:position"), typed(description.positions, "integer"))
        description.work.say(named("wy:contribution"), contribution)
    for role in roles:
        contribution.say(named("wy:role"), iri(role))
    return contribution


def _affiliations(field: Field, codes_: tuple[str, ...]) -> list[str]:
    return [clean.name(value) for code, value in field.parts if code in codes_ and value.strip()]


def _joined(field: Field, wanted: tuple[str, ...], join: str) -> str:
    values = [clean.space(value) for code, value in field.parts if code in wanted]
    if len(values) > 1 and join.strip():
        # "United States." and "Dept. of State." joined by ". " have one full stop between them.
        return join.join(filter(None, map(clean.name, values))).replace("." + join, join)
    return clean.name(join.join(values)) if values else ""
