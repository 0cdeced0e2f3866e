"""All settings in one frozen value, read from the environment, `.env` and secret files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.carriers import Dhl, Hermes
from config.mail_sections import Alerts, Digest, Invoices, Smtp
from config.rules import Rules
from config.sections import (
    BackOffice,
    Consultant,
    Phones,
)
from config.upkeep import Retention, Schedules, Worker
from config.values import (
    DatabaseUrl,
    Email,
    Folder,
    HourRange,
    Hours,
    RedisUrl,
    SecretHttpUrl,
    TimeZone,
    read_time,
)
from config.variables import (
    PREFIX,
    SettingInfo,
    SettingsError,
    gather,
    leaves,
    refusals,
    strays,
)

__all__ = ["SettingInfo", "Settings", "SettingsError", "describe", "load", "passed_over"]

# The sixteen Länder, by the codes of ISO 3166-2:DE.
Land = Literal[
    "BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"
]  # fmt: skip


def default_database_url() -> SecretStr:
    """An SQLite file in the user's data folder."""
    from platformdirs import user_data_path

    return SecretStr(f"sqlite:///{user_data_path('orderwatch', False) / 'orderwatch.db'}")


class Settings(BaseSettings):
    """Every setting. `ORDERWATCH_SMTP__HOST` is `settings.smtp.host`; each also as `…_FILE`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        enable_decoding=False,  # our own readers refuse in one line, JSON would not
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = Field(
        default_factory=default_database_url,
        description="Database: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    redis_url: RedisUrl | None = Field(
        default=None, description="Redis for several processes; without it all runs in one."
    )
    timezone: TimeZone = Field(
        default="Europe/Berlin", description="Time zone of days, hours and mails."
    )
    holidays_state: Land | None = Field(
        default=None,
        description="Land whose holidays are no working days, such as BY; else nationwide.",
    )
    language: Literal["de", "en"] = Field(
        default="de", description="Language of all mails: de or en."
    )
    consultant: Consultant = Consultant()
    operator_email: Email | None = Field(
        default=None,
        description="Who hears that the program itself is in trouble; else the consultant.",
    )
    phones: Phones = Phones()
    backoffice: BackOffice = BackOffice()
    inbox_dir: Folder | None = Field(
        default=None, description="Folder whose CSV, XLSX, HTML and PDF files are imported."
    )
    hermes: Hermes = Hermes()
    dhl: Dhl = Dhl()
    smtp: Smtp = Smtp()
    alerts: Alerts = Alerts()
    invoices: Invoices = Invoices()
    digest: Digest = Digest()
    quiet_hours: Hours = Field(
        default=HourRange(read_time("21:00"), read_time("07:00")),  # type: ignore[arg-type]
        description="Hours in which no alert is mailed, or off.",
    )
    schedule: Schedules = Schedules()
    worker: Worker = Worker()
    catch_up_hours: int = Field(
        default=24,
        ge=0,
        le=168,
        description="Missed runs that are not older than this run once at start.",
    )
    rules: Rules = Rules()
    retention: Retention = Retention()
    heartbeat_url: SecretHttpUrl | None = Field(
        default=None,
        description="Address that is asked regularly while all is well (a dead man's switch).",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port on loopback for metrics and health; else none.",
        examples=[9464],
    )
    log_format: Literal["console", "json"] | None = Field(
        default=None, description="console or json; else console on a terminal, json otherwise."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least urgent lines that are logged."
    )

    @field_validator("holidays_state", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_sources: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands over: it knows `…_FILE` and refuses unknown variables."""
        return (init_settings,)

    @property
    def effective_operator_email(self) -> str | None:
        """The operator's address, the consultant's when none is set."""
        return self.operator_email or self.consultant.email


@cache
def describe() -> tuple[SettingInfo, ...]:
    """Every setting with its variable, default and description, in the order of the class."""
    return tuple(leaves(Settings))


def load(env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """Settings from `env` (default: the process's) over those of the file `dotenv`, if it exists.

    Raises SettingsError, one line for each wrong or unknown variable.
    """
    found, problems = gather(os.environ if env is None else env, dotenv, describe())
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in found.items()}
    values: dict[str, Any] = source()
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError([*problems, *refusals(error, describe())]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def passed_over(
    env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> list[str]:
    """A line for each variable that `load` ignores though it was probably meant for us."""
    return strays(os.environ if env is None else env, dotenv, describe())
