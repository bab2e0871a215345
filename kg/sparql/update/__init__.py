"""SPARQL 1.1 Update: what a request would change, worked out on a generation. Nothing here writes."""
