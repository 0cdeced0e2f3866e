"""What the invented world is made of: customers, orders, parcels and their scans. Pure.

Every value carries the moments (aware UTC) at which it becomes visible; the pages show what is
visible at the clock's time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from models.domain.months import PvMonth
from models.domain.values import CarrierName, PickupPoint
from worker.simulator.days import local_date
from worker.simulator.numbers import tracking_link

_CENT = Decimal("0.01")
SHIPPING = Decimal("5.90")
TAX_PERCENT = 19


@dataclass(frozen=True, slots=True)
class Customer:
    """A member of the team, or the account's owner; listed from `enrolled_at` on."""

    member_id: str
    first: str
    last: str
    email: str
    phone: str
    kind: str
    """`Vorteilskunde` or `Wellness-Botschafter`."""
    enrolled_at: datetime
    enroller: str = ""
    sponsor: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def listed_name(self) -> str:
        """As the team list writes it: `Last, First`."""
        return f"{self.last}, {self.first}"


@dataclass(frozen=True, slots=True)
class Line:
    """An item of an order; PV and (invented) price are for one piece."""

    item: str
    name: str
    quantity: int
    unit_pv: Decimal
    unit_price: Decimal

    @property
    def pv(self) -> Decimal:
        return self.unit_pv * self.quantity

    @property
    def price(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Scan:
    """One row of a parcel's history; `status` is Hermes' bucket, never display text."""

    at: datetime
    code: str
    status: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and its whole road, the future included."""

    number: str
    carrier: CarrierName
    road: str
    scans: tuple[Scan, ...]
    window: tuple[datetime, datetime] | None = None
    shop: PickupPoint | None = None
    oldest_first: bool = False
    sibling: str | None = None
    """A second barcode that the carrier answers along with this one."""

    @property
    def link(self) -> str:
        return tracking_link(self.carrier, self.number)

    def seen(self, now: datetime) -> tuple[Scan, ...]:
        """The scans that have happened by `now`, oldest first."""
        return tuple(scan for scan in self.scans if scan.at <= now)


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its whole life. `paid_at` None = never paid, `gone_at` = it vanishes then."""

    number: str
    invoice_number: str
    member_id: str
    placed_at: datetime
    pv_month: PvMonth
    source: str
    lines: tuple[Line, ...]
    paid_at: datetime | None
    list_type: str = "I"
    shipped_at: datetime | None = None
    parcel: Parcel | None = None
    gone_at: datetime | None = None
    revised_at: datetime | None = None
    revised_lines: tuple[Line, ...] = ()
    story: str = ""

    @property
    def order_date(self) -> date:
        return local_date(self.placed_at)

    @property
    def pv(self) -> Decimal:
        return sum((line.pv for line in self.lines), Decimal(0)).quantize(_CENT)

    @property
    def subtotal(self) -> Decimal:
        return sum((line.price for line in self.lines), Decimal(0)).quantize(_CENT)

    @property
    def shipping(self) -> Decimal:
        return SHIPPING if self.subtotal else Decimal("0.00")

    @property
    def tax(self) -> Decimal:
        return ((self.subtotal + self.shipping) * TAX_PERCENT / 100).quantize(_CENT)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping + self.tax

    def visible(self, now: datetime) -> bool:
        return self.placed_at <= now and (self.gone_at is None or now < self.gone_at)

    def paid(self, now: datetime) -> bool:
        return self.paid_at is not None and self.paid_at <= now

    def shipped(self, now: datetime) -> bool:
        return self.shipped_at is not None and self.shipped_at <= now

    def as_of(self, now: datetime) -> Order:
        """The order with the lines that it has by `now`."""
        if self.revised_at is None or now < self.revised_at:
            return self
        return replace(self, lines=self.revised_lines)


@dataclass(frozen=True, slots=True)
class Credit:
    """Money given back for an order, as the ledger shows it from `day` on."""

    number: str
    day: date
    pv: Decimal
    amount: Decimal
