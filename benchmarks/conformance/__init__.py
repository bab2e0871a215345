"""The W3C's test suites, put to a running server over HTTP, and the report of what it answered."""
