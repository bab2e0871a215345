"""An archive of test files as the suites know them: by the IRIs they have on the web. Fetches nothing."""

import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent.parent.parent / "tests" / "data" / "w3c"


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of one archive; base: the IRI under which its paths stand."""

    base: str
    files: MappingProxyType[str, bytes]

    def read(self, iri: str) -> bytes:
        """The file of that IRI; raises KeyError where the archive has none."""
        return self.files[iri.removeprefix(self.base)]

    def __contains__(self, iri: str) -> bool:
        return iri.removeprefix(self.base) in self.files


@cache
def rdf_tests() -> Archive:
    """The suites of SPARQL 1.0 to 1.2 and of the RDF 1.1 and 1.2 syntaxes."""
    return _opened("rdf-tests.tar.xz", "https://w3c.github.io/rdf-tests/")


@cache
def json_ld() -> Archive:
    """The suite of the JSON-LD 1.1 API: to and from RDF."""
    return _opened("json-ld-api.tar.xz", "https://w3c.github.io/json-ld-api/")


@cache
def rdf_canon() -> Archive:
    """The suite of RDF Dataset Canonicalization."""
    return _opened("rdf-canon.tar.xz", "https://w3c.github.io/rdf-canon/")


def _opened(name: str, base: str) -> Archive:
    with tarfile.open(FOLDER / name) as tar:
        files = {
            entry.name: file.read() for entry in tar if entry.isfile() and (file := tar.extractfile(entry))
        }
    return Archive(base, MappingProxyType(files))
