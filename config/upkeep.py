"""The groups of settings for the program itself: how often, how many, how long kept. Pure."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section
from config.values import When


class Schedules(Section):
    """When the regular jobs run: 'every 30m', or a cron line with weekdays by name."""

    sync: When = Field(default="every 30m", description="Read new orders.")
    poll: When = Field(
        default="every 1s",
        description="Look for due parcels, mails and reviews that no event has woken.",
    )
    heartbeat: When = Field(
        default="every 1m",
        description="Ask whether the whole loop turns (`orderwatch health`, HEARTBEAT_URL).",
    )
    housekeeping: When = Field(
        default="15 3 * * *", description="Retention and clearing up, at night."
    )


class Worker(Section):
    """The workers of one process."""

    threads: int = Field(default=4, ge=1, le=64, description="Threads of a worker process.")
    lease_seconds: int = Field(
        default=120,
        ge=30,
        le=3600,
        description="How long claimed work stays with a worker that is silent.",
    )
    max_attempts: int = Field(
        default=8,
        ge=1,
        le=50,
        description="Attempts, after which work is parked and the operator told.",
    )


class Retention(Section):
    """How long personal data is kept."""

    tracking_days: int = Field(
        default=90, ge=1, description="Tracking details, days after a parcel's last sign."
    )
    invoices_days: int = Field(
        default=30, ge=1, description="Invoices, days after they were mailed or stored."
    )
    orders_months: int = Field(
        default=24, ge=4, description="Orders and all that hangs on them, in months."
    )
    mails_days: int = Field(
        default=90, ge=1, description="Contents of mails, in days; that they were sent stays."
    )
    samples_days: int = Field(
        default=30, ge=1, description="Redacted samples of pages that could not be read, in days."
    )
    history_days: int = Field(default=30, ge=1, description="History of job runs, in days.")
