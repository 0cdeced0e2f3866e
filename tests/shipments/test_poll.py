"""The job that polls: what is stored, urgency, spacing and the night, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from models.customer import Customer
from models.domain.values import (
    ParcelFacts,
)
from models.politeness import Manners
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from models.source import Source
from tasks.ports import (
    CarrierAnswer,
    NotKnown,
    NumberRefused,
)
from tasks.run import Run
from tasks.shipments.poll import poll_now, poll_shipments
from tests.models.rows import add_customer, add_order
from tests.services.clock import START, FakeClock
from tests.shipments.desk import (
    HERMES,
    HOUR,
    NIGHT,
    Desk,
    S,
    in_transit,
)


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    """Both kinds of database, empty but for a customer with an order."""
    return Desk(db, clock)


# --- what is stored ----------------------------------------------------------------------------


def test_an_answer_is_stored_with_its_scans_and_its_customer_is_reviewed(desk: Desk) -> None:
    """State, first movement, scans, and the next question: all at once."""
    desk.parcel("1")
    assert desk.poll() == {"asked": 1, "changed": 1}
    row = desk.row("1")
    assert (row.state, row.shipped_at, row.polls) == (S.IN_TRANSIT, START, 1)
    assert (row.next_poll_at, row.claim_token, row.attempts) == (START + HOUR, None, 0)
    with desk.db.read() as session:
        assert session.scalars(select(ShipmentEvent.code)).all() == ["SORTED"]
        assert session.get_one(Customer, desk.customer).next_review_at == START


def test_a_second_equal_answer_writes_no_news(desk: Desk) -> None:
    """Nothing changed: no event, no review, only the next question."""
    desk.parcel("1")
    desk.poll()
    with desk.db.write() as session:
        session.get_one(Customer, desk.customer).next_review_at = None
    desk.clock.advance(hours=1)
    assert desk.poll() == {"asked": 1}
    with desk.db.read() as session:
        assert len(session.scalars(select(ShipmentEvent)).all()) == 1
        assert session.get_one(Customer, desk.customer).next_review_at is None
    assert desk.row("1").polls == 2


def test_a_window_that_changes_is_remembered(desk: Desk) -> None:
    """The road of a parcel shows which windows the carrier has named."""
    desk.parcel("1")
    for hour in (10, 10, 14):
        start = START.replace(hour=hour)
        window = {"expected_from": start, "expected_to": start + HOUR}
        facts = in_transit("1", desk.clock.now())
        desk.carrier.own = {"1": ParcelFacts(**{n: getattr(facts, n) for n in _FIELDS} | window)}
        desk.poll()
        desk.clock.advance(hours=2)
    windows = [window["from"] for window in desk.row("1").windows]
    assert windows == ["2026-10-12T10:00:00+00:00", "2026-10-12T14:00:00+00:00"]


_FIELDS = ("carrier", "number", "state", "problem", "stop", "events", "shipped_at", "last_event_at")


def test_a_parcel_of_two_orders_is_asked_for_once(desk: Desk) -> None:
    """Both orders know where it is, its carrier hears one question."""
    desk.parcel("1")
    with desk.db.write() as session:
        customer = add_customer(session, START, member_id="4711002", name="Bea Beispiel")
        other = add_order(session, customer, START, number="370000002").id
    desk.parcel("1", order_id=other, next_poll_at=START + HOUR)
    desk.poll()
    assert desk.carrier.asked == ["1"]
    with desk.db.read() as session:
        rows = session.execute(select(Shipment.state, Shipment.next_poll_at)).all()
    assert rows == [(S.IN_TRANSIT, START + HOUR)] * 2


def test_an_unknown_code_is_reported_once_however_many_parcels_show_it(desk: Desk) -> None:
    """One line for the operator, not a mail per parcel or poll."""
    odd = {"unknown_code": "BRAND_NEW"}
    for number in "12345":
        desk.parcel(number)
    desk.carrier.says = lambda number: ParcelFacts(
        **{name: getattr(in_transit(number), name) for name in _FIELDS} | odd
    )
    for _ in range(3):
        desk.poll()
        desk.clock.advance(hours=2)
    (alert,) = desk.alerts("unknown-status-code")
    assert (alert.episode, alert.details["code"]) == (1, "BRAND_NEW")


def test_a_batch_needs_a_handful_of_statements_however_large_it_is(desk: Desk) -> None:
    """No SELECT per parcel: ten times as many parcels cost the same number of statements."""

    def statements(first: int, parcels: int) -> int:
        for number in range(first, first + parcels):
            desk.parcel(str(number))
        seen: list[str] = []

        def note(*words: Any) -> None:
            seen.append(words[2])

        event.listen(desk.db.engine, "before_cursor_execute", note)
        desk.poll()
        event.remove(desk.db.engine, "before_cursor_execute", note)
        return len(seen)

    statements(10, 1)
    assert statements(100, 5) == statements(1000, 50)
    assert len(set(desk.carrier.asked)) == 56


# --- numbers that lead nowhere -----------------------------------------------------------------


def test_a_number_that_nobody_knows_is_asked_for_less_and_less_and_then_given_up(
    desk: Desk,
) -> None:
    """The last question makes the customer due for review, so that the finding opens."""
    desk.parcel("1", first_seen_at=START)
    desk.carrier.says = lambda number: NotKnown()
    moments = []
    while desk.row("1").next_poll_at is not None:
        desk.clock.set(desk.row("1").next_poll_at)
        desk.poll()
        moments.append(desk.clock.now())
    assert 20 < len(moments) < 60
    assert timedelta(days=10) <= moments[-1] - START < timedelta(days=11)
    assert desk.row("1").given_up == "unknown"
    with desk.db.read() as session:
        assert session.get_one(Customer, desk.customer).next_review_at == moments[-1]


def test_a_refused_number_is_no_outage(desk: Desk) -> None:
    """A mistyped number is told about its order; the others are asked as ever."""
    desk.parcel("1")
    desk.parcel("2")
    desk.carrier.own = {"1": NumberRefused("no number")}
    assert desk.poll() == {"asked": 2, "changed": 2}
    assert desk.row("1").given_up == "refused"
    assert (desk.source().failures, desk.row("2").state) == (0, S.IN_TRANSIT)


# --- manners -----------------------------------------------------------------------------------


def test_when_the_budget_is_short_what_matters_most_goes_first(desk: Desk) -> None:
    """Who can be helped today is asked about before who is merely on the way."""
    for at, state in enumerate([S.ANNOUNCED, S.IN_TRANSIT, None, S.OUT_FOR_DELIVERY]):
        desk.parcel(f"{state}", state, next_poll_at=START - timedelta(minutes=60 - at))
    desk.parcel("unknown so far", asked_at=START - HOUR)
    for at, state in enumerate([S.READY_FOR_PICKUP, S.DELIVERY_FAILED, S.RETURNING]):
        desk.parcel(f"{state}", state, next_poll_at=START - timedelta(minutes=30 - at))
    desk.manners = Manners(timedelta(0), daily_budget=6)
    assert desk.poll() == {"asked": 6, "changed": 6}
    assert desk.carrier.asked == [
        "out_for_delivery", "ready_for_pickup", "delivery_failed", "in_transit", "None",
        "returning",
    ]  # fmt: skip
    assert not desk.is_due()
    desk.clock.advance(days=1)
    assert desk.is_due()


def test_where_the_budget_suffices_the_most_overdue_goes_first(desk: Desk) -> None:
    """Nobody waits for ever behind more urgent parcels."""
    desk.parcel("new", S.OUT_FOR_DELIVERY)
    desk.parcel("old", S.ANNOUNCED, next_poll_at=START - HOUR)
    desk.poll()
    assert desk.carrier.asked == ["old", "new"]


def test_requests_keep_their_spacing(desk: Desk) -> None:
    """Each waits for its slot, and the next batch for the end of this one's."""
    for number in range(20):
        desk.parcel(f"{number:02}")
    desk.manners = Manners(timedelta(seconds=2), 1000)
    moments: list[datetime] = []

    def at(number: str) -> CarrierAnswer:
        moments.append(desk.clock.now())
        return in_transit(number)

    desk.carrier.says = at
    desk.poll()
    seconds = [(moment - START).total_seconds() for moment in moments]
    assert seconds == [*range(0, 32, 2), *range(33, 41, 2)]


def test_nobody_is_asked_at_night_but_about_new_numbers(desk: Desk) -> None:
    """What the evening left over waits for the morning; a new number is asked for once."""
    desk.clock.set(NIGHT)
    desk.parcel("known", S.IN_TRANSIT)
    assert not desk.is_due()
    desk.parcel("new")
    assert desk.is_due()
    desk.poll()
    assert desk.carrier.asked == ["new"]
    assert desk.row("new").next_poll_at >= NIGHT + 7 * HOUR
    desk.clock.set(NIGHT + 7 * HOUR)
    desk.poll()
    assert "known" in desk.carrier.asked


def test_a_slow_carrier_ends_the_batch_before_its_claims_run_out(desk: Desk) -> None:
    """No other worker takes over what is still being asked."""
    for number in range(5):
        desk.parcel(str(number))

    def slow(number: str) -> CarrierAnswer:
        desk.clock.advance(seconds=25)
        return in_transit(number)

    desk.carrier.says = slow
    stopped = Run(stopping=lambda: len(desk.carrier.asked) >= 3)
    poll_shipments(desk.db, desk.clock, desk.options, stopped)
    assert desk.carrier.asked == ["0", "1", "2"]
    assert (desk.row("4").claim_token, desk.row("4").attempts) == (None, 0)
    assert desk.row("4").next_poll_at <= desk.clock.now()


def test_poll_now_asks_at_night_too_and_says_when_nobody_may_be_asked(desk: Desk) -> None:
    """The user wants to know; a pause or an empty budget holds all the same."""
    desk.clock.set(NIGHT)
    row = desk.parcel("1", S.IN_TRANSIT, next_poll_at=NIGHT + 7 * HOUR)
    polled = desk.options.carriers[HERMES]
    assert poll_now(desk.db, desk.clock, polled, desk.options, [row])
    assert desk.carrier.asked == ["1"]
    with desk.db.write() as session:
        session.get_one(Source, "hermes").paused_until = NIGHT + HOUR
    assert not poll_now(desk.db, desk.clock, polled, desk.options, [row])
    assert desk.carrier.asked == ["1"]
