"""The only place where real things are chosen from settings: database, clients, jobs.

What a thing is made of is imported when it is first asked for: most commands look into the
database only, and would spend a third of their start on clients that they never use.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from config.settings import Settings
from models.claims import Lease
from models.domain.families import family_table
from models.domain.hours import CourtesyHours, QuietHours
from models.domain.values import CarrierName, OrderFamily
from models.domain.workdays import Workdays
from models.outbox import Desk
from models.session import Database
from tasks.checks.thresholds import Thresholds
from tasks.mail.hours import SendingHours
from tasks.ports import Clock
from worker.clock import ServerClock, SystemClock
from worker.wrong_setting import Unusable

if TYPE_CHECKING:
    from tasks.alerts.watch import AlertOptions
    from tasks.housekeeping.ping import Ping
    from tasks.mail.smtp import SmtpMailer
    from tasks.mail.views import Identity
    from tasks.orders.backoffice import BackOffice
    from tasks.orders.files.intake import ImportOptions
    from tasks.orders.profile_values import Profile
    from tasks.orders.reading import SyncOptions
    from tasks.shipments.asking import Polled
    from tasks.shipments.poll import PollOptions

#: Mail is tried for more than a day before it is parked: a provider's bad night is no loss.
MAIL_ATTEMPTS = 12


@dataclass
class House:
    """Everything real, made from the settings when it is first asked for."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """Close the connections that were opened; nothing is opened for that."""
        made = self.__dict__
        for polled in made.get("carriers", {}).values():
            polled.carrier.close()
        for name in ("back_office", "db"):
            if made.get(name) is not None:
                made[name].close()

    @cached_property
    def db(self) -> Database:
        """The database, created and migrated."""
        database = Database(self.settings.database_url.get_secret_value())
        database.upgrade()
        return database

    def share_clock(self) -> None:
        """Go by the time that all hosts share; to be called before anything has a clock.

        With SQLite there is one host only, and its own clock counts.
        """
        if not self.db.is_sqlite:
            self.clock = ServerClock(self.clock, self.db.server_time)

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The consultant's time zone."""
        return ZoneInfo(self.settings.timezone)

    @cached_property
    def lease(self) -> Lease:
        """For how long work is claimed."""
        worker = self.settings.worker
        return Lease(timedelta(seconds=worker.lease_seconds), worker.max_attempts)

    @cached_property
    def mail_lease(self) -> Lease:
        """Mail has more patience than other work."""
        return Lease(self.lease.length, max(MAIL_ATTEMPTS, self.lease.max_attempts))

    @cached_property
    def catch_up(self) -> timedelta:
        """How old a missed run may be to be made up for at start."""
        return timedelta(hours=self.settings.catch_up_hours)

    @cached_property
    def families(self) -> Mapping[str, OrderFamily]:
        """Order type to family."""
        return family_table(self.settings.rules.families)

    @cached_property
    def thresholds(self) -> Thresholds:
        """The rules' numbers."""
        rules = self.settings.rules
        return Thresholds(**{each.name: getattr(rules, each.name) for each in fields(Thresholds)})

    @cached_property
    def workdays(self) -> Workdays:
        """Working days of the consultant's Land."""
        return Workdays(self.settings.holidays_state)

    @cached_property
    def user_agent(self) -> str:
        """An honest name towards others."""
        return f"orderwatch/{version('orderwatch')} (a consultant's own order watch)"

    # --- mail -----------------------------------------------------------------------------------

    @cached_property
    def desk(self) -> Desk | None:
        """Who our mails are from and for; None while no consultant's address is set."""
        settings = self.settings
        consultant, operator = settings.consultant.email, settings.effective_operator_email
        if consultant is None or operator is None:
            return None
        return Desk(settings.smtp.sender or consultant, consultant, operator, settings.language)

    @cached_property
    def identity(self) -> Identity:
        """What the mails name."""
        from tasks.mail.views import Identity

        settings = self.settings
        phones = {"hermes": settings.phones.hermes, "doterra": settings.phones.doterra}
        name, address = settings.consultant.name or "", settings.consultant.email or ""
        return Identity(name, address, phones, settings.timezone)

    @cached_property
    def quiet(self) -> QuietHours | None:
        """When no alert is mailed."""
        hours = self.settings.quiet_hours
        return QuietHours(hours.start, hours.end, self.timezone) if hours else None

    @cached_property
    def sending_hours(self) -> SendingHours:
        """At which hours which mail leaves."""
        hours, rests = self.settings.invoices.hours, self.workdays.is_day_of_rest
        courtesy = CourtesyHours(hours.start, hours.end, self.timezone, rests)
        return SendingHours(self.quiet, courtesy)

    def alert_options(self, desk: Desk, *, summary_at_once: bool = False) -> AlertOptions:
        """How alerts become mails."""
        from tasks.alerts.reminders import Reminding
        from tasks.alerts.watch import AlertOptions

        set_ = self.settings.alerts
        reminding = Reminding(
            self.timezone, set_.remind_at, set_.remind_high_days, set_.remind_medium_days
        )
        per_hour = set_.mails_per_hour
        return AlertOptions(desk, self.quiet, self.lease, reminding, per_hour, summary_at_once)

    @cached_property
    def mailer(self) -> SmtpMailer | None:
        """The mail server; None while no host is set."""
        smtp = self.settings.smtp
        if smtp.host is None:
            return None
        from tasks.mail.smtp import SmtpMailer, SmtpServer

        port, login = smtp.effective_port, (smtp.username, smtp.password)
        return SmtpMailer(SmtpServer(smtp.host, port, smtp.security, *login))

    @cached_property
    def ping(self) -> Ping | None:
        """The dead man's switch; None while no address is set."""
        from tasks.housekeeping.ping import Ping

        url = self.settings.heartbeat_url
        return Ping(url, self.user_agent) if url else None

    # --- sources and carriers ---------------------------------------------------------------------

    @cached_property
    def back_office(self) -> BackOffice | None:
        """The back office; None while it is switched off. Raises NotSet, Unusable."""
        return self.make_back_office() if self.settings.backoffice.enabled else None

    def make_back_office(self, **wire: Any) -> BackOffice:
        """A client as the settings say; `wire` overrides how it connects. Raises as above."""
        from worker.back_office import open_back_office

        return open_back_office(
            self.settings.backoffice, self.profile, self.clock, self.user_agent, **wire
        )

    @cached_property
    def sync_options(self) -> SyncOptions:
        """What a sync reads."""
        from worker.back_office import make_sync_options

        pollable, turn = frozenset(self.carriers), self.lease.length / 2
        return make_sync_options(self.settings, self.profile, pollable, turn)

    @cached_property
    def profile(self) -> Profile:
        """How the back office's pages look. Raises Unusable."""
        from tasks.orders import profile

        try:
            return profile.load(self.settings.backoffice.profile)
        except ValueError as error:
            raise Unusable("ORDERWATCH_BACKOFFICE__PROFILE", str(error)) from None

    @cached_property
    def import_options(self) -> ImportOptions:
        """What an import of files goes by. Raises Unusable."""
        from tasks.orders.files.intake import ImportOptions

        return ImportOptions(
            profile=self.profile,
            owner_member_id=self.settings.consultant.member_id,
            pollable=frozenset(self.carriers),
            timezone=self.timezone,
            turn=self.lease.length / 2,
        )

    @cached_property
    def carriers(self) -> dict[CarrierName, Polled]:
        """The carriers that are polled."""
        from worker.carriers import make_carriers

        return make_carriers(self.settings, self.user_agent)

    @cached_property
    def poll_options(self) -> PollOptions:
        """Whom to ask about parcels, and how often."""
        from tasks.shipments.poll import PollOptions
        from worker.carriers import make_pace

        pace = make_pace(self.settings.hermes.pace, self.timezone)
        return PollOptions(self.carriers, pace, self.timezone, self.lease)
