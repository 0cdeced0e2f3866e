"""Column types: what comes back is what was written, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, func, make_url, select
from sqlalchemy.exc import StatementError

from models.base import Amount, Month, UtcTime
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.values import RunState
from models.job import JobRun, Slot
from models.session import Database
from tests.models.rows import add_customer, add_slots, get_slot
from tests.services.clock import START

SQLITE: Dialect = make_url("sqlite://").get_dialect()()
POSTGRES: Dialect = make_url("postgresql+psycopg://").get_dialect()()

BERLIN_SUMMER = timezone(timedelta(hours=2))


def test_a_moment_comes_back_in_utc(db: Database) -> None:
    """Whatever zone it was written in, it is the same moment, aware and in UTC."""
    local = datetime(2026, 10, 12, 9, 0, 0, 123456, tzinfo=BERLIN_SUMMER)
    (row,) = add_slots(db, "sync-orders", local)
    found = get_slot(db, row).due_at
    assert found == local
    assert found.utcoffset() == timedelta(0)


def test_a_moment_is_compared_across_zones(db: Database) -> None:
    """A due query with a local time finds the right rows."""
    (row,) = add_slots(db, "sync-orders", START)
    with db.read() as session:
        local = START.astimezone(BERLIN_SUMMER)
        assert session.scalar(select(Slot.id).where(Slot.due_at == local)) == row
        earlier = local - timedelta(microseconds=1)
        assert session.scalar(select(Slot.id).where(Slot.due_at <= earlier)) is None


def test_a_naive_time_is_refused(db: Database) -> None:
    """A time without a zone would be wrong by hours on some machines."""
    with pytest.raises(StatementError, match="a naive time was given where a moment is wanted"):
        add_slots(db, "sync-orders", datetime(2026, 10, 12, 9, 0))
    with db.read() as session:
        assert session.scalar(select(func.count(Slot.id))) == 0


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES], ids=["sqlite", "postgresql"])
@given(
    st.datetimes(
        datetime(1990, 1, 1),
        datetime(2100, 1, 1),
        timezones=st.timezones(),
        allow_imaginary=False,
    )
)
def test_any_moment_survives(dialect: Dialect, moment: datetime) -> None:
    """No zone and no clock change makes a stored moment another one."""
    column = UtcTime()
    stored = column.process_bind_param(moment, dialect)
    assert column.process_result_value(stored, dialect) == moment.astimezone(UTC)


def volume(db: Database, *amounts: str) -> int:
    """A customer with these PV in a month each."""
    with db.write() as session:
        customer = add_customer(session, START)
        for back, amount in enumerate(amounts):
            month = PvMonth(2026, 10).plus(-back)
            session.add(CustomerVolume(customer_id=customer.id, month=month, pv=Decimal(amount)))
        return customer.id


def test_amounts_are_exact(db: Database) -> None:
    """Ten cents are ten cents, and a sum over them has no rounding error."""
    volume(db, "0.10", "0.20", "-19.99", "123456789012.34", "0")
    with db.read() as session:
        found = session.scalars(select(CustomerVolume.pv).order_by(CustomerVolume.month.desc()))
        assert [str(pv) for pv in found] == ["0.10", "0.20", "-19.99", "123456789012.34", "0.00"]
        total = session.scalar(select(func.sum(CustomerVolume.pv)))
    assert Decimal(str(total)) in (Decimal("123456788992.65"), Decimal("12345678899265"))


def test_an_amount_with_a_third_decimal_is_refused(db: Database) -> None:
    """Rounding would hide that a page was misread."""
    with pytest.raises(StatementError, match=r"at most two decimals: 1\.005"):
        volume(db, "1.005")


@given(st.decimals(-(10**12), 10**12, places=2))
def test_any_amount_survives(amount: Decimal) -> None:
    """Whatever a page shows is what the mail says."""
    dialect, column = SQLITE, Amount()
    assert column.process_result_value(column.process_bind_param(amount, dialect), dialect) == (
        amount
    )


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(2000, 2100), st.integers(1, 12))
def test_months_sort_by_time(year: int, month: int, other_year: int, other_month: int) -> None:
    """`2026-09` comes before `2026-10` also as a database compares it."""
    dialect, column = SQLITE, Month()
    one, other = PvMonth(year, month), PvMonth(other_year, other_month)
    stored, other_stored = (column.process_bind_param(each, dialect) for each in (one, other))
    assert stored is not None
    assert other_stored is not None
    assert (stored < other_stored) is (one < other)
    assert column.process_result_value(stored, dialect) == one


def test_an_unknown_choice_is_refused(db: Database) -> None:
    """A state that the program does not know never gets into the database."""
    run = JobRun(job="sync-orders", state="finished", started_at=START, alive_until=START)
    with pytest.raises(StatementError, match="'finished' is not a valid RunState"), db.write() as s:
        s.add(run)
    with db.write() as session:
        session.add(
            JobRun(job="sync-orders", state=RunState.DONE, started_at=START, alive_until=START)
        )
    with db.read() as session:
        assert session.scalars(select(JobRun.state)).one() is RunState.DONE


def test_what_is_unknown_stays_unknown(db: Database) -> None:
    """None is never turned into a zero, an epoch or a default."""
    with db.write() as session:
        row = add_customer(session, START, member_id=None).id
    with db.read() as session:
        customer = session.get_one(Customer, row)
        assert (customer.member_id, customer.invoice_copies, customer.next_review_at) == (None,) * 3
