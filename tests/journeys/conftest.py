"""A program that has just been installed, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.watch import Watch


@pytest.fixture
def watch(database_url: str) -> Iterator[Watch]:
    """Ready for its first sync."""
    with Watch(database_url).running() as ready:
        yield ready
