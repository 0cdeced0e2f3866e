"""What holds for all orders and parcels: their order of arrival, a second look, a next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.alerting import KnownAlert, fingerprint, lapses_at, reconcile
from models.domain.credits import WENT_BACK, CreditSigns, credits_of, without_taken_back
from models.domain.months import PvMonth
from models.domain.values import AlertState, Finding, OrderFacts, Parcel, ParcelState, Problem
from tasks.checks.judge import judge, next_review_at
from tasks.mail.words import voice
from tests.checks.subjects import BERLIN, WORKDAYS, basket, customer, local, order, parcel
from tests.mail.samples import IDENTITY

NOW = local("2026-10-22 12:00")
FIRST = date(2026, 6, 20)

amounts = st.sampled_from(["-60", "0", "0.50", "44.99", "45", "50", "60", "120", "125", "400"])
lines = st.sampled_from([(), basket(lemon=4, mint=1), basket(lemon=4), basket(rose=2)])


@st.composite
def her_orders(draw: st.DrawFn) -> list[OrderFacts]:
    """Up to eight orders of the last months, of any kind."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        day = FIRST + timedelta(days=draw(st.integers(0, 124)))
        pv = draw(amounts)
        facts = {
            "lines": draw(lines),
            "total": Decimal(pv) + 30 if Decimal(pv) >= 0 else Decimal(pv) - 30,
            "ship_date": draw(st.sampled_from([None, day])),
            "paid": draw(st.booleans()),
            "historic": draw(st.booleans()),
            "accepted": draw(st.integers(0, 5)) == 0,
            "cancelled": draw(st.integers(0, 5)) == 0,
        }
        source = draw(st.sampled_from(["AS", "IO", "SO", "IN", "XX"]))
        found.append(order(100 + number, day.isoformat(), source, pv, **facts))
    return found


@st.composite
def her_parcels(draw: st.DrawFn, orders: Sequence[OrderFacts]) -> list[Parcel]:
    """Parcels of some of the orders, in any state."""
    states = st.sampled_from([None, *(s for s in ParcelState if s is not ParcelState.NOT_FOUND)])
    found = []
    for each in orders:
        if draw(st.booleans()):
            at = NOW - timedelta(hours=draw(st.integers(0, 400)))
            times: dict[str, Any] = {"state_since": at, "last_event_at": at, "first_seen_at": at}
            known = times | {
                "order_number": each.number,
                "number": f"P{each.number}",
                "problem": draw(st.sampled_from(list(Problem))),
                "expected_to": draw(st.sampled_from([None, at])),
            }
            found.append(parcel(draw(states), **known))
    return found


@st.composite
def facts(draw: st.DrawFn) -> tuple[dict[str, Any], list[OrderFacts], list[Parcel]]:
    """A customer with her orders and parcels."""
    orders = draw(her_orders())
    who = {
        "expects_loyalty": draw(st.sampled_from([None, True, False])),
        "enrolled_on": draw(st.sampled_from([None, date(2026, 10, 2), date(2025, 3, 1)])),
    }
    return who, orders, draw(her_parcels(orders))


def signs(parcels: Sequence[Parcel]) -> CreditSigns:
    """What parcels tell of credits."""
    back = (each.order_number for each in parcels if each.state in WENT_BACK)
    return CreditSigns(went_back=frozenset(back))


def found(who: dict[str, Any], orders: Sequence[OrderFacts], parcels: Sequence[Parcel]) -> Any:
    """What is judged, credits taken into account."""
    real = without_taken_back(orders, signs(parcels))
    person = customer(**who)
    return judge(person, real, parcels, NOW, BERLIN, WORKDAYS, watched_since=date(2026, 8, 1))


def alerts_after(steps: Sequence[Sequence[Finding]]) -> dict[str, KnownAlert]:
    """The alerts after reviews of what was found one time after the other."""
    known: dict[str, KnownAlert] = {}
    for findings in steps:
        for change in reconcile(findings, list(known.values()), NOW):
            now = change.finding
            if now is None:
                old = known[change.key]
                gone = (old.key, old.rule, AlertState.RESOLVED, old.severity)
                known[change.key] = KnownAlert(*gone, fingerprint=old.fingerprint)
                continue
            state = AlertState.OPEN
            told = (now.key, now.rule, state, now.severity, 1, fingerprint(now), lapses_at(now))
            known[change.key] = KnownAlert(*told)
    return known


def _of(orders: Sequence[OrderFacts], parcels: Sequence[Parcel]) -> list[Parcel]:
    numbers = {each.number for each in orders}
    return [each for each in parcels if each.order_number in numbers]


@settings(deadline=None)
@given(facts(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(world: Any, rng: Any) -> None:
    """The same facts give the same findings, however they came in, and the same open alerts."""
    who, orders, parcels = world
    at_once = found(who, orders, parcels)
    mixed, mixed_parcels = list(orders), list(parcels)
    rng.shuffle(mixed)
    rng.shuffle(mixed_parcels)
    assert found(who, mixed, mixed_parcels) == at_once
    arrivals = [found(who, mixed[:n], _of(mixed[:n], parcels)) for n in range(1, len(mixed))]
    known = alerts_after([*arrivals, at_once])
    standing = {key: a.severity for key, a in known.items() if a.state is AlertState.OPEN}
    assert standing == {finding.key: finding.severity for finding in at_once}


@settings(deadline=None)
@given(facts())
def test_a_second_look_changes_nothing(world: Any) -> None:
    """Reviewed twice at one moment, no alert is opened, changed or solved."""
    findings = found(*world)
    known = alerts_after([findings])
    assert reconcile(findings, list(known.values()), NOW) == []


def _mailed(finding: Finding, of: OrderFacts | None) -> dict[str, Any]:
    """The finding as a mail's facts have it."""
    return {
        "rule": finding.rule, "severity": finding.severity.value, "order": finding.order,
        "customer_id": finding.customer_id, "customer_name": "Anna", "currency": "EUR",
        "shipment": finding.shipment, "details": finding.details,
        "month": str(finding.month) if finding.month else None,
        "deadline": finding.deadline.isoformat() if finding.deadline else None,
        "pv": str(of.pv) if of else None, "type": of.source if of else None,
        "order_date": of.order_date.isoformat() if of else None,
        "ship_date": of.ship_date.isoformat() if of and of.ship_date else None,
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(facts())
def test_a_finding_always_has_a_next_step(world: Any) -> None:
    """Whatever is found, both languages say what to do now, without template code."""
    who, orders, parcels = world
    by_number = {each.number: each for each in orders}
    for finding in found(who, orders, parcels):
        told_of = _mailed(finding, by_number.get(finding.order or ""))
        for language in ("de", "en"):
            told = voice(language).tell(told_of, IDENTITY.phones)
            assert told.steps
            for text in (told.title, told.what, told.why, *told.steps, told.deadline or "-"):
                assert text
                assert not any(sign in text for sign in ("{", "}", "None"))


@settings(deadline=None)
@given(facts())
def test_the_next_review_comes_before_anything_changes_by_itself(world: Any) -> None:
    """A second before it, the findings have the keys and urgencies that they have now."""
    who, orders, parcels = world
    person, since = customer(**who), date(2026, 8, 1)
    again = next_review_at(person, orders, parcels, NOW, BERLIN, WORKDAYS, watched_since=since)
    assert NOW < again <= local("2026-11-01 00:00")
    now, then = (
        {(f.key, f.severity) for f in judge(person, orders, parcels, at, BERLIN, WORKDAYS,
                                             watched_since=since)}
        for at in (NOW, again - timedelta(seconds=1))
    )  # fmt: skip
    assert now == then


@settings(deadline=None)
@given(facts())
def test_a_credit_takes_back_one_order(world: Any) -> None:
    """Each credit means one order at most, never a later one, and never another credit."""
    _, orders, parcels = world
    by_number = {each.number: each for each in orders}
    pairs = {n: by_number[made.by] for n, made in credits_of(orders, signs(parcels)).items()}
    assert len({credit.number for credit in pairs.values()}) == len(pairs)
    for number, credit in pairs.items():
        assert by_number[number].pv >= 0 > credit.pv
        assert by_number[number].order_date <= credit.order_date
        assert PvMonth.of(by_number[number].order_date) <= PvMonth.of(credit.order_date)
