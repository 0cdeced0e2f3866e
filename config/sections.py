"""The groups of settings: whom we ask, how we send, how often. Plain literals, no logic. Pure."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from config.values import (
    Email,
    HourRange,
    Hours,
    HttpUrl,
    MemberId,
    Sender,
    TimeOfDay,
    When,
)


class Section(BaseModel):
    """A group of settings; frozen, and strict about names."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, hide_input_in_errors=True
    )


class Consultant(Section):
    """The consultant whose customers are watched; alerts and digests go to her."""

    name: str | None = Field(default=None, description="Name that signs the mails to customers.")
    email: Email | None = Field(
        default=None, description="Where alerts and digests go; `run` needs it."
    )
    member_id: MemberId | None = Field(
        default=None,
        description="Her own member ID (6 to 8 digits); orders of a saved history page get it.",
    )


class Phones(Section):
    """Phone numbers that an alert names when a delivery must be stopped."""

    hermes: str = Field(default="040 593 551 111", description="Hermes, to stop a delivery.")
    doterra: str = Field(default="089 541 987 38", description="doTERRA's service, for the credit.")


class BackOffice(Section):
    """The doTERRA back office as an order source."""

    enabled: bool = Field(default=False, description="Read orders from the back office by itself.")
    base_url: HttpUrl = Field(
        default="https://office.doterra.com", description="Address of the system."
    )
    login_url: HttpUrl = Field(
        default="https://login.doterra.com/de/de-de/sign-in",
        description="Address of its login page.",
    )
    member_id: MemberId | None = Field(default=None, description="Member ID for the login.")
    password: SecretStr | None = Field(default=None, description="Password for the login.")
    cookie: SecretStr | None = Field(
        default=None,
        description="A session cookie from a browser, where the login asks for a phone code.",
    )
    profile: str = Field(
        default="de",
        min_length=1,
        description="Addresses, selectors, labels and date format: de, en, pt, or a file.",
    )
    min_spacing_seconds: float = Field(
        default=0.5, ge=0, le=3600, description="Seconds from one request to the next."
    )
    months: int = Field(default=3, ge=1, le=24, description="PV months that the first sync reads.")


class HermesPace(Section):
    """How often a parcel is asked for, by its state; in minutes."""

    announced: int = Field(default=60, ge=5, le=1440, description="Minutes, while only announced.")
    in_transit: int = Field(default=60, ge=5, le=1440, description="Minutes, while in transit.")
    out_for_delivery: int = Field(default=15, ge=5, le=1440, description="Minutes, on the van.")
    ready_for_pickup: int = Field(
        default=60, ge=5, le=1440, description="Minutes, waiting in a shop."
    )
    delivery_failed: int = Field(
        default=30, ge=5, le=1440, description="Minutes, after a failed delivery."
    )
    exception: int = Field(default=30, ge=5, le=1440, description="Minutes, in trouble.")
    returning: int = Field(default=180, ge=5, le=1440, description="Minutes, on its way back.")
    unknown: int = Field(
        default=30, ge=5, le=1440, description="Minutes, when its state is not understood."
    )
    night: Hours = Field(
        default=HourRange(time(22), time(6)), description="Hours without any question, or off."
    )


class Hermes(Section):
    """Hermes' parcel tracking, and the manners we have there."""

    enabled: bool = Field(default=True, description="Follow Hermes parcels.")
    base_url: HttpUrl = Field(
        default="https://api.my-deliveries.de/tnt/v2/shipments/search",
        description="Address of the tracking; /NUMBER is appended.",
    )
    min_spacing_seconds: float = Field(
        default=2.0, ge=0, le=3600, description="Seconds from one request to the next."
    )
    daily_budget: int = Field(default=2000, ge=1, description="Most requests a day.")
    concurrency: int = Field(
        default=4, ge=1, le=25, description="Most requests under way at a time."
    )
    pace: HermesPace = HermesPace()


class Dhl(Section):
    """DHL's official tracking; off without a key."""

    api_key: SecretStr | None = Field(default=None, description="Free key of developer.dhl.com.")
    base_url: HttpUrl = Field(
        default="https://api-eu.dhl.com/track/shipments", description="Address of the tracking."
    )
    daily_budget: int = Field(
        default=250, ge=1, description="Most requests a day, as the free key has."
    )
    min_spacing_seconds: float = Field(
        default=5.0, ge=0, le=3600, description="Seconds from one request to the next."
    )


_SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Smtp(Section):
    """The mail server that takes our mails."""

    host: str | None = Field(default=None, min_length=1, description="Mail server; `run` needs it.")
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port: by security 587, 465 or 25.",
        examples=[587],
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls, or none (only for a server on the same machine).",
    )
    username: str | None = Field(default=None, description="Login, where the server wants one.")
    password: SecretStr | None = Field(default=None, description="Password of the login.")
    sender: Sender | None = Field(
        default=None, alias="from", description="Sender of all mails, with or without a name."
    )

    @property
    def effective_port(self) -> int:
        """The port as set, or the usual one of the security chosen."""
        return self.port or _SMTP_PORTS[self.security]

    @model_validator(mode="after")
    def _login_is_whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("a login needs both, SMTP__USERNAME and SMTP__PASSWORD")
        return self


class Invoices(Section):
    """Invoice copies to customers."""

    mode: Literal["off", "consented", "all"] = Field(
        default="consented",
        description="Copies go to nobody, to those who agreed, or to everybody.",
    )


class Digest(Section):
    """The consultant's daily mail."""

    at: TimeOfDay = Field(
        default=time(7, 30), description="When it is written, in the time zone set."
    )


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
        default=90, ge=1, description="Tracking details, days after delivery."
    )
    invoices_days: int = Field(
        default=30, ge=1, description="Invoices, days after they were mailed."
    )
    orders_months: int = Field(default=24, ge=4, description="Order facts, in months.")
    history_days: int = Field(default=30, ge=1, description="History of job runs, in days.")
