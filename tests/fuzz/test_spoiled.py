"""The spoiled samples in small numbers, in every test run; `make fuzz` spends minutes on them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz.samples import pages
from tests.fuzz.targets import spoiled

#: The pages come from a simulator that takes a second to start: it is no example that is slow.
FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", spoiled())
def test_a_spoiled_sample_is_read_or_refused_in_one_line(name: str) -> None:
    """Whatever a partner sends, nothing is invented, and nobody sees a traceback."""
    FEW(spoiled()[name])()


def test_the_samples_are_what_the_names_say() -> None:
    """A target that is fed with a login page would find nothing for ever."""
    found = pages()
    assert "OrderHistoryTable" in found["history"]
    assert "ajaxrowstable" in found["rows"]
    assert found["order"] in found["detail"]
    assert found["member"] in found["card"]
    assert found["order"] in found["month"]
    assert found["member"] in found["team"]
    assert "AITableDiv" in found["ledger"]
    assert "password" in found["login"]
