"""Credits: lists, rules and cases tell the same of every order, whatever shows the credit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models.base import Base
from models.case import Case, CaseStepRow
from models.case_store import open_case
from models.domain.credits import CreditSigns, LedgerCredit, credits_of
from models.domain.families import DEFAULT_FAMILIES
from models.domain.months import PvMonth
from models.domain.values import CaseStep, ParcelState
from models.ledger import LedgerEntry
from models.order import Order
from models.session import Database
from models.shipment import Shipment
from tasks.cases.facts import CaseLimits
from tasks.cases.load import CaseRules, load_files
from tasks.checks.load import load_dossiers
from tests.checks.subjects import BERLIN, WORKDAYS, order
from tests.models.rows import add_customer, add_order
from worker.cli.order_views import order_views

NOW = datetime(2026, 10, 22, 10, tzinfo=UTC)
TODAY = date(2026, 10, 22)
RULES = CaseRules(BERLIN, WORKDAYS, DEFAULT_FAMILIES, CaseLimits(), 3)


class Shown(NamedTuple):
    """An order as the sources show it: amounts, the day, its parcel, its credits in the ledger."""

    pv: str = "57"
    total: str | None = "87.50"
    day: str = "2026-10-05"
    parcel: ParcelState | None = None
    ledger: Sequence[str] = ()
    told: bool = False
    """The user ticked `credited` in its case."""


CREDIT = Shown("-57", "-87.50", "2026-10-20")


def store(db: Database, orders: Sequence[Shown]) -> None:
    """Anna with these orders, numbered from 1 on, and nothing else in the database."""
    with db.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        anna = add_customer(session, NOW, member_id="8120345")
        for number, shown in enumerate(orders, 1):
            placed = date.fromisoformat(shown.day)
            facts: dict[str, Any] = {
                "order_date": placed, "pv_month": PvMonth.of(placed), "source": "IO",
                "pv": Decimal(shown.pv), "total": Decimal(shown.total) if shown.total else None,
            }  # fmt: skip
            row = add_order(session, anna, NOW, number=str(number), **facts)
            _store_signs(session, row, shown)


def _store_signs(session: Any, order: Order, shown: Shown) -> None:
    if shown.parcel:
        session.add(
            Shipment(
                order_id=order.id, number=f"H{order.number}", state=shown.parcel,
                last_event_at=NOW, first_seen_at=NOW,
            )
        )  # fmt: skip
    for nth, amount in enumerate(shown.ledger):
        entry = {"kind": "Credit", "entry_date": TODAY, "first_seen_at": NOW}
        row = f"{order.number}.{nth}"
        session.add(
            LedgerEntry(row_hash=row, order_number=order.number, amount=Decimal(amount), **entry)
        )
    if shown.told:
        case, _ = open_case(session, order, NOW)
        session.add(CaseStepRow(case_id=case.id, step=CaseStep.CREDITED, at=NOW, seen=False))


def in_list(db: Database) -> set[str]:
    """The orders that the list calls credited."""
    with db.read() as session:
        views = order_views(session, DEFAULT_FAMILIES)
    return {view["order_number"] for view in views if view["status"] == "credited"}


def in_rules(db: Database) -> set[str]:
    """The orders that no longer count for the rules, and the credits themselves."""
    with db.read() as session:
        ids = session.scalars(select(Order.customer_id)).all()
        (dossier,), _ = load_dossiers(session, ids[:1], DEFAULT_FAMILIES, TODAY)
    return {o.number for o in dossier.orders if o.cancelled or o.pv < 0 or (o.total or 0) < 0}


def in_cases(db: Database) -> set[str]:
    """The orders whose case would see a credit."""
    with db.write() as session:
        for row in session.scalars(select(Order)).all():
            open_case(session, row, NOW)
    with db.read() as session:
        files = load_files(session, session.scalars(select(Case.id)).all(), RULES, NOW)
    return {
        file.facts.order.number
        for file in files
        if file.facts.credit or CaseStep.CREDITED in file.facts.known
    }


amounts = st.sampled_from(
    [("57", "87.50"), ("57", None), ("30", "87.50"), ("57", "40"), ("0", "9")]
)
signs = st.sampled_from([(), (), ("-20",), ("-87.50",), ("-20", "-67.50")])
days = st.integers(0, 130).map(lambda n: (date(2026, 6, 10) + timedelta(days=n)).isoformat())
parcels = st.sampled_from([None, ParcelState.DELIVERED, ParcelState.RETURNED])
originals = st.builds(
    lambda amount, *more: Shown(*amount, *more),
    amounts, days, parcels, signs, st.integers(0, 9).map(lambda n: n == 0),
)  # fmt: skip
negatives = st.builds(
    lambda amount, day: Shown(f"-{amount[0]}", f"-{amount[1]}" if amount[1] else None, day),
    amounts.filter(lambda amount: amount[0] != "0"), days,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(originals, originals, negatives), min_size=1, max_size=5))
def test_list_rules_and_cases_agree(db: Database, orders: list[Shown]) -> None:
    """Nobody is told that an order is credited by one and that it counts by another."""
    store(db, orders)
    credited = in_list(db)
    assert in_rules(db) == credited
    negative = {str(number) for number, o in enumerate(orders, 1) if o.pv.startswith("-")}
    assert in_cases(db) | negative == credited


KEPT, BACK = Shown(parcel=ParcelState.DELIVERED), Shown(parcel=ParcelState.RETURNED)


@pytest.mark.parametrize(
    ("orders", "credited"),
    [
        ((BACK, KEPT, CREDIT), {"1", "3"}),
        ((Shown(), KEPT, CREDIT), {"2", "3"}),
        ((Shown(ledger=("-87.50",)), KEPT, CREDIT), {"1", "3"}),
        ((Shown(told=True), KEPT, CREDIT), {"1", "3"}),
        ((Shown(ledger=("-20",)), KEPT, CREDIT), {"2", "3"}),
        ((Shown(), KEPT, CREDIT, CREDIT._replace(ledger=("-87.50",))), {"1", "2", "3", "4"}),
        ((Shown(ledger=("-20",)), Shown(ledger=("-20", "-67.50"))), {"2"}),
        ((Shown(), CREDIT._replace(total="-90")), {"2"}),
    ],
    ids=[
        "the one that went back", "else the latest", "the one that the ledger names",
        "the one that the user named", "a part is no name", "a credit is never taken back",
        "parts add up", "more than was paid",
    ],
)  # fmt: skip
def test_a_credit_means_one_order(
    db: Database, orders: Sequence[Shown], credited: set[str]
) -> None:
    """Of equal orders the other one still counts: nobody stops watching it."""
    store(db, orders)
    assert in_list(db) == credited
    assert in_rules(db) == credited


def test_all_pv_back_for_a_fee_is_a_credit() -> None:
    """After 30 days doTERRA pays 90 %: the ledger's PV tell that it was the whole order."""
    sold = order(1, "2026-10-05", total=Decimal(100))
    for pv, credited in (("-60", True), ("-30", False)):
        entry = LedgerCredit(Decimal(-90), Decimal(pv), TODAY)
        found = credits_of([sold], CreditSigns({"1": entry}))
        assert ("1" in found) is credited
