"""The groups of settings: who we are, and whom we read. Plain literals, no logic. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from config.values import (
    Email,
    HttpUrl,
    MemberId,
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
    refused_pause_minutes: float = Field(
        default=60,
        ge=0,
        le=1440,
        description="Minutes without a question after it refused us (403, 429 without a time); "
        "the longer it refuses, the longer, up to 12 hours.",
    )
    months: int = Field(default=3, ge=1, le=24, description="PV months that the first sync reads.")
    ledger: bool = Field(default=True, description="Read the account ledger once a day (credits).")
    least_rows_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="A list with a smaller share of its last rows is not believed.",
    )
    most_rejected_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="A page with a larger share of unreadable rows is not believed.",
    )
    small_list: int = Field(
        default=10, ge=1, description="A list of fewer rows may shrink as it likes."
    )
