"""Tables in a terminal of 80 columns: what is read stays whole, what can be spared goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import MailKind
from tests.cli.rows import EARLIER, Cli, Rows
from worker.cli.cards import counted
from worker.cli.fitting import fits, left_out

ADDRESS = "katharina.schoenfeld.442@example.org"


@pytest.fixture
def mail(rows: Rows) -> None:
    """A mail with a long subject to a long address."""
    subject = "Erinnerung an 3 offene Hinweise: Paket ist zurück, Bestellung verschwunden"
    rows.mail(MailKind.FIRST_SYNC_SUMMARY, recipient=ADDRESS, subject=subject)


def test_a_subject_can_be_read_at_80_columns(
    cli: Cli, mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subject gets its room, and a line says which columns went for it."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli("mail", "list").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "Erinnerung an 3 offene" in lines[2]
    assert "2026-10-20 10:00" in lines[2]
    assert lines[-1].startswith("(not shown: to")


def test_a_program_that_reads_gets_it_all(
    cli: Cli, mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`| grep` finds whole lines with every column, however long they are."""
    monkeypatch.delenv("COLUMNS", raising=False)
    _, _, line = cli("mail", "list").out.splitlines()
    assert ADDRESS in line
    assert "Bestellung verschwunden" in line


@pytest.mark.parametrize("command", ["orders show 185204417", "customers show 8120345"])
def test_a_parcel_without_a_state_is_told_in_the_same_words(
    cli: Cli, rows: Rows, command: str
) -> None:
    """No empty cell where `shipments list` says what is the matter."""
    order = rows.order(rows.customer(), "185204417")
    rows.parcel(order, next_poll_at=EARLIER)
    rows.parcel(order, "99000000000028")
    for said in (cli(*command.split()).out, cli("shipments", "list").out):
        assert "not known yet" in said
        assert "not followed" in said


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [(1, "mails", "1 mail"), (2, "mails", "2 mails"), (1, "people", "1 person"),
     (1, "parked_mails", "1 parked mail"), (1, "unchanged", "1 unchanged")],
)  # fmt: skip
def test_one_is_one(number: int, noun: str, said: str) -> None:
    """One mail is no mails."""
    assert counted(number, noun) == said


@given(st.lists(st.integers(1, 90), min_size=1, max_size=7), st.integers(20, 200))
def test_no_more_is_left_out_than_has_to_be(needed: list[int], width: int) -> None:
    """Columns go in their order, and only while the rest does not fit."""
    columns = [str(place) for place in range(len(needed))]
    gone = left_out(columns, needed, columns[1:], width)
    assert list(gone) == columns[1 : len(gone) + 1]
    if gone:
        assert not fits([needed[0], *needed[len(gone) :]], width)
