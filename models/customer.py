"""Customers, and their PV by month as the back office shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Amount, Base, Month, UtcTime
from models.claimable import Claimable
from models.domain.months import PvMonth
from models.domain.values import CustomerFacts


class Customer(Claimable, Base):
    """A person with an account. What the user told (`…_told`) wins over what was read.

    The account's owner is a customer too; her member ID may be unknown (None).
    """

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_next_review_at", "next_review_at"),)

    member_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    is_owner: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    """The name in lower case without accents, for the search."""
    email: Mapped[str | None] = mapped_column(String(320))
    email_told: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str | None] = mapped_column(String(64))
    enrolled_on: Mapped[date | None]
    enroller: Mapped[str | None] = mapped_column(String(200))
    sponsor: Mapped[str | None] = mapped_column(String(200))
    expects_loyalty_told: Mapped[bool | None]
    expects_loyalty_since: Mapped[datetime | None] = mapped_column(UtcTime)
    invoice_copies: Mapped[bool | None]
    invoice_copies_since: Mapped[datetime | None] = mapped_column(UtcTime)
    list_hash: Mapped[str | None] = mapped_column(String(64))
    """Her row of the team list when she was last read to the end; a change means: read again."""
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    baseline: Mapped[bool] = mapped_column(default=True)
    """Her next review is the first: what it finds goes into the first-sync summary."""
    next_review_at: Mapped[datetime | None] = mapped_column(UtcTime)

    @property
    def address(self) -> str | None:
        """The e-mail address to use."""
        return self.email_told or self.email

    def facts(self) -> CustomerFacts:
        """As the rules see her."""
        return CustomerFacts(self.member_id, self.name, self.enrolled_on, self.expects_loyalty_told)


class CustomerVolume(Base):
    """A customer's PV in one month, from the card's box "Volume and Orders"."""

    __tablename__ = "customer_volumes"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    month: Mapped[PvMonth] = mapped_column(Month, primary_key=True)
    pv: Mapped[Decimal] = mapped_column(Amount)
