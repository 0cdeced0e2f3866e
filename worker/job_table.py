"""The table of all jobs: what makes each due, and the work behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.heartbeat import BEATS
from models.outbox import Desk
from models.queues import CASES, COPIES, DELIVERIES, NOTICES, POLLS, REVIEWS
from tasks.alerts.few import is_gathering
from tasks.alerts.summary import summary_is_due
from tasks.alerts.watch import send_alerts
from tasks.cases.facts import CaseLimits
from tasks.cases.load import CaseRules
from tasks.cases.watch import CaseOptions, check_cases
from tasks.checks.review import ReviewOptions, review_orders
from tasks.digest.daily import DigestOptions, daily_digest
from tasks.housekeeping.clear import clear_up
from tasks.housekeeping.heartbeat import answer_heartbeat
from tasks.housekeeping.limits import Limits
from tasks.invoices.copies import CopyOptions, send_invoices
from tasks.mail.deliver import Delivery, DeliveryOptions
from tasks.orders.files.inbox import Inbox
from tasks.orders.files.intake import Intake
from tasks.orders.files.take_inbox import import_inbox
from tasks.orders.sync import sync_unless_paused
from tasks.run import Counts, JobFailed, Run
from tasks.shipments.poll import poll_shipments, polling_is_due
from worker import lacking
from worker.bootstrap import House
from worker.jobs import Job, Jobs
from worker.schedule import Schedule

Work = Callable[[Run], Counts]


def make_jobs(house: House) -> Jobs:
    """All jobs by name. Nothing is connected before a job runs."""
    unaddressed = lacking.for_writing(house)
    jobs = (
        Job("sync-orders", _sync(house), lacking=lacking.for_sync(house)),
        _inbox(house),
        Job(
            "poll-shipments",
            lambda run: poll_shipments(house.db, house.clock, house.poll_options, run),
            POLLS,
            lambda session, now: polling_is_due(session, now, house.poll_options),
        ),
        Job("review-orders", _review(house), REVIEWS),
        Job("check-cases", _cases(house), CASES),
        Job("send-alerts", _alerts(house), NOTICES, _alerts_due(house), unaddressed),
        Job("send-invoices", _invoices(house), COPIES, _copies_due(house), unaddressed),
        Job(
            "deliver-mail",
            _deliver(house),
            DELIVERIES,
            _deliveries_due(house),
            lacking.for_sending(house),
        ),
        Job("daily-digest", _digest(house), lacking=unaddressed),
        Job("housekeeping", _housekeeping(house)),
        Job("heartbeat", _heartbeat(house), BEATS, recorded=False),
    )
    return {job.name: job for job in jobs}


def make_schedules(house: House) -> tuple[Schedule, ...]:
    """The jobs that run at set times, as far as the settings allow them."""
    settings, tz = house.settings, house.timezone
    at = settings.digest.at
    schedules = [Schedule("housekeeping", settings.schedule.housekeeping, tz)]
    if settings.backoffice.enabled:
        schedules.insert(0, Schedule("sync-orders", settings.schedule.sync, tz, True))
    if house.desk is not None:
        schedules.append(Schedule("daily-digest", f"{at.minute} {at.hour} * * *", tz))
    return tuple(schedules)


def _desk(house: House) -> Desk:
    if house.desk is None:
        raise JobFailed(lacking.NO_READER)
    return house.desk


def _copies_due(house: House) -> Callable[[Session, datetime], bool]:
    return lambda session, now: house.desk is not None and COPIES.is_due(session, now)


def _deliveries_due(house: House) -> Callable[[Session, datetime], bool]:
    def due(session: Session, now: datetime) -> bool:
        set_up = house.desk is not None and house.mailer is not None
        return set_up and DELIVERIES.is_due(session, now)

    return due


def _sync(house: House) -> Work:
    def work(run: Run) -> Counts:
        if house.back_office is None:
            raise JobFailed(lacking.NO_OFFICE)
        source, options = house.back_office, house.sync_options
        return sync_unless_paused(house.db, house.clock, source, options, run)

    return work


def _inbox(house: House) -> Job:
    """Due when a file is whole; what the last look saw is kept between the looks."""
    folder = house.settings.inbox_dir
    inbox = Inbox(folder) if folder is not None else None

    def work(run: Run) -> Counts:
        if inbox is None:
            raise JobFailed(lacking.NO_INBOX)
        return import_inbox(Intake(house.db, house.clock, house.import_options, run), inbox)

    def due(session: Session, now: datetime) -> bool:
        return inbox is not None and inbox.due(now)

    return Job("import-inbox", work, due=due, lacking=lacking.for_inbox(house))


def _review(house: House) -> Work:
    def work(run: Run) -> Counts:
        options = ReviewOptions(
            house.timezone, house.workdays, house.thresholds, house.families, house.lease
        )
        return review_orders(house.db, house.clock, options, run)

    return work


def _cases(house: House) -> Work:
    def work(run: Run) -> Counts:
        numbers, limits = house.settings.rules, house.thresholds
        rules = CaseRules(
            house.timezone,
            house.workdays,
            house.families,
            CaseLimits(
                numbers.credit_working_days,
                numbers.cancel_working_days,
                numbers.case_long_days,
                limits.loyalty_keeping_pv,
                limits.similarity,
            ),
            limits.loyalty_lookback_months,
        )
        options = CaseOptions(rules, house.desk, house.quiet, house.lease)
        return check_cases(house.db, house.clock, options, run)

    return work


def _alerts(house: House) -> Work:
    def work(run: Run) -> Counts:
        return send_alerts(house.db, house.clock, house.alert_options(_desk(house)), run)

    return work


def _alerts_due(house: House) -> Callable[[Session, datetime], bool]:
    def due(session: Session, now: datetime) -> bool:
        if house.desk is None:
            return False
        quiet = house.quiet is not None and house.quiet.until(now) is not None
        told = NOTICES.is_due(session, now) and not is_gathering(session, now)
        return told or (not quiet and summary_is_due(session, now))

    return due


def _invoices(house: House) -> Work:
    def work(run: Run) -> Counts:
        mode = house.settings.invoices.mode
        pause = timedelta(minutes=house.settings.backoffice.refused_pause_minutes)
        options = CopyOptions(mode, _desk(house), house.timezone, house.lease, pause)
        return send_invoices(house.db, house.clock, house.back_office, options, run)

    return work


def _deliver(house: House) -> Work:
    def work(run: Run) -> Counts:
        if house.mailer is None:
            raise JobFailed(lacking.NO_SERVER)
        options = DeliveryOptions(
            _desk(house), house.identity, house.mail_lease, house.sending_hours
        )
        return Delivery(house.db, house.clock, house.mailer, options, run)()

    return work


def _digest(house: House) -> Work:
    def work(run: Run) -> Counts:
        options = DigestOptions(_desk(house), house.timezone, house.families)
        return daily_digest(house.db, house.clock, options, run)

    return work


def _housekeeping(house: House) -> Work:
    def work(run: Run) -> Counts:
        kept = house.settings.retention
        limits = Limits(
            timedelta(days=kept.history_days),
            timedelta(days=kept.tracking_days),
            timedelta(days=kept.invoices_days),
            timedelta(days=kept.mails_days),
            timedelta(days=kept.samples_days),
            kept.orders_months,
        )
        return clear_up(house.db, house.clock, limits, run)

    return work


def _heartbeat(house: House) -> Work:
    return lambda run: answer_heartbeat(house.db, house.clock, house.lease, house.ping)
