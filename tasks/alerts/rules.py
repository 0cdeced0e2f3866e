"""Which mail an alert goes into. Pure."""

from __future__ import annotations

from models.domain.values import AlertState, MailKind

#: A mail holds so many findings; what is more waits for the next one of the same minute.
MOST_IN_ONE_MAIL = 50


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
