"""docs/import.md tells the truth: its columns are those that are read, its example comes in."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select

from models.domain.tracking import hermes_check_digit_ok
from models.session import Database
from models.shipment import Shipment
from tasks.orders.files.columns import COLUMNS, REQUIRED
from tests.orders.order_files import orders, take

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_names_every_column() -> None:
    """Who keeps a list finds each column in both languages, and which are needed."""
    page = (DOCS / "import.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| ?(.*?) ?\|$", page, re.M)
    assert [(english, german) for english, german, _ in rows] == list(COLUMNS.items())
    assert tuple(english for english, _, more in rows if "**needed**" in more) == REQUIRED


def test_the_example_comes_in(sqlite_url: str) -> None:
    """The list to copy is read to its last row, and shows every column."""
    db = Database(sqlite_url)
    result = take(db, DOCS / "orders.csv")
    assert (result.rejected, result.notes) == ([], [])
    assert len(orders(db)) == 3
    with db.read() as session:
        numbers = session.scalars(select(Shipment.number)).all()
    assert [hermes_check_digit_ok(number) for number in numbers] == [True]
    heading = (DOCS / "orders.csv").read_text(encoding="utf-8").splitlines()[0]
    assert sorted(heading.split(";")) == sorted(COLUMNS.values())
    db.close()
