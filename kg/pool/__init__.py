"""Processes that answer strangers: one question each at a time, confined, and killed when they take too long."""
