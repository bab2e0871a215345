"""Processes that answer strangers: one question at a time, confined, killed when they take too long."""
