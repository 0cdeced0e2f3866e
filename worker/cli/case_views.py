"""Cases as JSON: shapes of `cases list` and `cases show`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.case import Case
from models.case_facts import case_facts
from models.finding_facts import Facts
from tasks.mail.case_words import case_context
from tasks.mail.words import clean, voice

View = dict[str, Any]

#: The CLI speaks English, whatever the language of the mails.
_LANGUAGE = "en"

#: Those that `cases list` shows without `--all`.
OPEN: ColumnElement[bool] = Case.closed_at.is_(None)


def case_views(session: Session, *where: ColumnElement[bool]) -> list[View]:
    """The cases that `where` picks, the newest first."""
    cases = list(session.scalars(select(Case).where(*where).order_by(Case.id.desc())))
    return [_view(facts) for facts in case_facts(session, cases)]


def _view(facts: Facts) -> View:
    return {
        "id": facts["case_id"],
        "order": facts["order"],
        "customer": facts["customer_id"],
        "customer_name": facts["customer_name"],
        "state": "closed" if facts["closed_at"] else "open",
        "step": facts["step"],
        "reorder_due": facts["reorder_due"],
        "opened_at": facts["opened_at"],
        "closed_at": facts["closed_at"],
        "reminded_at": facts["reminded_at"],
        "steps": facts["steps"],
    }


def case_card(session: Session, case_id: int, phones: dict[str, str], timezone: str) -> View | None:
    """One case with the road so far and what to do next; None when there is no such case."""
    case = session.get(Case, case_id)
    if case is None:
        return None
    (facts,) = case_facts(session, [case])
    voiced = voice(_LANGUAGE, timezone)
    known = case_context(clean(facts), voiced, phones)
    steps = () if case.closed_at else voiced.section_steps("case-reminder", known)
    return _view(facts) | {
        "shipment": facts["shipment"],
        "carrier": facts["carrier"],
        "parcel_state": facts["parcel_state"],
        "tracking_url": facts["tracking_url"],
        "stop": facts["stop"],
        "next": [step.replace("\N{NO-BREAK SPACE}", " ") for step in steps],
    }
