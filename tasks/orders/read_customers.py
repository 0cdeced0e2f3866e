"""Reads the team list, and of each customer who may have changed: card, months, details."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from models import stop_list
from tasks.orders import rules
from tasks.orders.customer_pages import TEAM
from tasks.orders.guard import check_rejected
from tasks.orders.known import known_customers
from tasks.orders.order_pages import MONTH
from tasks.orders.read_customer import read_customer
from tasks.orders.reading import Reading
from tasks.ports import PageChanged, SourceRefused, SourceUnavailable, TeamPage, TeamRow


def read_customers(reading: Reading) -> bool:
    """Read all that may have changed. Returns False when the run was told to stop.

    A page of one customer that is not as expected, or that the site can't show, changes nothing
    of hers; the others go on. Raises SourceError when it seems to be the site, not the customer.
    """
    missed = False
    for row, plan in _plans(reading):
        if reading.run.stopping():
            return False
        reading.run.beat()
        with structlog.contextvars.bound_contextvars(subject=f"customer {row.member_id}"):
            missed = _missed(reading, row, plan, missed)
    if reading.month_columns:
        # How many orders months hold says nothing; which columns they show does.
        reading.compare(MONTH, 0, frozenset(reading.month_columns), reading.month_text)
    return True


def _missed(reading: Reading, row: TeamRow, plan: rules.ReadingPlan, before: bool) -> bool:
    """Read one customer. Returns whether the site could not show her, which it may once.

    `before`: it could not show the customer before her; twice in a row, the site is down.
    """
    try:
        read_customer(reading, row, plan)
    except PageChanged as error:
        reading.note_broken(error, f"{error.page} of customer {row.member_id}")
        if reading.tally.hopeless(error.page):
            raise
    except SourceRefused:
        raise
    except SourceUnavailable as error:
        if before:
            raise
        reading.note_missed(error, f"customer {row.member_id}")
        return True
    return False


def _plans(reading: Reading) -> list[tuple[TeamRow, rules.ReadingPlan]]:
    """Whom to read, and what of her; who was erased is not asked about any more."""
    rows = _team(reading)
    with reading.db.read() as session:
        known, stopped = known_customers(session), stop_list.load(session)
    allowed = [r for r in rows if r.member_id in known or not stopped.holds(r.member_id)]
    if len(allowed) < len(rows):
        reading.counts["erased"] += len(rows) - len(allowed)
    options = reading.options
    oldest, all_of_them = reading.oldest(), options.full or options.since is not None
    plans = (
        (row, rules.reading_plan(row, known.get(row.member_id), oldest, all_of_them))
        for row in allowed
    )
    return [(row, plan) for row, plan in plans if plan is not None]


def _team(reading: Reading) -> list[TeamRow]:
    """The whole team list. Raises PageChanged also when it has become too short."""
    pages = list(_team_pages(reading))
    reading.refuse(pages)
    rows = [row for page in pages for row in page.rows]
    reading.compare(TEAM, len(rows), pages[-1].columns, pages[-1].text)
    return rows


def _team_pages(reading: Reading) -> Iterator[TeamPage]:
    number, more = 1, True
    while more:
        reading.run.beat()
        page = reading.source.team_page(number)
        guard = reading.options.guard
        check_rejected(TEAM, len(page.rows), len(page.rejected), guard, page.text)
        yield page
        number, more = number + 1, page.has_next
