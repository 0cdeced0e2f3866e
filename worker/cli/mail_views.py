"""The outbox as JSON: queries and shapes of `mail list` and `mail show`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.finding_facts import utc_text
from models.mail import Mail
from tasks.mail.compose import Composed, compose
from tasks.mail.views import Identity

View = dict[str, Any]

#: A listing composes the mails that have not been sent; more would take seconds.
MOST_MAILS = 200


def mail_views(session: Session, identity: Identity, *where: ColumnElement[bool]) -> list[View]:
    """The newest 200 mails that `where` picks."""
    query = select(Mail).where(*where).order_by(Mail.id.desc()).limit(MOST_MAILS)
    return [_view(mail, identity) for mail in session.scalars(query)]


def _view(mail: Mail, identity: Identity) -> View:
    composed = None if mail.subject else _composed(mail, identity)
    return {
        "id": mail.id,
        "kind": mail.kind.value,
        "to": mail.recipient,
        "subject": mail.subject or (composed.subject if composed else None),
        "state": mail.state.value,
        "attempts": mail.attempts,
        "created_at": utc_text(mail.created_at),
        "sent_at": utc_text(mail.sent_at),
        "message_id": mail.message_id,
    }


def _composed(mail: Mail, identity: Identity) -> Composed | None:
    """The mail in words; None when its facts were erased or are not what its kind needs."""
    try:
        return compose(mail.kind, mail.language, mail.facts, identity)
    except (ValueError, KeyError):
        return None


def mail_card(
    session: Session, mail_id: int, identity: Identity, sender: str | None
) -> View | None:
    """One mail with its headers and its text; None when there is no such mail."""
    mail = session.get(Mail, mail_id)
    if mail is None:
        return None
    view, composed = _view(mail, identity), _composed(mail, identity)
    return view | {
        "language": mail.language,
        "error": mail.error,
        "parked_at": utc_text(mail.parked_at),
        "next_attempt_at": utc_text(mail.next_attempt_at),
        "headers": _headers(mail, view["subject"], composed, sender),
        "attachments": [each.filename for each in composed.attachments_wanted] if composed else [],
        "text": composed.text if composed else None,
    }


def _headers(
    mail: Mail, subject: str | None, composed: Composed | None, sender: str | None
) -> View:
    unsubscribe = composed.list_unsubscribe if composed else None
    headers = {
        "From": sender,
        "To": mail.recipient,
        "Subject": subject,
        "Date": utc_text(mail.created_at),
        "Message-ID": mail.message_id,
        "In-Reply-To": mail.in_reply_to,
        "X-Orderwatch-Kind": mail.kind.value,
        "List-Unsubscribe": f"<{unsubscribe}>" if unsubscribe else None,
    }
    return {name: value for name, value in headers.items() if value is not None}
