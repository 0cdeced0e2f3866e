"""The one alert about files that were refused while nobody stood by: which it names, what ends it.

It is told again when another file is refused, not for each look at the same one. A file's own good
successor, of the same name, takes it off; the alert ends with the last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import AlertState
from models.page import keep_sample, mend_pages
from models.sources import record_failure
from models.system_alerts import (
    close_system_alert,
    find_system_alert,
    open_system_alert,
)
from tasks.orders.files.columns import LABELS
from tasks.orders.files.intake import SOURCE, FileResult, Intake
from tasks.orders.redaction import known_words, redact_lines, redact_page, without_quotes

RULE = "source-changed"

#: The name under which the newest refused file is kept.
_SAMPLE = "file"

#: So many are spelled out in the mail; so many, the newest, are remembered at all.
_NAMED, _REMEMBERED = 5, 100


def files_refused(intake: Intake, results: Collection[FileResult]) -> None:
    """These files were refused: the newest one's redacted text is kept, the operator told."""
    if not results:
        return
    now = intake.clock.now()
    reasons = {result.name: str(result.refused) for result in results}
    newest = list(results)[-1]
    with intake.db.write() as session:
        reason = f"{newest.name}: {newest.refused}"
        record_failure(session, SOURCE, now, reason)
        keep_sample(
            session, SOURCE, _SAMPLE, without_quotes(reason), _redacted(intake, newest), now
        )
        _tell(session, reasons, now)


def _redacted(intake: Intake, result: FileResult) -> str:
    words = known_words(intake.options.profile) | LABELS
    sample = result.refused.sample if result.refused is not None else ""
    redact = redact_page if sample.lstrip().startswith("<") else redact_lines
    return redact(sample, words)


def _tell(session: Session, reasons: Mapping[str, str], now: datetime) -> None:
    alert = find_system_alert(session, RULE, SOURCE)
    told = _told(alert)
    if all(told.get(name) == reason for name, reason in reasons.items()):
        return
    dismissed = alert is None or alert.state is AlertState.DISMISSED
    named = dict([*({} if dismissed else told).items(), *reasons.items()][-_REMEMBERED:])
    open_system_alert(
        session, RULE, SOURCE, _detail(named), now, anew=True, page=_SAMPLE, files=_pairs(named)
    )


def files_good(intake: Intake, names: Collection[str]) -> None:
    """Files of these names were good: what was refused of the same names is mended."""
    now = intake.clock.now()
    with intake.db.write() as session:
        alert = find_system_alert(session, RULE, SOURCE)
        if alert is None:
            return
        told = _told(alert)
        left = {name: reason for name, reason in told.items() if name not in names}
        if not left:
            mend_pages(session, SOURCE, [_SAMPLE], now)
            close_system_alert(session, RULE, SOURCE, now)
        elif left != told:
            alert.details = alert.details | {"detail": _detail(left), "files": _pairs(left)}


def _told(alert: Alert | None) -> dict[str, str]:
    """The files that the alert names, with the reason of each."""
    return dict(alert.details.get("files", ())) if alert else {}


def _pairs(reasons: Mapping[str, str]) -> list[list[str]]:
    """As JSON. No object: a file's name may hold a person's, and an erasure looks at values."""
    return [list(pair) for pair in reasons.items()]


def _detail(reasons: Mapping[str, str]) -> str:
    """All that fit into a line, the newest first."""
    newest = list(reasons.items())[::-1]
    lines = [f"{name}: {reason}" for name, reason in newest[:_NAMED]]
    more = [f"and {len(newest) - _NAMED} more"] if len(newest) > _NAMED else []
    return "; ".join([*lines, *more])
