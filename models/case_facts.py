"""Cases as JSON facts: what mails, the digest and the CLI tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.case import Case, CaseStepRow
from models.domain.values import CaseStep
from models.finding_facts import Facts, subject_facts, utc_text

#: Of steps of one moment the one further along the road counts as the last.
_ROAD = list(CaseStep)


def case_facts(session: Session, cases: Sequence[Case]) -> list[Facts]:
    """The facts of each case, in the order given. `step` is the last one that was made."""
    subjects = subject_facts(session, [(case.customer_id, case.order_id) for case in cases])
    steps = _steps(session, cases)
    return [
        subject | _case(case, steps[case.id]) for case, subject in zip(cases, subjects, strict=True)
    ]


def _steps(session: Session, cases: Sequence[Case]) -> dict[int, list[CaseStepRow]]:
    found: defaultdict[int, list[CaseStepRow]] = defaultdict(list)
    ids = [case.id for case in cases]
    for row in session.scalars(select(CaseStepRow).where(CaseStepRow.case_id.in_(ids))):
        found[row.case_id].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.at, _ROAD.index(row.step)))
    return found


def _case(case: Case, steps: list[CaseStepRow]) -> Facts:
    return {
        "case_id": case.id,
        "since": utc_text(case.opened_at),
        "opened_at": utc_text(case.opened_at),
        "closed_at": utc_text(case.closed_at),
        "reorder_due": case.reorder_due,
        "reminded_at": utc_text(case.reminded_at),
        "step": steps[-1].step.value if steps else None,
        "done": [row.step.value for row in steps],
        "steps": [
            {"step": row.step.value, "at": utc_text(row.at), "seen": row.seen, "by": row.by}
            for row in steps
        ],
    }
