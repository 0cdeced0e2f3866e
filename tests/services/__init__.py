"""Real services for the tests: a PostgreSQL, a Redis, a clock that is set by hand."""
