"""Alembic migrations, run from package data, the same on SQLite and PostgreSQL."""
