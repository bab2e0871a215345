"""What a query can call beside SPARQL's own: search, places, other endpoints. Not the engine's."""
