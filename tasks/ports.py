"""Protocols and errors of the outside world, and the values that cross it. Pure.

The work files depend on these only; `worker/bootstrap.py` chooses what stands behind them.
An exception's text is the one clear line that the user reads: what is wrong, what would be right.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Protocol

from models.domain.months import PvMonth
from models.domain.values import CarrierName, OrderLine, ParcelFacts


class Clock(Protocol):
    """Time, handed in."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a simulated clock returns at once."""
        ...


# --- orders ------------------------------------------------------------------------------------


class SourceError(Exception):
    """An order source could not be read; nothing was changed."""


class SourceUnavailable(SourceError):
    """Network, time-out or 5xx: worth another try later."""


class SourceRefused(SourceUnavailable):
    """The site refuses us (403, 429, no session): asking again at once would make it worse.

    `retry_after`: seconds after which it wants to be asked again, None = not said.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LoginRefused(SourceError):
    """Member ID or password are wrong: trying again would lock the account."""


class LoginCodeWanted(SourceError):
    """The site asks for a phone code: a session cookie from a browser would do."""


class PageChanged(SourceError):
    """A page does not look as the profile expects; `page` names it, `sample` is its text."""

    def __init__(self, page: str, missing: str, sample: str = "") -> None:
        super().__init__(f"page {page!r} has changed: {missing}")
        self.page, self.missing, self.sample = page, missing, sample


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as a source shows it. None = the source does not show that field."""

    number: str
    customer_id: str | None
    customer_name: str | None
    order_date: date
    pv_month: PvMonth
    source: str
    pv: Decimal
    list_type: str = "I"
    total: Decimal | None = None
    currency: str = "EUR"
    invoice_number: str | None = None
    ship_date: date | None = None
    tracking: str | None = None
    """The raw tracking link or number."""
    paid: bool = True
    cancellable: bool = False
    lines: tuple[OrderLine, ...] | None = None
    where: str = ""
    """File and line, or page, for messages."""
    assumed: frozenset[str] = frozenset()
    """Fields that the source does not show: what is usual stands there, for a new order only."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read for sure, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The orders of one page, and the rows that were refused."""

    orders: tuple[OrderRecord, ...]
    rejected: tuple[Rejected, ...] = ()
    text: str = field(default="", kw_only=True, repr=False, compare=False)
    """The page itself, for a report when it turns out not to be as expected."""
    columns: frozenset[str] = field(default=frozenset(), kw_only=True, repr=False, compare=False)
    """Which columns of the profile it shows."""


@dataclass(frozen=True, slots=True)
class OwnerPage(OrderPage):
    """One page of the owner's order history; `cursor` asks for older rows, None = the end."""

    owner_name: str = ""
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One customer in the team list; it is what makes a second sync cheap."""

    member_id: str
    name: str
    kind: str | None
    enrolled_on: date | None
    email: str | None
    last_order: str | None
    pv: Decimal | None


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One page of the team list."""

    rows: tuple[TeamRow, ...]
    rejected: tuple[Rejected, ...]
    has_next: bool
    text: str = field(default="", kw_only=True, repr=False, compare=False)
    columns: frozenset[str] = field(default=frozenset(), kw_only=True, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A customer's card with the box "Volume and Orders": PV by month, newest first."""

    member_id: str
    name: str
    email: str | None
    phone: str | None
    kind: str | None
    enrolled_on: date | None
    enroller: str | None
    sponsor: str | None
    volume: tuple[tuple[PvMonth, Decimal], ...]


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """The detail page of one order: lines, totals, payment. None = not shown for sure."""

    number: str
    lines: tuple[OrderLine, ...]
    total: Decimal | None
    shipping: Decimal | None = None
    outstanding: Decimal | None = None
    received: Decimal | None = None
    invoice_number: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the account ledger that names an order; a negative amount is a credit."""

    kind: str
    day: date
    order_number: str
    pv: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The rows of the account ledger that name an order, oldest or newest first as shown."""

    rows: tuple[LedgerRow, ...]
    rejected: tuple[Rejected, ...] = ()
    text: str = field(default="", kw_only=True, repr=False, compare=False)
    columns: frozenset[str] = field(default=frozenset(), kw_only=True, repr=False, compare=False)


class OrderSource(Protocol):
    """A back office that can be asked. Every method may raise SourceError's children."""

    def owner_page(self, cursor: str | None = None) -> OwnerPage:
        """The owner's orders: the first page, or older rows from `cursor`."""
        ...

    def team_page(self, page: int) -> TeamPage:
        """Page `page` (from 1) of the team list."""
        ...

    def search(self, text: str, page: int = 1) -> TeamPage:
        """Page `page` of the customers whom the source finds; several of one name are possible."""
        ...

    def card(self, member_id: str) -> CustomerCard: ...

    def month(self, member_id: str, month: PvMonth) -> OrderPage:
        """All orders of one customer in one PV month."""
        ...

    def detail(self, order_number: str) -> OrderDetail: ...

    def ledger(self, first: PvMonth, last: PvMonth) -> LedgerPage:
        """The account ledger of the months from `first` to `last`."""
        ...

    def invoice_pdf(self, order_number: str) -> bytes:
        """The invoice, checked to be a PDF of a bearable size."""
        ...


# --- parcels -----------------------------------------------------------------------------------


class CarrierError(Exception):
    """A carrier gave no usable answer; what is known of the parcel stays.

    `retry_after`: seconds after which it wants to be asked again, None = not said.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CarrierUnavailable(CarrierError):
    """Network, time-out, 5xx, or an answer that is no list of parcels."""


class CarrierBlocked(CarrierError):
    """403: this network is refused; the whole source pauses for hours."""


class CarrierBusy(CarrierError):
    """429: too many requests."""


class NumberRefused(CarrierError):
    """400: the carrier says that this is no parcel number."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """404 or an empty list: not known yet, or expired. Never overwrites a state."""


@dataclass(frozen=True, slots=True)
class OtherParcel:
    """The answer is about other parcels than the one asked for: keep the last state."""


CarrierAnswer = ParcelFacts | NotKnown | OtherParcel


class Carrier(Protocol):
    """A carrier that can be asked about a parcel number."""

    name: CarrierName

    def ask(self, number: str, now: datetime) -> CarrierAnswer:
        """One request. Raises CarrierError's children."""
        ...

    def close(self) -> None:
        """Close its connections."""
        ...


# --- mail --------------------------------------------------------------------------------------


class MailError(Exception):
    """A mail was not accepted."""


class MailUnavailable(MailError):
    """The server can't be reached or refuses the login: not this mail's fault, try later."""


class MailDeferred(MailError):
    """4xx for this mail: try again later."""


class MailRefused(MailError):
    """5xx for this mail: trying again would not help."""


class MailUndecided(MailError):
    """The connection broke after DATA: nobody knows whether the server took it."""


class MailSession(Protocol):
    """An open connection for many mails."""

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises MailDeferred, MailRefused, MailUndecided, MailUnavailable."""
        ...


class Mailer(Protocol):
    """Opens connections to the mail server."""

    def session(self) -> AbstractContextManager[MailSession]:
        """A connection, logged in. Raises MailUnavailable."""
        ...
