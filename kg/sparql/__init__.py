"""SPARQL of strangers: reading it, judging it, answering it."""
