"""The outline of a query: its groups, the sentences in them, and who is called what. Not a full parser.

It reads what the engine will read, as far as rewriting needs it, and gives up (Unclear, with the place)
where words alone do not tell: then nothing is rewritten. The engine checks the syntax of the rest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from kg.sparql.lexer import Kind, Token, tokens
from ontology.namespaces import PREFIXES

_OPENING = {"(": ")", "[": "]", "{": "}"}
_INTRODUCTIONS = frozenset(("OPTIONAL", "UNION", "MINUS", "LATERAL"))
_TERMS = frozenset((Kind.STRING, Kind.IRI, Kind.DOUBTFUL, Kind.VARIABLE, Kind.NAME, Kind.NUMBER))
_WORD_TERMS = frozenset(("A", "TRUE", "FALSE"))
_TEMPLATES = frozenset(("CONSTRUCT", "INSERT", "DELETE", "DATA"))


class Unclear(Exception):
    """What stands at this offset cannot be told by words alone."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"unclear at {offset}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Term:
    """One term as it is written.

    kind: "variable", "iri", "literal", "number", "boolean", or "other" for lists, nodes and triple terms.
    value: name, full IRI, text, digits or "true"; language, datatype of a literal; items of a list.
    """

    kind: str
    value: str
    start: int
    end: int
    language: str = ""
    datatype: str = ""
    items: tuple["Term", ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb with its objects. iri: of a plain one, "" for a variable or a path; iris: all that it names."""

    iri: str
    iris: tuple[str, ...]
    objects: tuple[Term, ...]
    start: int
    end: int
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A subject with what is said of it. end: behind its last object, or the full stop that follows it."""

    subject: Term
    verbs: tuple[Verb, ...]
    start: int
    end: int


@dataclass(slots=True)
class Group:
    """What stands between two braces.

    introduction: the keyword before it: OPTIONAL, GRAPH, SERVICE, EXISTS ..., "" for a plain one.
    target: after GRAPH and SERVICE. start, end: from its introduction to behind its brace. opens: behind the
    opening brace. runs: sentences that belong to one basic graph pattern, together. filters: the spans of
    its FILTERs. is_template: what is made or deleted, not what is asked.
    """

    introduction: str
    start: int
    opens: int = 0
    closes: int = 0
    end: int = 0
    target: Term | None = None
    is_silent: bool = False
    is_template: bool = False
    is_select: bool = False
    runs: list[list[Sentence]] = field(default_factory=list)
    filters: list[tuple[int, int]] = field(default_factory=list)
    values: list[tuple[int, int]] = field(default_factory=list)
    children: list["Group"] = field(default_factory=list)
    nested: list[Verb] = field(default_factory=list)
    """Verbs within nodes in brackets."""

    def walk(self) -> Iterator["Group"]:
        """The group and all within it, outer ones first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Outline:
    """The outline of *text*. Raises Unclear.

    groups: the outermost ones. prefixes, base: as they are declared, later ones count.
    """

    def __init__(self, text: str, base_iri: str = "") -> None:
        self.text = text
        self.base = base_iri
        self.prefixes = dict(PREFIXES)
        self.groups: list[Group] = []
        self._tokens = list(tokens(text))
        self._at = 0
        self._read()

    def walk(self) -> Iterator[Group]:
        """All groups, outer ones first."""
        for group in self.groups:
            yield from group.walk()

    @property
    def tokens(self) -> list[Token]:
        """All tokens of the text."""
        return self._tokens

    def iri_of(self, token: Token) -> str:
        """The full IRI that a token names; "" where it is none."""
        if token.kind in (Kind.IRI, Kind.DOUBTFUL):
            said = _unescaped(token.text[1:-1])
            try:
                return urljoin(self.base, said) if self.base else said
            except ValueError:  # A [ that no address has in this place. The engine says so.
                return ""
        if token.kind is Kind.NAME:
            prefix, _, local = token.text.partition(":")
            space = self.prefixes.get(prefix)
            return "" if space is None else space + _plain_name(local)
        return ""

    def text_of(self, token: Token) -> str:
        """The text of a string, without quotation marks and escapes."""
        quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) >= 6 else 1
        return _unescaped(token.text[quotes:-quotes])

    # Reading: each method begins at self._at and leaves it behind what it read.

    def _read(self) -> None:
        introduction = ""
        while (token := self._peek()) is not None:
            word = _word(token)
            if token.text == "{":
                self.groups.append(self._group(introduction, token.start))
                introduction = ""
            elif word == "PREFIX":
                self._prefix()
            elif word == "BASE":
                self._base()
            elif token.text == "(":
                self._expression(None)
            elif word == "VALUES":
                self._values(None)
            else:
                # CONSTRUCT WHERE and DELETE WHERE: one group is both pattern and template.
                if word in _TEMPLATES or (word == "WHERE" and introduction not in _TEMPLATES):
                    introduction = word
                elif token.kind is Kind.WORD and word.startswith("SELECT"):
                    introduction = "SELECT"
                self._at += 1

    def _prefix(self) -> None:
        name, iri = self._ahead(1), self._ahead(2)
        if name is None or iri is None or name.kind is not Kind.NAME:
            raise Unclear(self._offset())
        self.prefixes[name.text.removesuffix(":")] = self.iri_of(iri)
        self._at += 3

    def _base(self) -> None:
        iri = self._ahead(1)
        if iri is None:
            raise Unclear(self._offset())
        self.base = self.iri_of(iri)
        self._at += 2

    def _group(
        self, introduction: str, start: int, target: Term | None = None, *, is_silent: bool = False,
        is_template: bool = False,
    ) -> Group:  # fmt: skip
        """A group; self._at is at its brace."""
        made = Group(introduction, start, target=target, is_silent=is_silent)
        made.is_template = is_template or introduction in _TEMPLATES
        made.opens = self._take("{").start + 1
        run: list[Sentence] = []
        while (token := self._peek()) is not None and token.text != "}":
            if token.text == ".":
                self._at += 1
            elif self._is_sentence(token):
                sentence = self._sentence(made)
                if not run:
                    made.runs.append(run)
                run.append(sentence)
            else:
                if _word(token) != "FILTER":
                    run = []  # A FILTER does not end a basic graph pattern (SPARQL 1.1, § 5.1.1).
                self._other(made, token)
        closing = self._take("}")
        made.closes, made.end = closing.start, closing.start + 1
        return made

    def _is_sentence(self, token: Token) -> bool:
        if token.kind in _TERMS or token.text in ("(", "[", "<"):
            return True
        return token.kind is Kind.WORD and token.text.upper() in ("TRUE", "FALSE")

    def _other(self, group: Group, token: Token) -> None:
        """What stands in a group and is no sentence."""
        word = _word(token)
        if token.text == "{":
            group.children.append(self._group("", token.start, is_template=group.is_template))
        elif word in _INTRODUCTIONS:
            self._at += 1
            self._child(group, word, token.start)
        elif word in ("GRAPH", "SERVICE"):
            self._at += 1
            is_silent = word == "SERVICE" and self._skip("SILENT")
            target = self._term(None)
            group.children.append(
                self._group(word, token.start, target, is_silent=is_silent, is_template=group.is_template)
            )
        elif word == "FILTER":
            self._at += 1
            self._constraint(group)
            group.filters.append((token.start, self._behind()))
        elif word == "BIND":
            self._at += 1
            self._expression(group)
        elif word == "VALUES":
            self._values(group)
        elif token.kind is Kind.WORD and word.startswith("SELECT"):
            group.is_select = True
            self._select(group)
        else:
            raise Unclear(token.start)

    def _child(self, group: Group, word: str, start: int) -> None:
        token = self._peek()
        if token is None or token.text != "{":
            raise Unclear(self._offset())
        group.children.append(self._group(word, start))

    def _values(self, group: Group | None) -> None:
        start = self._offset()
        while (there := self._peek()) is not None and there.text != "{":
            self._at += 1
        self._balanced()
        if group is not None:
            group.values.append((start, self._behind()))

    def _select(self, group: Group) -> None:
        """A subselect: all that stands in its group."""
        while (token := self._peek()) is not None and token.text != "}":
            if token.text == "{":
                group.children.append(self._group("SELECT", token.start))
            elif token.text == "(":
                self._expression(group)
            elif _word(token) == "VALUES":
                self._values(group)
            elif _word(token) in ("EXISTS", "NOT"):
                self._constraint(group)
            else:
                self._at += 1

    def _constraint(self, group: Group) -> None:
        """What stands after FILTER: brackets, EXISTS, or a function."""
        token = self._peek()
        if token is None:
            raise Unclear(self._offset())
        if _word(token) in ("EXISTS", "NOT"):
            self._skip("NOT")
            start = self._offset()
            if not self._skip("EXISTS"):
                raise Unclear(start)
            self._child(group, "EXISTS", start)
            return
        if token.text != "(":
            self._at += 1  # The name of a function; its brackets follow.
        self._expression(group)

    def _expression(self, group: Group | None) -> None:
        """An expression in brackets; the groups of its EXISTS become children."""
        self._take("(")
        while (token := self._peek()) is not None and token.text != ")":
            if token.text == "(":
                self._expression(group)
            elif token.text == "{":
                child = self._group("EXISTS", token.start)
                if group is None:
                    self.groups.append(child)
                else:
                    group.children.append(child)
            elif token.kind is Kind.UNCLOSED or token.text in ("}", "]"):
                raise Unclear(token.start)
            else:
                self._at += 1
        self._take(")")

    def _sentence(self, group: Group) -> Sentence:
        subject = self._term(group)
        verbs: list[Verb] = []
        while True:
            while self._skip(";"):
                pass
            token = self._peek()
            if token is None or token.text in (".", "}") or not self._begins_verb(token):
                break
            verbs.append(self._verb(group))
        end = self._behind()
        if (token := self._peek()) is not None and token.text == ".":
            end = token.start + 1
            self._at += 1
        if not verbs and subject.kind not in ("node", "list"):
            raise Unclear(subject.start)
        return Sentence(subject, tuple(verbs), subject.start, end)

    def _begins_verb(self, token: Token) -> bool:
        if token.kind in (Kind.IRI, Kind.DOUBTFUL, Kind.VARIABLE, Kind.NAME):
            return True
        return token.text in ("^", "!", "(") or token.text == "a"

    def _verb(self, group: Group) -> Verb:
        start = self._offset()
        first = self._at
        is_path = self._path()
        spoken = self._tokens[first : self._at]
        iris = tuple(filter(None, (self.iri_of(token) for token in spoken)))
        objects = [self._term(group)]
        self._annotation()
        while self._skip(","):
            objects.append(self._term(group))
            self._annotation()
        plain = iris[0] if iris and not is_path else ""
        return Verb(plain, iris, tuple(objects), start, self._behind(), is_path)

    def _path(self) -> bool:
        """A verb or a path; says whether it is more than one word."""
        first = self._at
        while True:
            while (token := self._need()).text in ("^", "!"):
                self._at += 1
            if token.text == "(":
                self._balanced()
            elif self.iri_of(token) or token.kind is Kind.VARIABLE or token.text == "a":
                self._at += 1
            else:
                raise Unclear(token.start)
            while (token := self._need()).text in ("*", "+", "?"):
                self._at += 1
            if token.text not in ("/", "|"):
                return self._at - first > 1
            self._at += 1

    def _annotation(self) -> None:
        """Reifiers and annotations of RDF 1.2 stand behind objects; nothing is called in them."""
        while (token := self._peek()) is not None:
            after = self._ahead(1)
            if token.text == "~":
                self._at += 1
                if (token := self._peek()) is not None and token.kind in _TERMS:
                    self._at += 1
            elif token.text == "{" and after is not None and after.text in ("|", "||"):
                self._balanced()
            else:
                return

    def _term(self, group: Group | None) -> Term:
        token = self._need()
        if token.text == "[":
            return self._node(group)
        if token.text == "(":
            return self._list(group)
        if token.text in ("<", "<<"):
            raise Unclear(token.start)
        if token.text in ("+", "-"):
            self._at += 1
            number = self._need()
            if number.kind is not Kind.NUMBER:
                raise Unclear(token.start)
            self._at += 1
            return Term("number", token.text + number.text, token.start, self._behind())
        self._at += 1
        if token.kind is Kind.STRING:
            return self._literal(token)
        return self._simple(token)

    def _simple(self, token: Token) -> Term:
        end = token.start + len(token.text)
        if token.kind is Kind.VARIABLE:
            return Term("variable", token.text[1:], token.start, end)
        if token.kind is Kind.NUMBER:
            return Term("number", token.text, token.start, end)
        if token.kind is Kind.WORD and token.text.upper() in _WORD_TERMS:
            return Term("boolean", token.text.lower(), token.start, end)
        if token.kind is Kind.NAME and token.text.startswith("_:"):
            return Term("node", token.text, token.start, end)
        if iri := self.iri_of(token):
            return Term("iri", iri, token.start, end)
        raise Unclear(token.start)

    def _literal(self, token: Token) -> Term:
        language = datatype = ""
        follows = self._peek()
        if follows is not None and follows.kind is Kind.TAG:
            language = follows.text[1:]
            self._at += 1
        elif follows is not None and follows.text == "^^":
            self._at += 1
            datatype = self.iri_of(self._need())
            self._at += 1
        return Term("literal", self.text_of(token), token.start, self._behind(), language, datatype)

    def _list(self, group: Group | None) -> Term:
        start = self._take("(").start
        items = []
        while self._need().text != ")":
            items.append(self._term(group))
        self._at += 1
        return Term("list", "", start, self._behind(), items=tuple(items))

    def _node(self, group: Group | None) -> Term:
        """A node in brackets; what is said of it goes to the group's nested verbs."""
        start = self._take("[").start
        while self._need().text != "]":
            if self._skip(";"):
                continue
            verb = self._verb(group or Group("", start))
            if group is not None:
                group.nested.append(verb)
        self._at += 1
        return Term("node", "", start, self._behind())

    def _balanced(self) -> None:
        """Skips brackets with all that is in them."""
        open_marks = []
        while True:
            token = self._need()
            if token.kind is Kind.MARK and token.text in _OPENING:
                open_marks.append(_OPENING[token.text])
            elif token.text in (")", "]", "}") and (not open_marks or open_marks.pop() != token.text):
                raise Unclear(token.start)
            self._at += 1
            if not open_marks:
                return

    def _peek(self) -> Token | None:
        return self._ahead(0)

    def _ahead(self, count: int) -> Token | None:
        place = self._at + count
        return self._tokens[place] if place < len(self._tokens) else None

    def _need(self) -> Token:
        token = self._peek()
        if token is None:
            raise Unclear(len(self.text))
        return token

    def _take(self, mark: str) -> Token:
        token = self._need()
        if token.text != mark:
            raise Unclear(token.start)
        self._at += 1
        return token

    def _skip(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.text.upper() != word or token.kind is Kind.STRING:
            return False
        self._at += 1
        return True

    def _offset(self) -> int:
        token = self._peek()
        return len(self.text) if token is None else token.start

    def _behind(self) -> int:
        """The offset behind the last token that was read."""
        token = self._tokens[self._at - 1]
        return token.start + len(token.text)


def _word(token: Token) -> str:
    return token.text.upper() if token.kind is Kind.WORD else ""


_NAMED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LOCAL_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(text: str) -> str:
    """*text* without the escapes of strings and of code points (SPARQL 1.1, § 19.2 and 19.7)."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _NAMED.get(found[3], found[3])


def _plain_name(local: str) -> str:
    """The local part of a name without its escapes (SPARQL 1.1, § 19.8, PLX)."""
    return _LOCAL_ESCAPE.sub(r"\1", local) if "\\" in local else local
