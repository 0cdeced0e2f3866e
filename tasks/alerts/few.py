"""Few mails: so many an hour, and one for what one sync or review finds."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.customer import Customer
from models.domain.values import MailKind
from models.mail import Mail
from models.queues import NOTICES, REVIEWS
from models.source import Source

#: A finding waits no longer than this for the others of its sync or review.
GATHERING = timedelta(seconds=30)

_HOUR = timedelta(hours=1)

_TO_CONSULTANT = (MailKind.ALERT, MailKind.REMINDER, MailKind.ALL_CLEAR)


def full_until(session: Session, kind: MailKind, per_hour: int, now: datetime) -> datetime | None:
    """When the next mail may be written after an hour that was full (UTC); None = now."""
    kinds = _TO_CONSULTANT if kind in _TO_CONSULTANT else (kind,)
    newest = session.scalars(
        select(Mail.created_at)
        .where(Mail.kind.in_(kinds), Mail.created_at > now - _HOUR)
        .order_by(Mail.created_at.desc())
        .limit(per_hour)
    ).all()
    return newest[-1] + _HOUR if len(newest) >= per_hour else None


def is_gathering(session: Session, now: datetime) -> bool:
    """Whether more may be found any moment, so that what is due waits to go out with it."""
    first = NOTICES.next_due_at(session)
    if first is None or first <= now - GATHERING:
        return False
    reading = exists().where(Source.busy_until > now)
    # By this column alone, so that SQLite looks into its index instead of at all customers.
    reviewing = exists(Customer.claim_token).where(Customer.claim_token.is_not(None))
    under_way = session.scalar(select(reading | reviewing))
    return bool(under_way) or REVIEWS.is_due(session, now)
