"""The one table of errors: for each class its HTTP status, its exit code, and its name for programs.

Nothing here answers a request or ends a process: see api.failures and api.cli.
"""

from dataclasses import dataclass

from ingest.errors import MappingError, SourceError
from kg.errors import (
    EndpointFailed,
    NotAllowed,
    NotKnown,
    OverBudget,
    Overloaded,
    QueryError,
    QueryRefused,
    QuerySyntax,
    QueryTimeout,
    StoreError,
    StoreLocked,
    WorkerLost,
)
from ontology.errors import (
    InvalidOntology,
    MissingExtra,
    NotFound,
    SettingsError,
    UnknownFormat,
    UnknownName,
    WenyuanError,
)

TYPE = "https://w3id.org/wenyuan/problems#"
"""What the "type" of a problem begins with (RFC 9457, § 3.1.1)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error is to others. name: the fragment of its type; title: the same for every case."""

    name: str
    title: str
    status: int
    exit_code: int


PROBLEMS: dict[type[WenyuanError], Problem] = {
    WenyuanError: Problem("error", "It could not be done", 500, 1),
    NotFound: Problem("not-found", "There is no such thing", 404, 3),
    UnknownName: Problem("unknown-name", "That name is not known", 400, 4),
    UnknownFormat: Problem("unknown-format", "That format is not known", 400, 4),
    QueryRefused: Problem("query-refused", "The query asks for more than is allowed", 400, 5),
    QuerySyntax: Problem("query-syntax", "The query cannot be read", 400, 6),
    QueryError: Problem("query-failed", "The query was not answered", 500, 7),
    SourceError: Problem("source-unreadable", "The file or address cannot be read", 400, 8),
    MappingError: Problem("mapping-invalid", "The mapping breaks the rules of mappings", 400, 9),
    SettingsError: Problem("settings-invalid", "A setting is wrong", 500, 10),
    InvalidOntology: Problem("ontology-invalid", "The ontology does not hold together", 500, 11),
    MissingExtra: Problem("library-missing", "A library is not installed", 501, 12),
    StoreLocked: Problem("store-locked", "Another process holds the data folder", 503, 13),
    NotKnown: Problem("key-needed", "A key is needed that is known here", 401, 19),
    NotAllowed: Problem("not-allowed", "The key does not reach so far", 403, 20),
    OverBudget: Problem("over-budget", "You have used up what a minute allows", 429, 15),
    StoreError: Problem("store-failed", "The data folder cannot be read or written", 503, 14),
    QueryTimeout: Problem("query-timeout", "The query takes too long", 503, 16),
    Overloaded: Problem("overloaded", "Too many queries at once", 503, 17),
    WorkerLost: Problem("query-died", "The query needed more than there is", 500, 18),
    EndpointFailed: Problem("endpoint-failed", "Another endpoint did not answer", 502, 21),
}


def problem(error: WenyuanError) -> Problem:
    """What *error* is to others: by its class, or the nearest one above it in the table."""
    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def exit_code(error: WenyuanError) -> int:
    """The code with which a command ends that *error* stopped."""
    return problem(error).exit_code
