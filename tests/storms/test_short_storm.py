"""A short storm on each database, as part of every test run; `make storm` blows for longer."""

from __future__ import annotations

import os

import pytest

from tests.storms.storm import Options, Storm

#: A failure is replayed with the seed that it names.
SEED = int(os.environ.get("STORM_SEED", "8"))


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_the_books_balance_after_a_storm(database: str) -> None:
    """Nothing is lost, nothing that a customer sees is doubled, and nobody has to help."""
    options = Options(
        database, SEED, seconds=20, fault_gap=1.3, deed_gap=1.5, slow=False, quiet_within=240
    )
    report = Storm(options, print).run()
    assert report.holds, report.as_json()
    assert report.orders > 30
    assert report.alerts_expected >= 3
    assert sum(report.faults.values()) >= 8
