"""What an answer changes of a parcel that is known already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import (
    FINAL_PARCEL_STATES,
    CarrierName,
    ParcelEvent,
    ParcelFacts,
    ParcelState,
    PickupPoint,
    Problem,
    Stop,
)
from tasks.ports import CarrierAnswer, CarrierUnavailable, NotKnown, NumberRefused, OtherParcel
from tasks.shipments.answers import AFTER_HICCUP, Asked, facts_hash, judge_answer
from tasks.shipments.hermes_facts import facts
from tasks.shipments.pace import Pace
from tasks.shipments.status_table import CODES
from tests.shipments.answers import NUMBER, parcel

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


def test_one_parcels_hiccup_is_tried_once_more_soon() -> None:
    """Then at its pace: a number that the carrier chokes on is not asked for all day."""
    first = asked(ParcelState.IN_TRANSIT)
    hiccup = CarrierUnavailable("Hermes answered with 500")
    once = judge_answer(first, hiccup, NOW, Pace()).row
    twice = judge_answer(replace(first, failed=True), hiccup, NOW, Pace()).row
    assert once["next_poll_at"] == NOW + AFTER_HICCUP
    assert twice["next_poll_at"] > NOW + 2 * AFTER_HICCUP


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


NAME = "Erika Mustermann"
codes = st.sampled_from([*CODES, "NEW_CODE", "DELIVERED_X", "EDL_X", NAME, None])
texts = st.sampled_from([None, NAME, f"Bei {NAME} abgegeben.", "Die Sendung wurde storniert."])
times = st.none() | st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 1)).map(
    lambda at: at.isoformat() + "Z"
)
rows = st.fixed_dictionaries({"timestamp": times, "parcelStatus": codes, "historyText": texts})
answers = st.one_of(
    st.just(NotKnown()),
    st.just(OtherParcel()),
    st.just(CarrierUnavailable("503")),
    st.just(NumberRefused("no number")),
    st.tuples(st.lists(rows, max_size=5), st.booleans()).map(
        lambda told: parcel(*told[0], parcelAttributes={"delivered": told[1]})
    ),
)


@given(st.lists(answers, max_size=8))
def test_whatever_follows_a_parcel_that_has_arrived_stays_there(said: list[Any]) -> None:
    """Odd, old or empty answers never take a delivery back, and no name is ever stored."""
    stored = asked(None)
    now, ended = NOW, False
    for one in said:
        now += timedelta(hours=1)
        answer = facts(one, NUMBER, now) if isinstance(one, list) else one
        written = judge_answer(stored, answer, now, Pace())
        assert NAME not in str(written)
        known = {n: written.row[n] for n in Asked.__slots__ if n in written.row}
        after = replace(stored, **known)
        if stored.state is ParcelState.DELIVERED:
            assert after.state in (ParcelState.DELIVERED, ParcelState.RETURNED)
        if stored.state is ParcelState.RETURNED:
            assert after.state is ParcelState.RETURNED
        if stored.state is not None:
            assert after.state is not None
        assert (written.row["next_poll_at"] is None) >= (after.state in FINAL_PARCEL_STATES)
        assert stored.shipped_at is None or after.shipped_at == stored.shipped_at
        stored, ended = after, ended or after.state in FINAL_PARCEL_STATES
        assert not ended or stored.state in FINAL_PARCEL_STATES


def test_an_equal_answer_has_an_equal_hash_and_any_other_another() -> None:
    """Nothing is written for nothing, and no change goes unnoticed."""
    known = answer(ParcelState.IN_TRANSIT, SCAN)
    assert facts_hash(known) == facts_hash(answer(ParcelState.IN_TRANSIT, replace(SCAN)))
    others = [
        replace(known, stop=Stop.DONE),
        replace(known, expected_to=NOW),
        replace(known, pickup_point=PickupPoint("Kiosk", "", "", "")),
        replace(known, events=(replace(SCAN, text="Anders."),)),
        replace(known, events=(SCAN, replace(SCAN, at=BEFORE))),
    ]
    assert len({facts_hash(facts) for facts in [known, *others]}) == 6


def test_a_state_begins_with_the_first_scan_that_says_so() -> None:
    """Days in a shop count from the day it came in, not from the last scan there."""
    days = [ParcelEvent(NOW - timedelta(days=n), f"C{n}", ParcelState.READY_FOR_PICKUP, "")
            for n in (1, 3)]  # fmt: skip
    moved = replace(SCAN, at=NOW - timedelta(days=4))
    ready = answer(ParcelState.READY_FOR_PICKUP, *days, moved)
    written = judge_answer(asked(None), ready, NOW, Pace())
    assert written.row["state_since"] == NOW - timedelta(days=3)


def test_a_state_that_was_left_and_came_back_begins_anew() -> None:
    """A second failed delivery is not as old as the first one."""
    failed = ParcelState.DELIVERY_FAILED
    again = answer(failed, ParcelEvent(NOW, "DELIVERY_FAILED", failed, ""),
                   replace(SCAN, at=NOW - timedelta(hours=2)))  # fmt: skip
    assert judge_answer(asked(failed), again, NOW, Pace()).row["state_since"] == NOW
    lasts = answer(failed, ParcelEvent(NOW, "DELIVERY_FAILED", failed, ""))
    assert judge_answer(asked(failed), lasts, NOW, Pace()).row["state_since"] == BEFORE


def test_a_refused_number_is_not_asked_about_again() -> None:
    """The carrier said that it is no number: asking daily would change nothing."""
    written = judge_answer(asked(None), NumberRefused("no number"), NOW, Pace())
    assert written.row["next_poll_at"] is None
    assert written.row["number_refused"] is True
    assert written.news
