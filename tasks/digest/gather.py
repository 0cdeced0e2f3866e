"""Gathers what the digest of a day tells, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.case import Case
from models.case_facts import case_facts
from models.case_store import taken_over
from models.credit_signs import gives_back
from models.customer import Customer
from models.domain.families import family_of
from models.domain.months import PvMonth
from models.domain.tracking import tracking_url
from models.domain.values import (
    OPEN_PARCEL_STATES,
    AlertState,
    MailKind,
    MailState,
    OrderFamily,
    ParcelState,
    Severity,
)
from models.finding_facts import amount_text, finding_facts, utc_text
from models.mail import Mail
from models.order import Order
from models.shipment import Shipment
from models.source import Source
from models.system_alerts import SYSTEM_RULES

Facts = dict[str, Any]

#: A digest is read on a phone: longer lists are cut, their totals are not.
MOST = 100

#: A digest tells of no more days than these, however long none was written.
LONGEST_LOOK_BACK = timedelta(days=7)

_STANDING = (AlertState.OPEN, AlertState.ACKED)


class DigestFacts:
    """What is known on one local day: since the last digest, and now.

    Asked about an earlier moment (`past`), orders and findings are those of that moment; parcels,
    cases and the program's own state leave no history and are those of now.
    """

    def __init__(
        self, session: Session, now: datetime, timezone: ZoneInfo, *, past: bool = False
    ) -> None:
        self.session, self.now, self.timezone = session, now, timezone
        # What has ended since is in no index, and today nothing has.
        standing = Alert.state.in_(_STANDING)
        self.standing = standing | (Alert.resolved_at > now) if past else standing
        self.today = now.astimezone(timezone).date()
        self.since = self._last_digest() or now - timedelta(days=1)

    def gather(self, families: Mapping[str, OrderFamily]) -> Facts:
        """All facts of the digest, as JSON values."""
        return {
            "date": self.today.isoformat(),
            "new_orders": self._new_orders(families),
            "findings_new": self._findings(Alert.opened_at > self.since),
            "findings_open": self._findings(Alert.opened_at <= self.since),
            "findings_info": self._infos(),
            "parcels_by_state": self._parcels_by_state(),
            "parcels_today": self._parcels(self._arriving()),
            "parcels_open": self._parcels(),
            "at_risk": self._at_risk(),
            "cases": self._cases(),
            "pv_by_month": self._pv_by_month(),
            "program": self._program(),
        }

    def _last_digest(self) -> datetime | None:
        """When the digest of an earlier day was written: after a day without one, two are told."""
        today = f"{MailKind.DIGEST}:{self.today.isoformat()}"
        return self.session.scalar(
            select(func.max(Mail.created_at)).where(
                Mail.kind == MailKind.DIGEST,
                Mail.dedupe_key < today,
                Mail.created_at < self.now,
                Mail.created_at > self.now - LONGEST_LOOK_BACK,
            )
        )

    def _new_orders(self, families: Mapping[str, OrderFamily]) -> list[Facts]:
        rows = self.session.execute(
            select(Order, Customer.name)
            .join(Customer, Customer.id == Order.customer_id)
            .where(
                Order.first_seen_at > self.since,
                Order.first_seen_at <= self.now,
                Order.historic.is_(False),
                ~gives_back(),
                self._news(),
            )
            .order_by(Order.id.desc())  # by number, SQLite would read all of them back and forth
            .limit(MOST)
        )
        found = sorted(rows, key=lambda row: row.Order.number)
        return [_order(order, name, families) for order, name in found]

    def _news(self) -> Any:
        """Not what was merely seen for the first time together with its customer."""
        day_before = self.since.astimezone(self.timezone).date()
        return or_(Order.first_seen_at > Customer.first_seen_at, Order.order_date >= day_before)

    def _alerts(self, *where: Any) -> list[Facts]:
        query = select(Alert).where(
            self.standing,
            Alert.opened_at <= self.now,
            Alert.rule.not_in(SYSTEM_RULES),
            ~taken_over(),
            *where,
        )
        return finding_facts(
            self.session, list(self.session.scalars(query.order_by(Alert.id).limit(MOST)))
        )

    def _findings(self, when: Any) -> list[Facts]:
        return self._alerts(Alert.severity != Severity.INFO, when)

    def _infos(self) -> list[Facts]:
        return self._alerts(Alert.severity == Severity.INFO, Alert.opened_at > self.since)

    def _at_risk(self) -> list[Facts]:
        names = ("customer_id", "customer_name", "month", "deadline")
        found = self._alerts(Alert.rule == "loyalty-month-at-risk")
        return [{name: facts[name] for name in names} for facts in found]

    def _cases(self) -> list[Facts]:
        query = select(Case).where(Case.closed_at.is_(None)).order_by(Case.id).limit(MOST)
        found = case_facts(self.session, list(self.session.scalars(query)))
        names = ("case_id", "order", "customer_name", "since", "step")
        return [{name: facts[name] for name in names} for facts in found]

    def _parcels_by_state(self) -> dict[str, int]:
        rows = self.session.execute(
            select(Shipment.state, func.count()).where(self._under_way()).group_by(Shipment.state)
        )
        return {state.value: count for state, count in rows if state is not None}

    def _under_way(self) -> Any:
        return Shipment.state.in_(OPEN_PARCEL_STATES)

    def _arriving(self) -> Any:
        start = datetime.combine(self.today, time(), self.timezone).astimezone(UTC)
        end = datetime.combine(self.today + timedelta(days=1), time(), self.timezone)
        window = (Shipment.expected_from < end.astimezone(UTC)) & (Shipment.expected_to >= start)
        return or_(Shipment.state == ParcelState.OUT_FOR_DELIVERY, window)

    def _parcels(self, *where: Any) -> list[Facts]:
        query: Select[Any, Any, Any] = (
            select(Shipment, Order.number, Customer.name)
            .join(Order, Order.id == Shipment.order_id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(self._under_way(), *where)
            .order_by(Shipment.id)
            .limit(MOST)
        )
        return [_parcel(*row) for row in self.session.execute(query)]

    def _pv_by_month(self) -> list[Facts]:
        current = PvMonth.of(self.today)
        months = [current.plus(-n) for n in (2, 1, 0)]
        rows = self.session.execute(
            select(Order.pv_month, func.sum(Order.pv), func.count().filter(~gives_back()))
            .where(
                Order.pv_month.in_(months),
                Order.first_seen_at <= self.now,
                or_(Order.vanished_at.is_(None), Order.vanished_at > self.now),
            )
            .group_by(Order.pv_month)
        )
        found = {month: (pv, count) for month, pv, count in rows}
        empty = (Decimal(0), 0)
        return [
            {"month": str(m), "pv": amount_text(found.get(m, empty)[0]),
             "orders": found.get(m, empty)[1]}
            for m in months
        ]  # fmt: skip

    def _program(self) -> Facts:
        source = self.session.get(Source, "backoffice")
        waiting = self._mails(MailState.QUEUED, MailState.SENDING)
        system = self.session.scalars(
            select(Alert).where(
                Alert.rule.in_(SYSTEM_RULES),
                Alert.state == AlertState.OPEN,
                # A new status code hinders nothing; it is told on its day and then left alone.
                or_(Alert.rule != "unknown-status-code", Alert.opened_at > self.since),
            )
        )
        return {
            "last_sync_at": utc_text(self._last_read_at()),
            "sync_ok": source is None or source.failures == 0,
            "mails_waiting": waiting,
            "parked": self._mails(MailState.PARKED),
            "open_system_findings": finding_facts(self.session, list(system)),
        }

    def _last_read_at(self) -> datetime | None:
        """When orders were read last, from the back office or from files."""
        read = Source.name.in_(("backoffice", "import"))
        return self.session.scalar(select(func.max(Source.last_ok_at)).where(read))

    def _mails(self, *states: MailState) -> int:
        query = select(func.count()).select_from(Mail).where(Mail.state.in_(states))
        return self.session.scalar(query) or 0


def _order(order: Order, name: str, families: Mapping[str, OrderFamily]) -> Facts:
    family = family_of(
        order.source, list_type=order.list_type, pv=order.pv, total=order.total, table=families
    )
    return {
        "number": order.number,
        "customer_name": name,
        "type": order.source,
        "family": family.value,
        "pv": amount_text(order.pv),
        "total": amount_text(order.total),
        "currency": order.currency,
    }


def _parcel(shipment: Shipment, order: str, name: str) -> Facts:
    return {
        "number": shipment.number,
        "carrier": shipment.carrier.value if shipment.carrier else None,
        "order": order,
        "customer_name": name,
        "state": shipment.state.value if shipment.state else None,
        "expected_from": utc_text(shipment.expected_from),
        "expected_to": utc_text(shipment.expected_to),
        "tracking_url": tracking_url(shipment.carrier, shipment.number),
    }
