"""Erasure as the CLI starts it: the rows, then the traces that a database leaves in its files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import OperationalError

from models.customer import Customer
from models.safety_copy import copies_of
from models.session import Database
from tasks.housekeeping.erase import erase
from tasks.run import Counts
from worker.bootstrap import House


class OwnerStays(Exception):
    """The account's owner is not one of her own customers."""


def erase_customer(house: House, member_id: str) -> tuple[Counts, list[str]]:
    """Erase her everywhere. Returns what was removed, and notes on what is left to the user.

    Raises OwnerStays, LookupError.
    """
    with house.db.secure_write() as session:
        customer = session.query(Customer).filter_by(member_id=member_id).one_or_none()
        if customer is None:
            raise LookupError(member_id)
        if customer.is_owner:
            raise OwnerStays("that is the account's owner; delete the database instead")
        counts = erase(session, customer, house.clock.now())
    return counts, [*_wipe(house.db), *_drop_copies(house.db, counts)]


def _wipe(db: Database) -> list[str]:
    """Give the pages back that held her: a deleted row's bytes stay in the file otherwise."""
    try:
        if db.vacuum():
            return []
    except (OperationalError, sqlite3.OperationalError):
        pass  # somebody holds the tables; the note says what helps
    return ["the database is in use: stop the program and run `orderwatch db compact`"]


def _drop_copies(db: Database, counts: Counts) -> list[str]:
    """The copies that were kept before a migration hold her; so do the user's own backups."""
    if db.is_sqlite and db.url.database:
        for copy in copies_of(Path(db.url.database).expanduser()):
            copy.unlink(missing_ok=True)
            counts["copies_before_upgrades"] += 1
    return ["backups that you made hold her still: delete them, or make a new one in their place"]
