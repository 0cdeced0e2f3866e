"""Alerts as JSON: queries and shapes of `alerts list` and `alerts show`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.alerting import STANDING_STATES
from models.finding_facts import Facts, finding_facts, utc_text
from models.system_alerts import SYSTEM_RULES
from tasks.mail.words import clean, headline, one_line, voice
from worker.cli.evidence_views import evidence_view

if TYPE_CHECKING:
    from worker.bootstrap import House

View = dict[str, Any]

#: The CLI speaks English, whatever the language of the mails.
_LANGUAGE = "en"

#: Those that `alerts list` shows without `--all`.
STANDING: ColumnElement[bool] = Alert.state.in_(STANDING_STATES)


def alert_views(session: Session, *where: ColumnElement[bool], timezone: str) -> list[View]:
    """The alerts that `where` picks, the most urgent first, then the newest."""
    alerts = list(session.scalars(select(Alert).where(*where)))
    alerts.sort(key=lambda alert: (-alert.severity.rank, -alert.opened_at.timestamp(), alert.id))
    told = finding_facts(session, alerts)
    return [_view(alert, facts, timezone) for alert, facts in zip(alerts, told, strict=True)]


def _view(alert: Alert, facts: Facts, timezone: str) -> View:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "order": facts["order"],
        "customer": facts["customer_id"],
        # The facts of an order's finding name its parcel too; here it is what the alert is about.
        "shipment": facts["shipment"] if alert.shipment_id else None,
        "month": facts["month"],
        "opened_at": facts["opened_at"],
        "resolved_at": utc_text(alert.resolved_at),
        "text": _text(alert, facts, timezone),
    }


def _text(alert: Alert, facts: Facts, timezone: str) -> str:
    """The finding in one line; a system finding's rule says little without its message."""
    line = headline(alert.rule, _LANGUAGE, facts, timezone)
    detail = alert.details.get("detail") if alert.rule in SYSTEM_RULES else None
    return f"{line}: {one_line(clean(detail))}" if detail else line


def alert_card(session: Session, alert_id: int, house: House, now: datetime) -> View | None:
    """One alert: what it means, what to do until when, what it rests on; None = there is none."""
    phones, timezone = house.identity.phones, house.settings.timezone
    alert = session.get(Alert, alert_id)
    if alert is None:
        return None
    (view,) = alert_views(session, Alert.id == alert_id, timezone=timezone)
    (facts,) = finding_facts(session, [alert])
    told = voice(_LANGUAGE, timezone).tell(clean(facts), phones)
    return view | {
        "customer_name": facts["customer_name"],
        "deadline": facts["deadline"],
        "until": _spaced(told.deadline) if told.deadline else None,
        "snoozed_until": utc_text(alert.snoozed_until),
        "dismissed_reason": alert.dismissed_reason,
        "episode": alert.episode,
        "notices": alert.stage,
        "tracking_url": facts["tracking_url"],
        "details": facts["details"],
        "what": _spaced(told.what),
        "why": _spaced(told.why),
        "steps": [_spaced(step) for step in told.steps],
        "evidence": evidence_view(session, alert, facts, house, now),
    }


def _spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
