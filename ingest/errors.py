"""Errors of taking in, drawn with all others in ontology.errors. A bad record is no error: see Rejected."""

from ontology.errors import WenyuanError


class SourceError(WenyuanError):
    """A file or an address that cannot be read at all."""


class MappingError(WenyuanError):
    """A mapping file that breaks the rules of mappings; the message names file, rule and key."""
