"""What the outside world does wrong: one clear message, nothing lost, nothing overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.domain.values import AlertState, MailState, ParcelState, RunState
from models.mail import Mail
from models.order import Order
from models.shipment import Shipment
from tests.journeys.watch import Watch
from worker.simulator.faults import Answer
from worker.simulator.mailbox import Refusal

ERRORS = Path(__file__).parent.parent / "shipments" / "samples" / "hermes" / "errors.json"
CASES: list[dict[str, Any]] = json.loads(ERRORS.read_text("utf-8"))["cases"]

#: Answers about the one parcel, not about the carrier.
UNKNOWN, MALFORMED = 404, 400


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    """A small world; the main job runs on both databases, its troubles on one."""
    with Watch(sqlite_url, orders=12).running() as ready:
        yield ready


def test_a_wrong_password_is_told_at_once_and_never_tried_again(sqlite_url: str) -> None:
    """One mail that names the settings to check; a second attempt might lock the account."""
    watch = Watch(sqlite_url, orders=12)
    with watch.running(BACKOFFICE__PASSWORD="not this one"):
        outcome = watch.sync()
        assert outcome.state is RunState.FAILED
        assert "BACKOFFICE__PASSWORD" in (outcome.error or "")
        assert "not this one" not in (outcome.error or "")
        for _ in range(3):
            watch.sync()
        posts = [one for one in watch.simulator.log.all("backoffice") if one.method == "POST"]
        assert len(posts) == 1
        (alert,) = watch.alerts("sync-failing")
        assert alert.state is AlertState.OPEN
        (mail,) = watch.mails("operator")
        assert "BACKOFFICE__PASSWORD" in mail.get_body(("plain",)).get_content()
        assert watch.count(Order) == 0


def test_an_expired_session_is_renewed_unnoticed(watch: Watch) -> None:
    """In the middle of a sync and between two: all orders are there, nobody is troubled."""
    watch.faults.session_requests = 15
    assert watch.sync().state is RunState.DONE
    watch.faults.clear()
    watch.faults.expire_sessions()
    assert watch.sync().state is RunState.DONE
    assert watch.count(Order) == len(watch.simulator.world.baseline())
    assert watch.alerts("sync-failing") == []
    assert watch.mails("operator") == []


@pytest.mark.parametrize("page", ["team", "history", "month"])
def test_a_page_that_looks_different_changes_nothing(watch: Watch, page: str) -> None:
    """Told once, whatever is known stays; the next good reading brings what was missed."""
    watch.sync()
    before = watch.fingerprint("orders", "order_lines", "invoices", "shipments")
    who = watch.simulator.member_id if page == "history" else watch.casual()
    order = watch.place(who, "IO")
    watch.faults.change(page, "drop-table")
    for _ in range(4):
        outcome = watch.sync()
        assert outcome.state is RunState.FAILED
    assert watch.fingerprint(*before) == before
    (alert,) = watch.alerts("source-changed")
    assert (alert.state, alert.episode, alert.stage) == (AlertState.OPEN, 1, 1)
    assert len(watch.mails("operator")) == 1
    watch.faults.clear()
    assert watch.sync().state is RunState.DONE
    (alert,) = watch.alerts("source-changed")
    assert alert.state is AlertState.RESOLVED
    assert [o.number for o in watch.all(Order, Order.number == order.number)] == [order.number]
    assert len(watch.mails("operator")) == 2


@pytest.fixture
def parcel(watch: Watch) -> str:
    """A parcel that is on its way, two days after it was shipped."""
    watch.sync()
    order = watch.place(watch.casual(), "IO")
    number = watch.ship(order, "stuck")
    watch.sync()
    watch.pass_days(1, 12)
    assert _shipment(watch, number).state is ParcelState.IN_TRANSIT
    return number


def _shipment(watch: Watch, number: str) -> Any:
    (found,) = watch.all(Shipment, Shipment.number == number)
    return found


def _known(watch: Watch, number: str) -> tuple[Any, ...]:
    one = _shipment(watch, number)
    return one.state, one.text, one.last_event_at, one.shipped_at, one.expected_to, one.facts_hash


def _name(case: dict[str, Any]) -> str:
    return f"{case['status']} {case['note'][:20]}"


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["status"] not in (UNKNOWN, MALFORMED)], ids=_name
)
def test_a_carrier_in_trouble_is_asked_again_later(
    watch: Watch, parcel: str, case: dict[str, Any]
) -> None:
    """What is known stays, the questions become rarer, one alert per outage, and its end."""
    known, misses = _known(watch, parcel), _shipment(watch, parcel).misses
    fault = {key: case[key] for key in ("status", "headers", "body")}
    watch.faults.add(Answer.from_envelope(fault, times=None, partner="hermes"))
    watch.simulator.log.clear()
    watch.pass_days(0, 20)
    asked = watch.simulator.log.all("hermes")
    assert _known(watch, parcel) == known
    assert _shipment(watch, parcel).misses == misses
    paused_until = watch.source("hermes").paused_until
    assert paused_until is not None
    assert paused_until > watch.clock.now() - timedelta(hours=1)
    _rarer(sorted({one.at for one in asked}), case["status"])
    _one_outage(watch, blocked=case["status"] == 403)
    watch.faults.clear()
    watch.pass_days(1, 20)
    (alert,) = watch.alerts("tracking-unavailable")
    assert alert.state is AlertState.RESOLVED
    assert _shipment(watch, parcel).asked_at > asked[-1].at
    assert len(watch.mails("operator")) == 2


def _rarer(moments: list[datetime], status: int) -> None:
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits == sorted(waits)
    if status == 403:
        assert waits == [timedelta(hours=6)]
    elif status == 429:
        assert waits[0] >= timedelta(seconds=120)
    else:
        assert waits[-1] == timedelta(minutes=15)


def _one_outage(watch: Watch, *, blocked: bool) -> None:
    """A refusal is told at once, a passing fault when it has lasted; both but once."""
    (alert,) = watch.alerts("tracking-unavailable")
    assert (alert.state, alert.stage) == (AlertState.OPEN, 1)
    assert len(watch.mails("operator")) == 1
    failures = watch.source("hermes").failures
    assert failures >= (1 if blocked else 3)


def test_retry_after_is_obeyed(watch: Watch, parcel: str) -> None:
    """Hermes says 120 seconds: nobody asks sooner, and one hiccup is no alert."""
    (busy,) = [case for case in CASES if case["status"] == 429]
    fault = {key: busy[key] for key in ("status", "headers", "body")}
    watch.faults.add(Answer.from_envelope(fault, times=1, partner="hermes"))
    watch.simulator.log.clear()
    watch.pass_days(0, 15)
    first, second = sorted({one.at for one in watch.simulator.log.all("hermes")})[:2]
    assert second - first >= timedelta(seconds=120)
    assert watch.alerts("tracking-unavailable") == []


def test_an_unknown_number_overwrites_nothing(watch: Watch, parcel: str) -> None:
    """Hermes forgets old parcels: 404 is counted, the state stays, nobody is troubled."""
    known = _known(watch, parcel)
    watch.faults.answer(UNKNOWN, times=None, partner="hermes", contains=parcel)
    watch.pass_days(0, 20)
    assert _known(watch, parcel) == known
    assert _shipment(watch, parcel).misses >= 1
    assert watch.alerts("tracking-unavailable") == []
    watch.faults.clear()
    watch.pass_days(1, 20)
    assert _shipment(watch, parcel).misses == 0


def test_a_number_that_is_refused_is_asked_no_more(watch: Watch, parcel: str) -> None:
    """400 is about the number alone: what is known stays, others are asked as ever."""
    known = _known(watch, parcel)
    (malformed,) = [case for case in CASES if case["status"] == MALFORMED]
    fault = {key: malformed[key] for key in ("status", "headers", "body")}
    watch.faults.add(Answer.from_envelope(fault, times=None, partner="hermes", contains=parcel))
    watch.pass_days(0, 20)
    shipment = _shipment(watch, parcel)
    assert _known(watch, parcel) == known
    assert (shipment.number_refused, shipment.next_poll_at) == (True, None)
    assert watch.alerts("tracking-unavailable") == []
    (alert,) = watch.alerts("tracking-number-invalid")
    assert (alert.order_id, alert.shipment_id) == (shipment.order_id, shipment.id)
    watch.pass_days(1, 20)
    told = [mail.get_body(("plain",)).get_content() for mail in watch.mails("alert")]
    assert sum(parcel in text and "keine gültige Form" in text for text in told) == 1


def test_a_mail_server_that_is_away_loses_nothing(watch: Watch) -> None:
    """Mails wait, are tried again, and arrive once; one message tells of a long outage."""
    watch.simulator.mailbox.stop()
    watch.sync()
    watch.pass_days(0, 10)
    assert watch.last_run("deliver-mail").state is RunState.FAILED
    assert "can't be used" in watch.last_run("deliver-mail").error
    assert {mail.state for mail in watch.all(Mail)} == {MailState.QUEUED}
    assert len(watch.alerts("mail-failing")) == 1
    watch.simulator.mailbox.start()
    watch.pass_days(0, 11)
    _all_sent_once(watch)
    (alert,) = watch.alerts("mail-failing")
    assert (alert.state, alert.episode) == (AlertState.RESOLVED, 1)
    assert len(watch.mails("first-sync-summary")) == 1


def test_a_mail_that_is_deferred_comes_later(watch: Watch) -> None:
    """451 is a "not now": the mail waits longer each time, and arrives once."""
    watch.simulator.mailbox.refuse(Refusal(451, "greylisted", times=3))
    watch.sync()
    (waiting,) = watch.all(Mail)
    assert (waiting.state, waiting.attempts) == (MailState.QUEUED, 1)
    assert "451 greylisted" in waiting.error
    assert waiting.next_attempt_at > watch.clock.now()
    watch.pass_days(0, 11)
    _all_sent_once(watch)


def test_a_mail_that_is_refused_waits_for_a_human(watch: Watch) -> None:
    """550 will not mend itself: parked with the server's words, and the operator is told."""
    watch.simulator.mailbox.refuse(Refusal(550, "no such mailbox", times=1))
    watch.sync()
    (parked,) = watch.all(Mail, Mail.state == MailState.PARKED)
    assert "550 no such mailbox" in parked.error
    assert parked.next_attempt_at is None
    assert len(watch.alerts("job-parked")) == 1
    (told,) = watch.mails("operator")
    assert "550 no such mailbox" in told.get_body(("plain",)).get_content()


def _all_sent_once(watch: Watch) -> None:
    mails = watch.all(Mail)
    assert {mail.state for mail in mails} == {MailState.SENT}
    assert [watch.simulator.mailbox.count(mail.message_id) for mail in mails] == [1] * len(mails)
