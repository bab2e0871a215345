"""A side index in columns beside a generation, for questions that read much and answer little."""
