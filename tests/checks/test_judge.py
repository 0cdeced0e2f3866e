"""The judgement as a whole: independent of order and repetition, and stable until its review."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.families import family_of
from models.domain.months import PvMonth
from models.domain.values import (
    CarrierName,
    CustomerFacts,
    Finding,
    OrderChange,
    OrderFacts,
    OrderLine,
    Parcel,
    ParcelState,
    Problem,
    Severity,
)
from tasks.checks.judge import judge, next_review_at
from tasks.checks.thresholds import Thresholds
from tests.checks.subjects import ANNA, BERLIN, WORKDAYS, customer, found, local, order, parcel

START = date(2026, 1, 1)
DAYS = st.integers(0, 400).map(lambda n: START + timedelta(days=n))
MOMENTS = st.datetimes(datetime(2026, 8, 1), datetime(2027, 1, 31)).map(
    lambda wall: wall.replace(tzinfo=BERLIN).astimezone(UTC)
)
PVS = st.sampled_from(["0", "0.5", "1", "44", "47", "60", "120", "130", "400", "-60"]).map(Decimal)
LINES = st.lists(
    st.builds(OrderLine, st.sampled_from(["lemon", "mint", "clove"]), st.integers(1, 3)), max_size=3
).map(tuple)


PAST_PVS, YES_NO = st.sampled_from(["48.00", "60.00"]), st.sampled_from(["yes", "no"])


@st.composite
def orders_of_anna(draw: st.DrawFn) -> list[OrderFacts]:
    """Up to 7 orders of one customer, of all sorts."""
    return [_order(draw, number) for number in range(100, 100 + draw(st.integers(0, 7)))]


def _order(draw: st.DrawFn, number: int) -> OrderFacts:
    day, source = draw(DAYS), draw(st.sampled_from(["AS", "AS", "IO", "SO", "IN", "ZZ"]))
    chance = st.integers(0, 5).map(lambda n: n == 0)
    return OrderFacts(
        number=str(number),
        customer_id="1234567",
        order_date=day,
        pv_month=PvMonth.of(day).plus(draw(st.sampled_from([0, 0, 0, -1, 1]))),
        source=source,
        family=family_of(source, list_type=draw(st.sampled_from(["I", "I", "R"]))),
        pv=draw(PVS),
        total=draw(st.sampled_from([None, Decimal("0"), Decimal("99.90")])),
        ship_date=draw(st.sampled_from([None, day])),
        paid=not draw(chance),
        lines=draw(LINES),
        historic=draw(st.booleans()),
        accepted=draw(chance),
        cancelled=draw(chance),
        credited=draw(chance),
        changes=tuple(draw(CHANGES)),
    )


CHANGES = st.lists(
    st.one_of(
        st.builds(OrderChange, st.just("pv"), PAST_PVS, PAST_PVS, MOMENTS),
        st.builds(OrderChange, st.just("vanished"), YES_NO, YES_NO, MOMENTS),
    ),
    max_size=2,
).map(lambda changes: sorted(changes, key=lambda change: change.at))


@st.composite
def parcels_of_anna(draw: st.DrawFn) -> list[Parcel]:
    """Up to 3 parcels in any state, scanned around the turn of a month."""
    seen = st.one_of(st.none(), MOMENTS)
    return [
        Parcel(
            number=f"P{n}",
            carrier=CarrierName.HERMES,
            order_number=str(100 + n),
            state=draw(st.sampled_from([None, *ParcelState])),
            first_seen_at=draw(MOMENTS),
            problem=draw(st.sampled_from(Problem)),
            shipped_at=draw(seen),
            last_event_at=draw(seen),
            state_since=draw(seen),
            expected_to=draw(seen),
        )
        for n in range(draw(st.integers(0, 3)))
    ]


CUSTOMERS = st.builds(
    CustomerFacts,
    member_id=st.sampled_from(["1234567", None]),
    name=st.just("Muster, Anna"),
    enrolled_on=st.one_of(st.none(), DAYS),
    expects_loyalty=st.sampled_from([None, True, False]),
)
KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "watched_since": DAYS,
        "told_on": DAYS,
        "namesakes": st.just(frozenset({"7654321"})),
    },
)


def _urgencies(findings: list[Finding]) -> set[tuple[str, Severity]]:
    return {(finding.key, finding.severity) for finding in findings}


@given(CUSTOMERS, orders_of_anna(), parcels_of_anna(), MOMENTS, KNOWN, st.randoms())
def test_order_of_arrival_does_not_matter(
    who: CustomerFacts,
    orders: list[OrderFacts],
    parcels: list[Parcel],
    now: datetime,
    known: dict[str, Any],
    random: Random,
) -> None:
    """The same facts give the same findings, however they came in, and each key once."""
    first = judge(who, orders, parcels, now, BERLIN, WORKDAYS, **known)
    random.shuffle(orders)
    random.shuffle(parcels)
    assert judge(who, orders, parcels, now, BERLIN, WORKDAYS, **known) == first
    assert len({finding.key for finding in first}) == len(first)


@given(CUSTOMERS, orders_of_anna(), parcels_of_anna(), MOMENTS, KNOWN, st.floats(0, 1))
@settings(max_examples=400)
def test_nothing_changes_before_the_next_review(
    who: CustomerFacts,
    orders: list[OrderFacts],
    parcels: list[Parcel],
    now: datetime,
    known: dict[str, Any],
    part: float,
) -> None:
    """A review that came too late would let an alert come too late."""
    since = known.get("watched_since")
    review = next_review_at(who, orders, parcels, now, BERLIN, WORKDAYS, watched_since=since)
    assert review > now
    last = review - timedelta(microseconds=1)
    before = _urgencies(judge(who, orders, parcels, now, BERLIN, WORKDAYS, **known))
    for later in (now + (last - now) * part, last):
        assert _urgencies(judge(who, orders, parcels, later, BERLIN, WORKDAYS, **known)) == before


@given(CUSTOMERS, orders_of_anna(), MOMENTS)
def test_settled_orders_carry_no_finding(
    who: CustomerFacts, orders: list[OrderFacts], now: datetime
) -> None:
    """Accepted and cancelled orders, and old ones of other months; that one vanished is news."""
    month = PvMonth.of(now.astimezone(BERLIN).date())
    settled = {
        o.number for o in orders if o.accepted or o.cancelled or (o.historic and o.pv_month < month)
    }
    findings = judge(who, orders, (), now, BERLIN, WORKDAYS)
    other = [f for f in findings if f.details.get("change") != "vanished"]
    assert settled.isdisjoint({finding.order for finding in other})


@given(CUSTOMERS, orders_of_anna(), MOMENTS, KNOWN)
def test_findings_are_gone_when_they_said_they_would_be(
    who: CustomerFacts, orders: list[OrderFacts], now: datetime, known: dict[str, Any]
) -> None:
    """The moment at which a finding lapses is the truth: there until then, gone from then on."""
    for finding in judge(who, orders, (), now, BERLIN, WORKDAYS, **known):
        if lapses := finding.details.get("lapses_at"):
            end = datetime.fromisoformat(str(lapses))
            assert end > now
            after = judge(who, orders, (), end, BERLIN, WORKDAYS, **known)
            assert finding.key not in {other.key for other in after}


@pytest.mark.parametrize(
    ("orders", "parcels", "review"),
    [
        ([], [], "2026-10-11 00:00"),
        ([order(200, "2026-10-05", "IO", ship_date=None)], [], "2026-10-06 00:00"),
        ([], [parcel(ParcelState.IN_TRANSIT)], "2026-10-06 00:00"),
        (
            [],
            [parcel(ParcelState.IN_TRANSIT, expected_to=local("2026-10-05 15:00"))],
            "2026-10-05 17:00",
        ),
        ([], [parcel(ParcelState.DELIVERED)], "2026-10-11 00:00"),
        ([order(200, "2026-09-23", "IO")], [], "2026-10-08 00:00"),
        (
            [],
            [parcel(ParcelState.READY_FOR_PICKUP, state_since=local("2026-09-30 15:00"))],
            "2026-10-05 15:00",
        ),
        (
            [],
            [parcel(ParcelState.RETURNED, last_event_at=local("2026-09-22 09:00"))],
            "2026-10-06 09:00",
        ),
    ],
)
def test_next_review_is_as_late_as_the_facts_allow(
    orders: list[OrderFacts], parcels: list[Parcel], review: str
) -> None:
    """A quiet customer is looked at some days a month, a waiting one daily, a late one at once."""
    now = local("2026-10-05 13:00")
    assert next_review_at(ANNA, orders, parcels, now, BERLIN, WORKDAYS) == local(review)


@pytest.mark.parametrize(
    ("now", "review"),
    [
        ("2026-10-11 00:00", "2026-10-16 00:00"),
        ("2026-10-16 00:00", "2026-10-20 00:00"),
        ("2026-10-20 00:00", "2026-10-28 00:00"),
        ("2026-10-28 00:00", "2026-10-31 00:00"),
        ("2026-10-31 00:00", "2026-11-01 00:00"),
    ],
)
def test_every_customer_is_reviewed_at_the_months_edges(now: str, review: str) -> None:
    """The 20th, three days before the end, the last day and the 1st are never slept through."""
    assert next_review_at(ANNA, [], [], local(now), BERLIN, WORKDAYS) == local(review)


def test_most_urgent_comes_first() -> None:
    """Who reads only the first line reads the worst."""
    orders = [
        order(100, "2026-09-05"),
        order(200, "2026-10-05", "IO", ship_date=None),
        order(201, "2026-10-05", pv="47", paid=False),
    ]
    findings = list(found("2026-10-25 09:00", orders).values())
    ranks = [finding.severity.rank for finding in findings]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) > 1


def test_the_owner_without_a_number_has_a_key_too() -> None:
    """A saved order history may not say whose it is; her month is watched all the same."""
    who = customer(member_id=None, expects_loyalty=True)
    assert "loyalty-month-at-risk:owner:2026-10" in found("2026-10-25 09:00", who=who)


def test_naive_time_is_refused() -> None:
    """A clock without zone would judge on the wrong day."""
    with pytest.raises(ValueError, match="time zone"):
        judge(ANNA, (), (), datetime(2026, 10, 5), BERLIN, WORKDAYS)


@pytest.mark.parametrize(
    "facts",
    [
        {"at_risk_day": 29},
        {"product_day": 0},
        {"near_points_pv": Decimal(51)},
        {"similarity": Decimal(0)},
        {"inactive_months": (6, 3)},
        {"inactive_months": (3, 12)},
    ],
)
def test_impossible_thresholds_are_refused_by_name(facts: dict[str, Any]) -> None:
    """A wrong number in the settings must not become a silent rule."""
    with pytest.raises(ValueError, match=next(iter(facts))):
        Thresholds(**facts)


def test_thresholds_move_the_rules() -> None:
    """What the user sets is what is judged by."""
    waiting = [order(200, "2026-10-05", "IO", ship_date=None)]
    limits = Thresholds(not_shipped_working_days=1)
    assert "not-shipped:200" in found("2026-10-07 00:00", waiting, limits=limits)
    assert "not-shipped:200" not in found("2026-10-07 00:00", waiting)
