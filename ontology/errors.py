"""The root of every error Wenyuan raises, and the tree of them all.

A class exists where a caller would act differently, else none.

    WenyuanError                     something a person can mend; .hint says how
    ├ InvalidOntology                the bundled or a user's ontology does not hold together
    ├ SettingsError                  a key, a value, or a file of the settings
    ├ UnknownName                    no part of that name; the known ones are listed
    ├ MissingExtra                   the part needs a library that is not installed
    ├ UnknownFormat                  no such serialisation or file format
    ├ NotFound                       no such thing, change or file
    ├ StoreError                     the data folder cannot be read or written
    │ └ StoreLocked                  another process holds it
    ├ QueryError                     a query that was not answered
    │ ├ QuerySyntax                  it does not parse; .line and .column
    │ ├ QueryRefused                 it asks for what a stranger may not have
    │ ├ QueryTimeout                 it was not done at its deadline
    │ ├ Overloaded                   too many wait; .retry_after
    │ ├ WorkerLost                   the process that answered it died of it
    │ └ EndpointFailed               another endpoint did not answer its SERVICE
    ├ NotKnown                       no key where one is needed, or one that is not known
    ├ NotAllowed                     a key that does not reach so far
    ├ OverBudget                     a client has used up what it may cost; .retry_after
    ├ SourceError                    a file that cannot be read at all
    └ MappingError                   a mapping file that breaks the rules of mappings
"""


class WenyuanError(Exception):
    """The root: a message for the person, and a hint that says what to do now."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidOntology(WenyuanError):
    """An ontology that does not hold together."""


class SettingsError(WenyuanError):
    """A setting with an unknown key or a value that is not allowed."""


class UnknownName(WenyuanError):
    """A name that no part carries; the message lists the known ones."""


class MissingExtra(WenyuanError):
    """A part whose library is not installed; the hint is the command that installs it."""


class UnknownFormat(WenyuanError):
    """A serialisation or a file format that nobody here reads or writes."""


class NotFound(WenyuanError):
    """A thing, a change or a file that is not there."""
