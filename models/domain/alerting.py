"""What findings do to the alerts that are known: open, worsen, resolve. Pure.

- An alert opens once an episode and resolves when its finding is gone.
- It gets a new episode (and so a new mail) only when things get worse, or when the finding comes
  back after it was resolved.
- A dismissed alert stays dismissed unless its finding gets worse than what was dismissed.
- Applying the changes and asking again gives no further change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.domain.values import AlertState, Finding, Severity

ChangeKind = Literal["open", "update", "worsen", "soften", "resolve", "reopen"]

#: States in which an alert still stands for a finding that holds.
STANDING_STATES = frozenset({AlertState.OPEN, AlertState.ACKED, AlertState.SNOOZED})
#: The detail in which a finding says when it ends by itself, as ISO 8601 UTC.
LAPSES_AT = "lapses_at"


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert as it is stored; of several episodes of a key only the newest one matters.

    `fingerprint` is that of the finding it was last written from. `lapses_at` (aware UTC) is
    when that finding ends by itself; None = only when the facts change.
    """

    key: str
    rule: str
    state: AlertState
    severity: Severity
    episode: int = 1
    fingerprint: str = ""
    lapses_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What to do to the alert of `key`. `finding` is None for a resolve only.

    `lapsed` (resolve only): it ended because its time was over, nothing was mended, so an
    all-clear would be wrong.
    """

    kind: ChangeKind
    key: str
    finding: Finding | None = None
    lapsed: bool = False


def fingerprint(finding: Finding) -> str:
    """A short opaque text that differs when severity, deadline or details of a finding differ."""
    deadline = finding.deadline.isoformat() if finding.deadline else None
    facts = [finding.severity, deadline, finding.details]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lapses_at(finding: Finding) -> datetime | None:
    """When the finding ends by itself, aware UTC; None = only when the facts change."""
    text = finding.details.get(LAPSES_AT)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def reconcile(
    findings: Iterable[Finding], known: Sequence[KnownAlert], now: datetime
) -> list[Change]:
    """The changes that make the alerts say what the findings say.

    `known` holds all alerts of the judged subject, ended ones too: an alert that is not in it
    would open again. `now` is aware UTC. The result is in the order of the keys.
    """
    held = _worst_by_key(findings)
    alerts = _newest_by_key(known)
    changes = [_for_finding(finding, alerts.get(key)) for key, finding in held.items()]
    gone = [_for_gone(alert, now) for key, alert in alerts.items() if key not in held]
    return sorted(filter(None, [*changes, *gone]), key=lambda change: change.key)


def _worst_by_key(findings: Iterable[Finding]) -> Mapping[str, Finding]:
    worst: dict[str, Finding] = {}
    for finding in findings:
        other = worst.get(finding.key)
        if other is None or finding.severity.rank > other.severity.rank:
            worst[finding.key] = finding
    return worst


def _newest_by_key(known: Iterable[KnownAlert]) -> Mapping[str, KnownAlert]:
    return {alert.key: alert for alert in sorted(known, key=lambda alert: alert.episode)}


def _for_finding(finding: Finding, alert: KnownAlert | None) -> Change | None:
    kind = "open" if alert is None else _kind(finding, alert)
    return Change(kind, finding.key, finding) if kind else None


def _kind(finding: Finding, alert: KnownAlert) -> ChangeKind | None:
    worse = finding.severity.rank - alert.severity.rank
    if alert.state is AlertState.DISMISSED:
        return "reopen" if worse > 0 else None
    if alert.state is AlertState.RESOLVED:
        return "reopen"
    if worse:
        return "worsen" if worse > 0 else "soften"
    return None if fingerprint(finding) == alert.fingerprint else "update"


def _for_gone(alert: KnownAlert, now: datetime) -> Change | None:
    if alert.state not in STANDING_STATES:
        return None
    lapsed = alert.lapses_at is not None and now >= alert.lapses_at
    return Change("resolve", alert.key, lapsed=lapsed)
