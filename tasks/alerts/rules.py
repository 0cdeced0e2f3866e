"""Which mail an alert goes into, and which of many findings are told in full. Pure."""

from __future__ import annotations

from datetime import datetime

from models.domain.values import AlertState, MailKind, Severity

#: So many alerts are told at once; what is more waits for the next mail.
MOST_AT_ONCE = 500

#: A mail holds so many findings, the most urgent ones; the others are counted.
MOST_IN_ONE_MAIL = 50

_END_OF_TIME = "9999"


def mail_kind(rule_is_system: bool, state: AlertState, stage: int) -> MailKind | None:
    """The kind of mail that tells of the alert now, None when there is nothing to tell.

    `stage`: how many notices its episode has had.
    """
    if rule_is_system:
        return MailKind.OPERATOR
    if state is AlertState.RESOLVED:
        return MailKind.ALL_CLEAR if stage else None
    if state is AlertState.OPEN:
        return MailKind.REMINDER if stage else MailKind.ALERT
    return None


def urgency(severity: Severity, deadline: datetime | None) -> tuple[int, str]:
    """Sorts the most urgent first, then by the nearest deadline (aware UTC)."""
    return -severity.rank, deadline.isoformat() if deadline else _END_OF_TIME
