"""What an answer changes of a parcel that is known already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.values import CarrierName, ParcelEvent, ParcelFacts, ParcelState, Problem
from tasks.ports import CarrierAnswer, NotKnown, NumberRefused, OtherParcel
from tasks.shipments.answers import Asked, judge_answer
from tasks.shipments.pace import Pace

NOW = datetime(2026, 10, 6, 8, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)


def asked(state: ParcelState | None) -> Asked:
    """A parcel in `state` since yesterday."""
    return Asked(
        1, "99000000000028", CarrierName.HERMES, 7, state, BEFORE, BEFORE, BEFORE,
        None, None, "old", 0, BEFORE, BEFORE,
    )  # fmt: skip


def answer(state: ParcelState, *events: ParcelEvent) -> ParcelFacts:
    """What the carrier says now."""
    last = events[0].at if events else None
    return ParcelFacts(
        CarrierName.HERMES, "99000000000028", state, Problem.NONE, None, events, last, last
    )


SCAN = ParcelEvent(NOW, "SORTED", ParcelState.IN_TRANSIT, "Sortiert.")


@pytest.mark.parametrize(
    "said", [NotKnown(), OtherParcel(), answer(ParcelState.UNKNOWN)], ids=["404", "other", "empty"]
)
def test_an_answer_that_tells_nothing_takes_nothing_away(said: CarrierAnswer) -> None:
    """What was known of a parcel stays, and it is asked about again."""
    written = judge_answer(asked(ParcelState.IN_TRANSIT), said, NOW, Pace())
    assert "state" not in written.row
    assert written.row["next_poll_at"] > NOW
    assert not written.news


def test_a_new_scan_is_news_with_the_time_of_its_state() -> None:
    """The parcel is reviewed, and waits in its state since the scan."""
    written = judge_answer(
        asked(ParcelState.ANNOUNCED), answer(ParcelState.IN_TRANSIT, SCAN), NOW, Pace()
    )
    assert (written.row["state"], written.row["state_since"]) == (ParcelState.IN_TRANSIT, NOW)
    assert written.news
    assert [event["code"] for event in written.events] == ["SORTED"]


def test_the_first_movement_stays_when_the_carrier_forgets_it() -> None:
    """Old scans vanish at the carrier; since when it was on its way does not."""
    written = judge_answer(
        asked(ParcelState.IN_TRANSIT), answer(ParcelState.IN_TRANSIT, SCAN), NOW, Pace()
    )
    assert written.row["shipped_at"] == BEFORE


def test_a_delivered_parcel_never_goes_back() -> None:
    """A late odd answer opens nothing again."""
    written = judge_answer(
        asked(ParcelState.DELIVERED), answer(ParcelState.IN_TRANSIT, SCAN), NOW, Pace()
    )
    assert "state" not in written.row
    assert written.row["next_poll_at"] is None


def test_a_refused_number_is_not_asked_about_again() -> None:
    """The carrier said that it is no number: asking daily would change nothing."""
    written = judge_answer(asked(None), NumberRefused("no number"), NOW, Pace())
    assert written.row["next_poll_at"] is None
    assert written.row["number_refused"] is True
    assert written.news
