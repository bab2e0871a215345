"""From the world to statements: sources, mappings and the pipeline."""
