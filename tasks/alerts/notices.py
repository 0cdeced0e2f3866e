"""That a notice of alerts was put into a mail."""

from __future__ import annotations

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from models.alert import Alert, AlertNotice


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
