"""That a notice of alerts was put into a mail."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert, AlertNotice
from models.mail import Mail


def record_notices(session: Session, group: list[Alert], mail_id: int) -> None:
    """Count one more notice of each alert; the key lets no stage be told twice."""
    session.execute(
        insert(AlertNotice),
        [
            {"alert_id": a.id, "episode": a.episode, "stage": a.stage + 1, "mail_id": mail_id}
            for a in group
        ],
    )
    session.execute(
        update(Alert)
        .where(Alert.id.in_([alert.id for alert in group]))
        .values(stage=Alert.stage + 1)
        .execution_options(synchronize_session=False)
    )


def first_message(session: Session, group: Sequence[Alert]) -> str | None:
    """The Message-ID of the mail that first told of these alerts, so that all later ones answer it.

    Of several, the one about the first alert of `group` that was told; None when none was.
    """
    told = [alert for alert in group if alert.stage]
    first = (
        and_(AlertNotice.alert_id == a.id, AlertNotice.episode == a.episode, AlertNotice.stage == 1)
        for a in told[:50]
    )
    if not told:
        return None
    query = select(AlertNotice.alert_id, Mail.message_id).join(Mail, Mail.id == AlertNotice.mail_id)
    found = {row.alert_id: row.message_id for row in session.execute(query.where(or_(*first)))}
    return next((found[alert.id] for alert in told if alert.id in found), None)
