"""The client: SPARQL, writes, search and things of a library from Python, wherever the library is.

    from api.client import connect

    with connect("https://library.example/", key="wy_…") as library:
        for work, title in library.sparql("SELECT ?work ?title { ?work wy:title ?title } LIMIT 10"):
            print(title, work)

See docs/clients.md.
"""

from api.client.client import Client, connect
from api.client.graphs import Graph
from api.client.result import Result
from api.client.values import Blank, Iri, Statement, Text

__all__ = ["Blank", "Client", "Graph", "Iri", "Result", "Statement", "Text", "connect"]
