"""What came of a query: rows, a yes or no, or a graph, with the forms in which analysts want them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from api.client.values import Blank, Iri, Statement, Term, Value, value
from kg.errors import QueryRefused
from kg.formats import by_name
from ontology.errors import MissingExtra

if TYPE_CHECKING:
    import networkx  # type: ignore[import-untyped]  # It has no types.
    import pandas  # type: ignore[import-untyped]  # It has none without its stubs.
    import polars

SHOWN = 20
"""Rows that a notebook shows."""

_PARTS = ("subject", "predicate", "object")


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a query, whole.

    columns: names of the variables; of a graph subject, predicate, object; of an ASK none.
    terms: the rows as RDF terms (pyoxigraph); None where a variable is not bound.
    is_graph: of a CONSTRUCT or a DESCRIBE. answer: of an ASK, else None.
    """

    columns: tuple[str, ...]
    terms: Sequence[tuple[Term | None, ...]]
    is_graph: bool = False
    answer: bool | None = None

    @property
    def rows(self) -> list[tuple[Value, ...]]:
        """The rows as Python values; of a graph Statements."""
        return list(self)

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        for row in self.terms:
            values = tuple(map(value, row))
            yield Statement(*values) if self.is_graph else values

    def __len__(self) -> int:
        return len(self.terms)

    def __bool__(self) -> bool:
        """What an ASK says; else whether anything was found."""
        return bool(self.terms) if self.answer is None else self.answer

    def dicts(self) -> list[dict[str, Value]]:
        """The rows with the names of the columns, without those that are not bound."""
        return [
            {name: each for name, each in zip(self.columns, row, strict=True) if each is not None}
            for row in self
        ]

    def to_pandas(self) -> "pandas.DataFrame":
        """A table of pandas, with types that can say "nothing"."""
        try:
            import pandas
        except ImportError as error:
            raise _missing("pandas") from error
        return pandas.DataFrame(
            {name: pandas.Series(column, dtype=object) for name, column in self._columns()},
            columns=list(self.columns),
        ).convert_dtypes()

    def to_polars(self) -> "polars.DataFrame":
        """A table of polars. A column whose values are of several kinds is one of text."""
        try:
            import polars
        except ImportError as error:
            raise _missing("polars") from error
        return polars.DataFrame(dict(self._columns()))

    def to_networkx(self) -> "networkx.MultiDiGraph":
        """A graph of networkx: things are nodes, links are edges with their predicate as key.

        Of a graph, literals become attributes of their node, a list under the predicate's IRI. Of a table,
        two columns are (from, to), three are (from, predicate, to). Raises QueryRefused for other tables.
        """
        try:
            import networkx
        except ImportError as error:
            raise _missing("networkx") from error
        made = networkx.MultiDiGraph()
        for start, link, end in self._links():
            if self.is_graph and not isinstance(end, Iri | Blank | Statement):
                made.add_node(start)
                made.nodes[start].setdefault(str(link), []).append(end)
            else:
                made.add_edge(start, end, key=link)
        return made

    def to_rdf(self, format: str = "turtle") -> bytes:
        """A graph as a document: turtle, ntriples, jsonld, rdfxml, …

        Raises QueryRefused for what is no graph, UnknownFormat.
        """
        from pyoxigraph import Triple

        from kg.serialise import write

        if not self.is_graph:
            raise QueryRefused("only the answer to a CONSTRUCT or a DESCRIBE is a graph")
        # The terms of a graph's row come from a triple, so they may stand in one.
        return write((Triple(*row) for row in self.terms), by_name(format))  # type: ignore[arg-type]

    def __repr__(self) -> str:
        if self.answer is not None:
            return f"<Result: {'yes' if self.answer else 'no'}>"
        what = "statements" if self.is_graph else "rows"
        return f"<Result: {len(self):,} {what} of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks."""
        if self.answer is not None:
            return f"<p>{'yes' if self.answer else 'no'}</p>"
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.terms[:SHOWN])
        note = f"<p>{len(self):,} rows, {SHOWN} shown</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _columns(self) -> Iterator[tuple[str, list[Any]]]:
        """Each column with its values, all of one type of Python or all texts."""
        rows = self.rows
        for place, name in enumerate(self.columns):
            yield name, _of_one_kind([row[place] for row in rows])

    def _links(self) -> Iterator[tuple[Value, Value, Value]]:
        width = len(self.columns)
        if width not in (2, 3):
            raise QueryRefused(
                f"a graph is made of two or three columns, not of {width}",
                hint="SELECT ?from ?to, or SELECT ?from ?link ?to, or CONSTRUCT",
            )
        for row in self:
            if None not in row:
                yield (row[0], row[1] if width == 3 else None, row[-1])


def _of_one_kind(column: list[Value]) -> list[Any]:
    kinds = {type(each) for each in column if each is not None}
    if kinds <= {int, float} and len(kinds) == 2:
        return [None if each is None else float(each) for each in column]  # type: ignore[arg-type]  # Numbers only.
    if len(kinds) == 1 and not issubclass(next(iter(kinds)), str | tuple):
        return column
    return [None if each is None else str(each) for each in column]


def _cell(term: Term | None) -> str:
    """A cell; an IRI of the web can be followed, any other scheme cannot."""
    found = value(term)
    text = escape("" if found is None else str(found))
    if isinstance(found, Iri) and found.startswith(("http://", "https://")):
        return f'<td><a href="{text}" rel="noreferrer">{text}</a></td>'
    language = getattr(found, "language", "")
    return f'<td lang="{escape(language)}">{text}</td>' if language else f"<td>{text}</td>"


def _missing(name: str) -> MissingExtra:
    return MissingExtra(f"{name} is not installed", hint="pip install 'wenyuan[analysis]'")
