"""The shape of a page profile: what each page's section must name. Pure."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, field_validator

from tasks.orders import numbers
from tasks.orders.tables import same_label

Labels = dict[str, tuple[str, ...]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("columns", "labels", "totals", check_fields=False)
    @classmethod
    def _one_meaning(cls, value: Labels) -> Labels:
        """A label that names two columns could only be guessed at."""
        seen: dict[str, str] = {}
        for column, labels in value.items():
            for label in map(same_label, labels):
                if seen.setdefault(label, column) != column:
                    raise ValueError(f"one label for both {seen[label]} and {column}: {label!r}")
        return value


class Addresses(_Section):
    """Where the pages are; relative ones stand under `base`. `{names}` are filled in."""

    base: str
    login: str
    order_history: str
    older_rows: str
    order_detail: str
    invoice_pdf: str
    team: str
    search: str
    card: str
    month: str
    ledger: str


class Login(_Section):
    """How a login form, an ended session and the phone-code page are recognised."""

    user_input: str
    password_input: str
    url_marker: str
    table_marker: str
    code_inputs: tuple[str, ...] = ()
    code_words: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    """Further origins (`https://host`) that a login may lead through."""


class OrderHistory(_Section):
    """The owner's order history and its fragments of older rows."""

    table: str
    fragment_table: str
    cursor: str
    owner: str
    cancel_link: str
    columns: Labels


class Team(_Section):
    """The team list."""

    table: str
    next: str
    columns: Labels


class Card(_Section):
    """A customer's card: its definition list and the box of volumes."""

    contact: str
    volume: str
    labels: Labels
    columns: Labels


class Month(_Section):
    """One customer's orders of one month; `noise` are words of the heading beside the name."""

    table: str
    heading: tuple[str, ...]
    noise: tuple[str, ...] = ()
    cancel_link: str
    columns: Labels


class Ledger(_Section):
    """The account ledger; `headers` are sent along with the question."""

    table: str
    headers: dict[str, str] = {}
    columns: Labels


class Detail(_Section):
    """The detail page; a layout names its columns where the labels are not known.

    `invoice` are patterns whose first group is the invoice's number.
    """

    table: str
    header: str
    columns: Labels
    layouts: tuple[tuple[str, ...], ...]
    totals: Labels
    invoice: tuple[str, ...] = ()

    @field_validator("invoice")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if _pattern(pattern).groups != 1:
                raise ValueError(
                    f"not a pattern with one group: {pattern!r} ('Nr. (\\d+)' would be)"
                )
        return value


class Profile(_Section):
    """One market's pages. `date_format` is an order such as DD.MM.YYYY, never a guess."""

    name: str
    currency: str
    date_format: str
    order_number: str
    member_id: str
    no_rows: tuple[str, ...] = ()
    """What the single cell of an empty table says."""
    addresses: Addresses
    login: Login
    orders: OrderHistory
    team: Team
    card: Card
    month: Month
    detail: Detail
    ledger: Ledger

    @field_validator("date_format")
    @classmethod
    def _known_order(cls, value: str) -> str:
        numbers.check_order(value)
        return value

    @field_validator("order_number", "member_id")
    @classmethod
    def _number_pattern(cls, value: str) -> str:
        _pattern(value)
        return value


def _pattern(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"not a pattern: {value!r} ({error})") from None
