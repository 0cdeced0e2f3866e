"""`jobs parked` and `unpark`: given-up work is seen, and gets another chance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.alert import Alert
from models.domain.values import AlertState, MailKind, MailState
from models.mail import Mail
from models.parking import tell_parked
from models.queues import DELIVERIES
from models.session import Database
from tasks.housekeeping.restore import WAITED
from tasks.mail.outcomes import UNDECIDED
from worker.cli.main import run

PARKED = datetime(2026, 10, 19, 10, tzinfo=UTC)


@pytest.fixture
def outbox(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database that the command uses."""
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", sqlite_url)
    return Database(sqlite_url)


def park(db: Database, key: str, reason: str) -> int:
    """A mail that was given up for `reason`."""
    with db.write() as session:
        mail = Mail(
            kind=MailKind.ALERT, recipient="a@example.org", language="de", facts={},
            dedupe_key=key, message_id=f"<{key}@example.org>", state=MailState.PARKED,
            created_at=PARKED, parked_at=PARKED, error=reason, attempts=12,
        )  # fmt: skip
        session.add(mail)
        session.flush()
        return mail.id


def test_parked_work_is_listed_with_its_reason(
    outbox: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator sees what waits for her and why."""
    park(outbox, "a", "550 no such user")
    assert run(["jobs", "parked"]) == 0
    said = capsys.readouterr().out
    outbox.close()
    assert "mails:1" in said
    assert "550 no such user" in said


def test_unparked_work_is_due_with_all_its_attempts(
    outbox: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another chance is a whole one."""
    mail_id = park(outbox, "a", "550 no such user")
    assert run(["jobs", "unpark", f"mails:{mail_id}"]) == 0
    with outbox.read() as session:
        mail = session.get_one(Mail, mail_id)
        assert (mail.state, mail.attempts, mail.parked_at) == (MailState.QUEUED, 0, None)
        assert mail.next_attempt_at is not None
    outbox.close()


def test_an_undecided_mail_is_not_sent_again_by_the_way(
    outbox: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether a customer may get it twice is decided by name, not by unparking."""
    mail_id = park(outbox, "a", f"the line broke; {UNDECIDED}")
    assert run(["jobs", "unpark", f"mails:{mail_id}"]) == 1
    assert "mail resend" in capsys.readouterr().err
    with outbox.read() as session:
        assert session.get_one(Mail, mail_id).state is MailState.PARKED
    outbox.close()


@pytest.mark.parametrize(("word", "code"), [("mails:99", 1), ("nonsense", 2), ("mails:x", 2)])
def test_what_is_not_parked_is_said_in_one_line(
    outbox: Database, capsys: pytest.CaptureFixture[str], word: str, code: int
) -> None:
    """A wrong ID changes nothing and is no traceback."""
    outbox.close()
    assert run(["jobs", "unpark", word]) == code
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_all_that_is_parked_gets_another_chance(
    outbox: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """After an outage one command is enough; what may have arrived is left to a human."""
    assert run(["jobs", "unpark", "--all"]) == 0
    assert "nothing is parked" in capsys.readouterr().out
    for key in "ab":
        park(outbox, key, "550 no such user")
    undecided = [park(outbox, "c", f"cut; {UNDECIDED}"), park(outbox, "d", WAITED)]
    assert run(["jobs", "unpark", "--all"]) == 1
    said = capsys.readouterr()
    assert "2 pieces" in said.out
    assert all(f"mails:{mail_id}" in said.err for mail_id in undecided)
    with outbox.read() as session:
        states = [mail.state for mail in session.scalars(select(Mail).order_by(Mail.id))]
    assert states == [MailState.QUEUED] * 2 + [MailState.PARKED] * 2
    outbox.close()


@pytest.mark.parametrize("words", [[], ["mails:1", "--all"]])
def test_one_or_all(outbox: Database, words: list[str]) -> None:
    """Neither and both are no answer."""
    outbox.close()
    assert run(["jobs", "unpark", *words]) == 2


def test_the_alert_ends_with_the_last_and_comes_again_with_the_next(outbox: Database) -> None:
    """Whoever has seen to all that was parked has nothing open; a later trouble is told again."""
    first, second = park(outbox, "a", "550 no such user"), park(outbox, "b", "550 no such user")

    def alert() -> tuple[AlertState, int]:
        with outbox.read() as session:
            found = session.scalars(select(Alert)).one()
            return found.state, found.episode

    for detail in ("mail 1 was parked", "mail 2 was parked"):
        with outbox.write() as session:
            tell_parked(session, DELIVERIES, detail, PARKED)
    assert alert() == (AlertState.OPEN, 2)
    assert run(["jobs", "unpark", f"mails:{first}"]) == 0
    assert alert() == (AlertState.OPEN, 2)
    assert run(["mail", "mark-sent", str(second)]) == 0
    assert alert() == (AlertState.RESOLVED, 2)
    outbox.close()
