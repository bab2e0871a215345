"""Judge of SERVICE: the endpoints that a test names become endpoints of a second server."""

from benchmarks.conformance.answers import read
from benchmarks.conformance.loaded import Data, Loaded
from benchmarks.conformance.manifest import MF, QT, Test
from benchmarks.conformance.outcome import Skipped
from benchmarks.conformance.queries import ANY, compare


def evaluate(test: Test, loaded: Loaded) -> None:
    """Puts data at both ends, asks, and compares; raises Failed, Skipped.

    The suite's endpoints (http://example1.org/sparql) are no addresses of ours, so they are replaced by
    addresses of the far server, in the query, in the data and in what is expected.
    """
    far = list(loaded.endpoint.far)
    services = test.action.nodes(f"{QT}serviceData")
    if len(services) > len(far):
        raise Skipped("there is no second server to ask")
    replaced = [
        (service.text(f"{QT}endpoint"), far[place].address + far[place].query)
        for place, service in enumerate(services)
    ]
    for place, service in enumerate(services):
        Loaded(far[place]).put(Data.of(service), test.archive)
    query, result = test.action.text(f"{QT}query"), test.about.text(f"{MF}result")
    data = Data.of(test.action)
    loaded.put(Data(data.default, data.named, tuple(replaced)), test.archive)
    reply = loaded.endpoint.ask(_replaced(test.archive.read(query), replaced), ANY)
    expected = read(_replaced(test.archive.read(result), replaced), result.rpartition(".")[2])
    compare(test, reply, expected)


def _replaced(text: bytes, pairs: list[tuple[str, str]]) -> bytes:
    for old, new in pairs:
        text = text.replace(old.encode(), new.encode())
    return text
