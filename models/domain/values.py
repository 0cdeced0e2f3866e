"""The vocabulary of the house: enums and frozen values that every room shares. Pure.

Codes and states come from the reference pages on the domain, the back office and Hermes;
money and PV are Decimal, times are aware UTC, dates are German calendar days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from models.domain.months import PvMonth


class OrderFamily(StrEnum):
    """What an order is for the loyalty programme."""

    LOYALTY = "loyalty"
    STANDARD = "standard"
    ENROLMENT = "enrolment"
    REPLACEMENT = "replacement"
    UNKNOWN = "unknown"


class OrderStatus(StrEnum):
    """Where an order stands, as lists show it."""

    PLACED = "placed"
    UNPAID = "unpaid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    CREDITED = "credited"
    VANISHED = "vanished"


class CarrierName(StrEnum):
    """The parcel carriers that a tracking link can name."""

    HERMES = "hermes"
    DHL = "dhl"
    DPD = "dpd"
    GLS = "gls"
    UPS = "ups"


class ParcelState(StrEnum):
    """Where a parcel is. NOT_FOUND is an answer of `track`, never a stored state."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    EXCEPTION = "exception"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"


#: A parcel in one of these states never moves again and is polled no more.
FINAL_PARCEL_STATES = frozenset(
    {ParcelState.DELIVERED, ParcelState.RETURNED, ParcelState.CANCELLED}
)

#: A parcel in one of these is under way. Queries name these few rather than exclude the others:
#: that finds them in an index, however many have arrived.
OPEN_PARCEL_STATES = frozenset(ParcelState) - FINAL_PARCEL_STATES - {ParcelState.NOT_FOUND}


class Problem(StrEnum):
    """How bad a parcel's news is."""

    NONE = "none"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Stop(StrEnum):
    """Whether the delivery of a parcel can still be stopped. None (outside) = does not apply."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"
    DONE = "done"


class Severity(StrEnum):
    """How urgent a finding is: info goes to the digest only, low and up into alert mails."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for info up to 3 for high, to compare urgencies."""
        return list(Severity).index(self)


class AlertState(StrEnum):
    """The life of an alert. Open, acked and snoozed ones are what `alerts list` shows."""

    OPEN = "open"
    ACKED = "acked"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class MailKind(StrEnum):
    """The kinds of mail, each a folder of templates; sent as header X-Orderwatch-Kind."""

    ALERT = "alert"
    REMINDER = "reminder"
    ALL_CLEAR = "all-clear"
    INVOICE_COPY = "invoice-copy"
    DIGEST = "digest"
    FIRST_SYNC_SUMMARY = "first-sync-summary"
    CASE_REMINDER = "case-reminder"
    OPERATOR = "operator"
    TEST = "test"


class MailState(StrEnum):
    """The outbox: `sending` is committed before DATA; found there after its lease = undecided."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    CANCELLED = "cancelled"


class CaseStep(StrEnum):
    """The road from a wrong order to its credit; steps come in any order."""

    STOP_ASKED = "stop-asked"
    CREDIT_ASKED = "credit-asked"
    CANCELLED = "cancelled-before-shipping"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CREDITED = "credited"
    REORDERED = "reordered"


#: Steps that only the user knows of, or may know before the program does; she ticks them.
TICKED_STEPS = (
    CaseStep.STOP_ASKED,
    CaseStep.CREDIT_ASKED,
    CaseStep.CANCELLED,
    CaseStep.CREDITED,
    CaseStep.REORDERED,
)


class RunState(StrEnum):
    """How a job's run ended; `abandoned` means that its process died."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class TrackingRef:
    """A parcel as a link or number names it. `carrier` is None when nothing proves one."""

    number: str
    carrier: CarrierName | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order. PV and price are for the whole line; None = not shown."""

    item: str
    quantity: int
    description: str | None = None
    pv: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What changed of an order since it was first seen, at an aware UTC time.

    `field` is pv, total, type, list_type, or vanished, whose values are yes and no.
    """

    field: str
    before: str | None
    after: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is known of one order, for the rules. `source` is the raw "Quelle" code."""

    number: str
    customer_id: str | None
    order_date: date
    pv_month: PvMonth
    source: str
    family: OrderFamily
    pv: Decimal
    total: Decimal | None = None
    currency: str = "EUR"
    ship_date: date | None = None
    paid: bool = True
    lines: tuple[OrderLine, ...] = ()
    historic: bool = False
    """Old when it was first seen: a fact to compare with, never an alert (baseline)."""
    accepted: bool = False
    """The user said: fine as it is, never report it again."""
    cancelled: bool = False
    """It vanished, or it was credited as a whole: it no longer counts."""
    credited: bool = False
    """The account ledger holds a credit that names it, or its case says that it is undone."""
    changes: tuple[OrderChange, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """The shop where a parcel waits (address type PARCELSHOP only)."""

    name: str
    street: str
    zip: str
    city: str


@dataclass(frozen=True, slots=True)
class ParcelEvent:
    """One scan. `at` is aware UTC; `text` is safe to store (no names of people or places)."""

    at: datetime
    code: str
    state: ParcelState
    text: str


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """What a carrier's answer says of one parcel. Events newest first, times aware UTC."""

    carrier: CarrierName
    number: str
    state: ParcelState
    problem: Problem
    stop: Stop | None
    events: tuple[ParcelEvent, ...]
    shipped_at: datetime | None
    last_event_at: datetime | None
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    pickup_point: PickupPoint | None = None
    unknown_code: str | None = None
    """A status code that the table does not hold, to be reported once."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A stored parcel as the rules see it: its order, its state, its times (aware UTC)."""

    number: str
    carrier: CarrierName | None
    order_number: str
    state: ParcelState | None
    """None: the carrier has not known it yet."""
    first_seen_at: datetime
    problem: Problem = Problem.NONE
    stop: Stop | None = None
    shipped_at: datetime | None = None
    last_event_at: datetime | None = None
    state_since: datetime | None = None
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    pickup_point: PickupPoint | None = None
    given_up: Literal["refused", "unknown"] | None = None
    """Why its number is asked for no more: the carrier refused it, or has never known it."""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer as the rules see her."""

    member_id: str | None
    name: str
    enrolled_on: date | None = None
    expects_loyalty: bool | None = None
    """What the user told: True, False, or None = judge by her orders."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found. `key` is stable: rule + order, parcel, or customer + month."""

    rule: str
    severity: Severity
    key: str
    customer_id: str | None = None
    order: str | None = None
    shipment: str | None = None
    month: PvMonth | None = None
    deadline: datetime | None = None
    """Until when it can still be mended, aware UTC; None = no date."""
    details: dict[str, str | int | bool | None] = field(default_factory=dict)
    """Further facts that the words of the mail use, as JSON values."""
