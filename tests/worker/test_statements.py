"""Queries per job: a job over many rows needs no more statements than over a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.session import Database
from tests.orders.order_files import HEAD, ROW, take
from tests.orders.syncing import Syncing
from tests.services.clock import FakeClock
from tests.worker.chores import Chores, counted
from worker.bootstrap import House
from worker.cli.alert_views import alert_views
from worker.cli.case_views import case_views
from worker.cli.customer_views import found_customers
from worker.cli.invoice_views import invoice_views
from worker.cli.mail_views import mail_views
from worker.cli.order_views import order_views
from worker.cli.shipment_views import shipment_views

FEW, MANY = 3, 12


@pytest.fixture
def chores(database_url: str, clock: FakeClock) -> Iterator[Chores]:
    """The program on an empty database."""
    found = Chores(database_url, clock)
    yield found
    found.house.close()


@pytest.mark.parametrize(
    "job",
    ["review-orders", "check-cases", "send-alerts", "daily-digest", "housekeeping"],
)
def test_no_job_asks_row_by_row(chores: Chores, job: str) -> None:
    """Four times as many customers with something to do: the same number of statements."""
    chores.add(FEW)
    few = chores.statements(job)
    chores.add(MANY)
    many = chores.statements(job)
    assert len(many) == len(few), extra(few, many)


def extra(few: list[str], many: list[str]) -> str:
    """The statements that were made more often, for whoever has to find them."""
    return "\n".join(f"{n} more: {words}" for words, n in (Counter(many) - Counter(few)).items())


def test_each_invoice_copy_has_its_own_few_statements(chores: Chores) -> None:
    """Each may be fetched over HTTP, so each is read, asked for and written by itself."""
    each = []
    for people in (5, 20):  # whole batches
        chores.add(people)
        each.append(len(chores.statements("send-invoices")) / people)
    assert each[1] <= each[0] <= 10


def test_mails_of_our_own_share_their_commits(chores: Chores) -> None:
    """Five go into a commit with a handful of statements, so that a mail needs one or two."""
    chores.add(5)
    few = len(chores.statements("deliver-mail"))
    chores.add(25)
    many = len(chores.statements("deliver-mail"))
    assert (many - few) / 4 <= 10


def test_an_import_asks_by_the_portion(db: Database, tmp_path: Path) -> None:
    """Ten times as many rows in a file, still of one portion, cost no statement more."""

    def statements(first: int, rows: int) -> list[str]:
        path = tmp_path / f"{first}.csv"
        row = ROW.replace("184145362", "{}").replace("7654321", "{}")
        path.write_text("\n".join([HEAD, *(row.format(n, n) for n in range(first, first + rows))]))
        with counted(db) as seen:
            assert take(db, path).counts["new"] == rows
        return seen

    statements(184_000_000, 5)  # the first import of all makes the source's row
    few, many = statements(185_000_000, 10), statements(186_000_000, 100)
    assert len(many) == len(few), extra(few, many)


def test_a_sync_asks_by_the_customer(db: Database) -> None:
    """One step a customer, and of her five orders no more than of one."""
    office = Syncing(db)
    office.sync()

    def statements(people: Sequence[str], orders: int) -> list[str]:
        for member in people:
            for _ in range(orders):
                office.place(member)
        with counted(db) as seen:
            assert office.sync().counts["new"] == len(people) * orders
        return seen

    one, two, three, *_ = office.people(3)
    statements([one], 1)
    single, five = statements([one], 1), statements([one], 5)
    assert len(five) == len(single), extra(single, five)
    pair, all_three = statements([one, two], 1), statements([one, two, three], 1)
    assert len(all_three) - len(pair) == len(pair) - len(single)
    office.close()


@pytest.mark.parametrize(
    "view",
    [
        lambda session, house: order_views(session, house.families),
        lambda session, house: shipment_views(session),
        lambda session, house: alert_views(session, timezone="Europe/Berlin"),
        lambda session, house: case_views(session),
        lambda session, house: invoice_views(session),
        lambda session, house: mail_views(session, house.identity),
        lambda session, house: found_customers(session, "anna"),
    ],
    ids=["orders", "shipments", "alerts", "cases", "invoices", "mail", "customers"],
)
def test_no_listing_asks_row_by_row(chores: Chores, view: Callable[[Session, House], Any]) -> None:
    """Whatever a list shows of each row comes with a few statements for all."""
    counts = []
    for people in (FEW, MANY):
        chores.add(people)
        with chores.db.read() as session, counted(chores.db) as seen:
            assert len(view(session, chores.house)) >= people
        counts.append(len(seen))
    assert counts[0] == counts[1]
