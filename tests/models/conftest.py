"""One database for all examples of a property."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.session import Database


@pytest.fixture(scope="module")
def shared_db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite database for all examples of a property."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('property') / 'orderwatch.db'}")
    database.upgrade()
    yield database
    database.close()
