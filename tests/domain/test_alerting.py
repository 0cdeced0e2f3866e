"""What findings do to the alerts that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.alerting import Change, KnownAlert, fingerprint, lapses_at, reconcile
from models.domain.values import AlertState, Finding, Severity

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
KEY = "wrong-order-type:200"


def finding(severity: Severity = Severity.MEDIUM, key: str = KEY, **details: str | int) -> Finding:
    """A finding of the rule in its key."""
    return Finding(key.split(":")[0], severity, key, details=dict(details))


def alert(of: Finding, state: AlertState = AlertState.OPEN, episode: int = 1) -> KnownAlert:
    """The alert that was written from a finding."""
    return KnownAlert(of.key, of.rule, state, of.severity, episode, fingerprint(of), lapses_at(of))


def kinds(findings: Sequence[Finding], known: Sequence[KnownAlert] = ()) -> list[str]:
    """The kinds of change."""
    return [change.kind for change in reconcile(findings, known, NOW)]


STANDING = [AlertState.OPEN, AlertState.ACKED, AlertState.SNOOZED]


def test_a_new_finding_opens() -> None:
    """The first sight of trouble is an alert, with its finding."""
    new = finding()
    assert reconcile([new], [], NOW) == [Change("open", KEY, new)]


@pytest.mark.parametrize("state", STANDING)
def test_what_is_known_and_unchanged_stays_silent(state: AlertState) -> None:
    """No second mail for the same facts."""
    assert kinds([finding()], [alert(finding(), state)]) == []


@pytest.mark.parametrize("state", STANDING)
@pytest.mark.parametrize(
    ("severity", "kind"), [(Severity.HIGH, "worsen"), (Severity.INFO, "soften")]
)
def test_changed_urgency_is_told_apart(state: AlertState, severity: Severity, kind: str) -> None:
    """Worse is news even when acked or snoozed, better is only written down."""
    assert kinds([finding(severity)], [alert(finding(), state)]) == [kind]


def test_changed_facts_of_the_same_urgency_are_an_update() -> None:
    """The alert's text must name the new day, without a new mail."""
    assert kinds([finding(working_days=4)], [alert(finding(working_days=3))]) == ["update"]


@pytest.mark.parametrize("state", STANDING)
def test_a_finding_that_is_gone_resolves(state: AlertState) -> None:
    """What is mended closes, whether acked, snoozed or not."""
    assert reconcile([], [alert(finding(), state)], NOW) == [Change("resolve", KEY)]


@pytest.mark.parametrize("state", [AlertState.RESOLVED, AlertState.DISMISSED])
def test_what_has_ended_does_not_end_again(state: AlertState) -> None:
    """No second all-clear."""
    assert kinds([], [alert(finding(), state)]) == []


def test_what_comes_back_after_it_was_resolved_is_a_new_episode() -> None:
    """The AS was cancelled again: the alert returns."""
    assert kinds([finding()], [alert(finding(), AlertState.RESOLVED)]) == ["reopen"]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [(Severity.INFO, []), (Severity.MEDIUM, []), (Severity.HIGH, ["reopen"])],
)
def test_dismissed_stays_dismissed_unless_it_gets_worse(
    severity: Severity, expected: list[str]
) -> None:
    """ "I know" is respected, also when a count in the text moves on, until things get worse."""
    known = [alert(finding(working_days=3), AlertState.DISMISSED)]
    assert kinds([finding(severity, working_days=4)], known) == expected


def test_only_the_newest_episode_counts() -> None:
    """A resolved first episode does not reopen what the second one has open."""
    first, second = alert(finding(), AlertState.RESOLVED, 1), alert(finding(), episode=2)
    assert kinds([finding()], [second, first]) == []
    assert kinds([], [second, first]) == ["resolve"]


def test_a_finding_that_ran_out_of_time_is_not_mended() -> None:
    """Closing because the month is over must not send an all-clear."""
    over = replace(alert(finding()), lapses_at=NOW)
    running = replace(over, lapses_at=NOW + timedelta(seconds=1))
    assert [change.lapsed for change in reconcile([], [over], NOW)] == [True]
    assert [change.lapsed for change in reconcile([], [running], NOW)] == [False]


def test_a_findings_end_is_read_from_it() -> None:
    """What the checks wrote into the finding is the time the alert stores."""
    assert lapses_at(finding(lapses_at="2026-11-01T23:00:00+00:00")) == datetime(
        2026, 11, 1, 23, tzinfo=UTC
    )
    assert lapses_at(finding()) is None


def test_fingerprint_sees_urgency_deadline_and_details_only() -> None:
    """The same facts have the same fingerprint, in any order; each differing fact shows."""
    plain = finding(a=1, b="x")
    assert fingerprint(plain) == fingerprint(finding(b="x", a=1))
    others = [
        finding(Severity.HIGH, a=1, b="x"),
        replace(plain, deadline=NOW),
        finding(a=2, b="x"),
        finding(a=1),
    ]
    assert len({fingerprint(other) for other in [plain, *others]}) == 5


KEYS = st.sampled_from([f"rule:{n}" for n in range(5)])
FINDINGS = st.lists(
    st.builds(
        lambda s, k, d: finding(s, k, n=d), st.sampled_from(Severity), KEYS, st.integers(0, 2)
    ),
    max_size=6,
)
ALERTS = st.lists(
    st.builds(
        alert,
        st.builds(lambda s, k: finding(s, k, n=0), st.sampled_from(Severity), KEYS),
        st.sampled_from(AlertState),
        st.integers(1, 3),
    ),
    max_size=6,
    unique_by=lambda known: (known.key, known.episode),
)


def _applied(known: list[KnownAlert], changes: list[Change]) -> list[KnownAlert]:
    """The alerts after the changes, as the watch would write them."""
    newest = {a.key: a for a in sorted(known, key=lambda a: a.episode)}
    for change in changes:
        before = newest.get(change.key)
        if change.finding is None:
            assert before is not None
            newest[change.key] = replace(before, state=AlertState.RESOLVED)
        elif before is None or change.kind in ("reopen", "worsen"):
            episode = before.episode + 1 if before else 1
            newest[change.key] = alert(change.finding, episode=episode)
        else:
            newest[change.key] = alert(change.finding, before.state, before.episode)
    return list(newest.values())


@given(FINDINGS, ALERTS)
def test_reconciling_twice_changes_nothing_more(
    findings: list[Finding], known: list[KnownAlert]
) -> None:
    """A repeated run sends no second mail, and each key changes at most once."""
    changes = reconcile(findings, known, NOW)
    assert len({change.key for change in changes}) == len(changes)
    assert reconcile(findings, _applied(known, changes), NOW) == []


@given(FINDINGS, ALERTS)
def test_after_reconciling_the_alerts_say_what_the_findings_say(
    findings: list[Finding], known: list[KnownAlert]
) -> None:
    """Every finding has a standing or a dismissed alert, and no other alert stands."""
    after = _applied(known, reconcile(findings, known, NOW))
    held = {f.key for f in findings}
    assert {a.key for a in after if a.state in STANDING} <= held
    assert held <= {a.key for a in after if a.state is not AlertState.RESOLVED}


@given(FINDINGS, ALERTS, st.randoms())
def test_order_of_findings_and_alerts_does_not_matter(
    findings: list[Finding], known: list[KnownAlert], random: Random
) -> None:
    """Whichever worker looks first, the changes are the same."""
    unique = list({f.key: f for f in findings}.values())
    first = reconcile(unique, known, NOW)
    random.shuffle(unique)
    random.shuffle(known)
    assert reconcile(unique, known, NOW) == first
