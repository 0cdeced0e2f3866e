"""What a human decides about a mail: send it again, or call it sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.claims import make_due
from models.domain.values import MailState
from models.mail import Mail
from models.parking import end_if_none
from models.queues import DELIVERIES
from worker.cli.output import Problem


def mail_row(session: Session, mail_id: int, now: datetime) -> Mail:
    """The mail, free to be decided about. Raises Problem when it is not there or under way."""
    mail = session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        raise Problem(f"there is no mail {mail_id}; `orderwatch mail list` shows them")
    under_way = mail.next_attempt_at is not None and mail.next_attempt_at > now
    if mail.state is MailState.SENDING and under_way:
        raise Problem(f"mail {mail_id} is being sent this very moment; ask again in a minute")
    if mail.state is MailState.CANCELLED:
        raise Problem(f"mail {mail_id} was cancelled; it can't be sent any more")
    return mail


def queue_again(session: Session, mail: Mail, now: datetime) -> None:
    """Due now, under the same Message-ID, with all its attempts before it."""
    mail.state, mail.sent_at = MailState.QUEUED, None
    session.flush()
    make_due(session, DELIVERIES, [mail.id], now)
    end_if_none(session, DELIVERIES, now)


def call_it_sent(session: Session, mail: Mail, now: datetime) -> None:
    """The server has it: nothing is tried any more. What was sent before keeps its time."""
    mail.state, mail.sent_at = MailState.SENT, mail.sent_at or now
    mail.next_attempt_at = mail.parked_at = mail.claim_token = mail.error = None
    session.flush()
    end_if_none(session, DELIVERIES, now)
