"""The one alert about files that were refused, whole or in part, while nobody stood by.

It is told again when another file is refused, be it of the same name, not for each look at the same
one. A file's own good successor, of the same name, takes it off; the alert ends with the last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import AlertState
from models.finding_facts import utc_text
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


class _Told(NamedTuple):
    """What was told of a file: why it was refused, and which version of it."""

    reason: str
    version: str = ""


def files_told(intake: Intake, results: Sequence[tuple[FileResult, str]]) -> None:
    """The operator is told of these; of the newest that was refused the redacted text is kept.

    With each its version, which tells it from an earlier file of its name.
    """
    if not results:
        return
    now = intake.clock.now()
    refused = [result for result, _ in results if result.refused is not None]
    with intake.db.write() as session:
        for newest in refused[-1:]:
            reason = f"{newest.name}: {newest.refused}"
            record_failure(session, SOURCE, now, reason)
            kept = _redacted(intake, newest)
            keep_sample(session, SOURCE, _SAMPLE, without_quotes(reason), kept, now)
        _tell(session, {r.name: _Told(_reason(r), version) for r, version in results}, now)


def _reason(result: FileResult) -> str:
    if result.refused is not None:
        return str(result.refused)
    first, many = result.rejected[0], len(result.rejected)
    rows = "a row was" if many == 1 else f"{many} rows were"
    where = first.where.removeprefix(f"{result.name}, ")
    return f"{rows} left out, the others are in ({where}: {first.reason})"


def _redacted(intake: Intake, result: FileResult) -> str:
    words = known_words(intake.options.profile) | LABELS
    sample = result.refused.sample if result.refused is not None else ""
    redact = redact_page if sample.lstrip().startswith("<") else redact_lines
    return redact(sample, words)


def _tell(session: Session, reasons: Mapping[str, _Told], now: datetime) -> None:
    alert = find_system_alert(session, RULE, SOURCE)
    told = _told(alert)
    if all(told.get(name) == reason for name, reason in reasons.items()):
        return
    standing = alert if alert is not None and alert.state is not AlertState.DISMISSED else None
    named = dict([*(told if standing else {}).items(), *reasons.items()][-_REMEMBERED:])
    more: dict[str, Any] = {"page": _SAMPLE, "files": _rows(named)}
    if standing is not None:  # a further file does not make the first one's trouble younger
        more["since"] = standing.details.get("since") or utc_text(standing.opened_at)
    open_system_alert(session, RULE, SOURCE, _detail(named), now, anew=True, **more)


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
            alert.details = alert.details | {"detail": _detail(left), "files": _rows(left)}


def _told(alert: Alert | None) -> dict[str, _Told]:
    """The files that the alert names, with what was told of each."""
    files = alert.details.get("files", ()) if alert else ()
    return {name: _Told(*told) for name, *told in files}


def _rows(reasons: Mapping[str, _Told]) -> list[list[str]]:
    """As JSON. No object: a file's name may hold a person's, and an erasure looks at values."""
    return [[name, *told] for name, told in reasons.items()]


def _detail(reasons: Mapping[str, _Told]) -> str:
    """All that fit into a line, the newest first."""
    newest = list(reasons.items())[::-1]
    lines = [f"{name}: {told.reason}" for name, told in newest[:_NAMED]]
    more = [f"and {len(newest) - _NAMED} more"] if len(newest) > _NAMED else []
    return "; ".join([*lines, *more])
