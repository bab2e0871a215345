"""Federation: SERVICE asked by ourselves, of endpoints that are allowed. The engine never calls anyone."""
