"""Errors of the graph. The whole tree is drawn in ontology.errors."""

from ontology.errors import WenyuanError


class StoreError(WenyuanError):
    """A data folder that cannot be read or written."""


class StoreLocked(StoreError):
    """A data folder that another process holds."""


class QueryError(WenyuanError):
    """A query that was not answered."""


class QuerySyntax(QueryError):
    """A query that does not parse, with the place: line and column count from 1."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column


class QueryRefused(QueryError):
    """A query that asks for what a stranger may not have, with the limit it broke in the message."""


class NotKnown(WenyuanError):
    """A request without a key where one is needed, or with one that is not known."""


class NotAllowed(WenyuanError):
    """A request with a key that does not reach so far."""


class OverBudget(WenyuanError):
    """A client that has used up what it may cost; retry_after: seconds after which it is let in again."""

    def __init__(self, message: str, *, retry_after: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class QueryTimeout(QueryError):
    """A query that was not done at its deadline."""


class Overloaded(QueryError):
    """A query that found no place, since too many are waiting. retry_after: seconds until it may find one."""

    def __init__(self, message: str, *, retry_after: float = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class WorkerLost(QueryError):
    """A query whose process died of it, with the limit that it likely broke in the message."""


class EndpointFailed(QueryError):
    """A SERVICE that another endpoint did not answer, or that this one does not ask."""
