"""The SPARQL door: from a request to an answer that streams, and what is remembered of answers."""
