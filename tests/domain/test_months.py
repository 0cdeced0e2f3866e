"""PV months as they are written, and what is none."""

from __future__ import annotations

import pytest

from models.domain.months import PvMonth


@pytest.mark.parametrize("text", ["2026-09", "202609", "09/2026", "9/2026", " 2026-09 "])
def test_a_month_is_read_as_it_is_written(text: str) -> None:
    """Lists, addresses and people write it in their own ways."""
    assert PvMonth.parse(text) == PvMonth(2026, 9)


@pytest.mark.parametrize("text", ["", "2026", "9-2026", "2026-13", "0/2026", "x" * 100_000])
def test_what_is_no_month_is_refused_in_a_short_line(text: str) -> None:
    """The line goes into mails and the history, however long the text was that caused it."""
    with pytest.raises(ValueError, match="month") as refused:
        PvMonth.parse(text)
    assert len(str(refused.value)) < 200
