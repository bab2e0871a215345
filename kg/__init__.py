"""The graph: terms, journal, store, search and entities."""
