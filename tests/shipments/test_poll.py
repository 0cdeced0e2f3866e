"""The job that polls: manners, urgency, outages and odd parcels, on stored rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from models.alert import Alert
from models.claims import Lease
from models.customer import Customer
from models.domain.values import (
    AlertState,
    CarrierName,
    ParcelEvent,
    ParcelFacts,
    ParcelState,
    Problem,
)
from models.politeness import PROBE, Manners
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from models.source import Source
from tasks.ports import (
    CarrierAnswer,
    CarrierBlocked,
    CarrierBusy,
    CarrierError,
    CarrierUnavailable,
    NotKnown,
    NumberRefused,
)
from tasks.run import Counts, Run
from tasks.shipments.asking import Polled
from tasks.shipments.pace import BERLIN, Pace
from tasks.shipments.poll import PollOptions, poll_now, poll_shipments, polling_is_due
from tests.models.rows import add_customer, add_order
from tests.services.clock import START, FakeClock

S = ParcelState
HERMES, DHL, *_ = CarrierName
NIGHT = START.replace(hour=21)  # 23:00 in Germany
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = CarrierUnavailable("Hermes answered with 503; try again later")

Answer = CarrierAnswer | CarrierError


def in_transit(number: str, at: datetime = START, code: str = "SORTED") -> ParcelFacts:
    """The carrier has scanned it."""
    scan = ParcelEvent(at, code, S.IN_TRANSIT, "Die Sendung ist unterwegs.")
    return ParcelFacts(HERMES, number, S.IN_TRANSIT, Problem.NONE, None, (scan,), at, at)


class FakeCarrier:
    """Answers by number, or what `says` has for all; remembers whom it was asked about."""

    def __init__(self, name: CarrierName = HERMES) -> None:
        self.name = name
        self.says: Callable[[str], Answer] = in_transit
        self.own: Mapping[str, Answer] = {}
        self.asked: list[str] = []

    def ask(self, number: str, now: datetime) -> CarrierAnswer:
        self.asked.append(number)
        answer = self.own.get(number) or self.says(number)
        if isinstance(answer, CarrierError):
            raise answer
        return answer

    def close(self) -> None:
        return None


class Desk:
    """A database with parcels, one carrier, and a clock that the test moves."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.carrier = db, clock, FakeCarrier()
        self.manners, self.lease = Manners(timedelta(0), 1000), Lease(2 * MINUTE, 8)
        with db.write() as session:
            customer = add_customer(session, START, next_review_at=None, baseline=False)
            self.customer, self.order = customer.id, add_order(session, customer, START).id

    def parcel(self, number: str, state: S | None = None, **facts: Any) -> int:
        """A Hermes parcel that is due."""
        known: dict[str, Any] = {
            "order_id": self.order, "carrier": HERMES, "first_seen_at": START - HOUR,
            "next_poll_at": START, "asked_at": START - HOUR if state else None,
        }  # fmt: skip
        with self.db.write() as session:
            row = Shipment(**(known | facts), number=number, state=state)
            session.add(row)
            session.flush()
            return row.id

    @property
    def options(self) -> PollOptions:
        """With one request at a time, so that the order of questions is known."""
        polled = Polled(self.carrier, self.manners, 1)
        return PollOptions({HERMES: polled}, Pace(jitter=0), BERLIN, self.lease)

    def poll(self) -> Counts:
        """What one run of the job does."""
        return poll_shipments(self.db, self.clock, self.options, Run())

    def is_due(self) -> bool:
        with self.db.read() as session:
            return polling_is_due(session, self.clock.now(), self.options)

    def row(self, number: str) -> Any:
        with self.db.read() as session:
            return session.scalars(select(Shipment).where(Shipment.number == number)).one()

    def source(self) -> Source:
        with self.db.read() as session:
            return session.get_one(Source, "hermes")

    def alerts(self, rule: str) -> Any:
        with self.db.read() as session:
            return session.scalars(select(Alert).where(Alert.rule == rule)).all()


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
    assert moments == [START + timedelta(seconds=2 * n) for n in range(20)]


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


# --- outages -----------------------------------------------------------------------------------


def outage(desk: Desk, parcels: int = 40) -> None:
    """The carrier is down, and many parcels are due."""
    for number in range(parcels):
        desk.parcel(f"{number:02}", S.IN_TRANSIT)
    desk.carrier.says = lambda number: DOWN


def test_after_three_failures_in_a_row_nobody_else_is_asked(desk: Desk) -> None:
    """An outage is noticed at once; the rest of the batch is given back untouched."""
    outage(desk)
    assert desk.poll() == {"asked": 3, "failed": 3}
    assert desk.source().paused_until == START + 2 * MINUTE
    assert not desk.is_due()
    rest = [desk.row(f"{number:02}") for number in range(3, 40)]
    assert {(row.claim_token, row.attempts, row.polls) for row in rest} == {(None, 0, 0)}


def test_after_a_pause_one_request_finds_out_whether_the_outage_lasts(desk: Desk) -> None:
    """No storm on a server that is just getting up; each time another parcel is tried."""
    outage(desk)
    desk.poll()
    pauses = []
    for _ in range(6):
        until = desk.source().paused_until
        assert until is not None
        pauses.append(until - desk.clock.now())
        desk.clock.set(until)
        desk.carrier.asked.clear()
        assert desk.poll() == {"asked": 1, "failed": 1}
        assert len(desk.carrier.asked) == 1
    assert pauses == [n * MINUTE for n in (2, 4, 8, 15, 15, 15)]


def test_while_one_process_probes_no_other_asks(desk: Desk) -> None:
    """The probe holds the source; when its process dies, the next one may try soon."""
    outage(desk)
    desk.poll()
    desk.clock.advance(minutes=2)
    seen: list[bool] = []

    def look(number: str) -> CarrierAnswer:
        seen.append(desk.is_due())
        return in_transit(number)

    desk.carrier.says = look
    desk.poll()
    assert seen[0] is False
    assert timedelta(0) < PROBE <= MINUTE


def test_the_first_answer_ends_the_outage_and_all_others_follow(desk: Desk) -> None:
    """One alert, told with the time of the first failure, closed by the first success."""
    outage(desk)
    began = desk.clock.now()
    while desk.clock.now() < began + HOUR:
        desk.poll()
        desk.clock.set(max(desk.source().paused_until or START, desk.clock.now()))
    desk.carrier.says = in_transit
    desk.poll()
    (alert,) = desk.alerts("tracking-unavailable")
    assert (alert.state, alert.episode) == (AlertState.RESOLVED, 1)
    assert alert.details["since"] == "2026-10-12T07:00:00Z"
    assert {desk.row(f"{number:02}").polls for number in range(40)} == {1}
    assert desk.source().failures == 0


def test_a_hiccup_is_no_alert(desk: Desk) -> None:
    """One failed batch, then all is well: nobody is troubled."""
    outage(desk, 1)
    desk.poll()
    desk.carrier.says = in_transit
    desk.clock.advance(minutes=2)
    desk.poll()
    assert desk.alerts("tracking-unavailable") == []


def test_one_parcel_that_fails_stops_nobody_else(desk: Desk) -> None:
    """The carrier answers about others: this one waits for its next turn, and says why."""
    for number in range(9):
        desk.parcel(str(number), S.IN_TRANSIT)
    desk.carrier.own = {"4": DOWN}
    assert desk.poll() == {"asked": 9, "changed": 8, "failed": 1}
    row = desk.row("4")
    assert (row.error, row.state, row.attempts) == (str(DOWN), S.IN_TRANSIT, 0)
    assert row.next_poll_at == START + HOUR
    assert desk.source().failures == 0
    desk.carrier.own = {}
    desk.clock.advance(hours=1)
    desk.poll()
    assert desk.row("4").error is None


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (CarrierBlocked("refused"), 6 * HOUR),
        (CarrierBusy("too many", 120), 2 * MINUTE),
        (CarrierBusy("too many"), 15 * MINUTE),
        (CarrierUnavailable("503", 3600), HOUR),
    ],
)
def test_a_refusal_ends_the_batch_and_pauses_the_source(
    desk: Desk, error: CarrierError, pause: timedelta
) -> None:
    """Whoever says how long to wait is obeyed, with a 503 too; a blocked network waits hours."""
    outage(desk, 1 if isinstance(error, CarrierUnavailable) else 30)
    desk.carrier.says = lambda number: error
    desk.poll()
    assert len(desk.carrier.asked) == 1
    assert desk.source().paused_until == START + pause


def test_a_pause_that_another_process_makes_is_noticed(desk: Desk) -> None:
    """Two workers never learn of a refusal one after the other, batch by batch."""
    outage(desk, 12)
    desk.manners = Manners(timedelta(seconds=2), 1000)

    def other_is_refused(number: str) -> CarrierAnswer:
        with desk.db.write() as session:
            session.get_one(Source, "hermes").paused_until = desk.clock.now() + HOUR
        return in_transit(number)

    desk.carrier.says = other_is_refused
    desk.poll()
    assert len(desk.carrier.asked) == 1


def test_a_slow_carrier_keeps_no_other_waiting(desk: Desk) -> None:
    """Each carrier is asked by itself: the pause of one is not the other's."""
    outage(desk, 3)
    desk.parcel("dhl", carrier=DHL)
    other = FakeCarrier(DHL)
    both = {HERMES: desk.options.carriers[HERMES], DHL: Polled(other, desk.manners, 1)}
    options = PollOptions(both, desk.options.pace, BERLIN, desk.lease)
    assert poll_shipments(desk.db, desk.clock, options, Run()) == {
        "asked": 4, "changed": 1, "failed": 3,
    }  # fmt: skip
    assert other.asked == ["dhl"]
