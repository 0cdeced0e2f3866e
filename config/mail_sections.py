"""The groups of settings about mail: how it is sent, how often, when, and to whom. Pure."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from config.sections import Section
from config.values import DayHours, HourRange, Sender, TimeOfDay

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


class Alerts(Section):
    """How often alerts are mailed; acked, snoozed and solved ones never are."""

    mails_per_hour: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="More alert mails than this in an hour become one, at its end.",
    )
    remind_at: TimeOfDay = Field(
        default=time(9), description="Hour of reminders, in the time zone set."
    )
    remind_high_days: int = Field(
        default=1,
        ge=0,
        le=30,
        description="Days to the first reminder of an urgent alert; 0: none.",
    )
    remind_medium_days: int = Field(
        default=3, ge=0, le=30, description="The same of an important one."
    )


class Invoices(Section):
    """Invoice copies to customers."""

    mode: Literal["off", "consented", "all"] = Field(
        default="consented",
        description="Copies go to nobody, to those who agreed, or to everybody.",
    )
    hours: DayHours = Field(
        default=HourRange(time(8), time(20)),
        description="When customers are mailed; never on Sundays and holidays.",
    )


class Digest(Section):
    """The consultant's daily mail."""

    at: TimeOfDay = Field(
        default=time(7, 30), description="When it is written, in the time zone set."
    )
