"""Every number of the detection rules, with the domain reference's default. Pure.

Settings fill it (`RULES__…`); a value that can't be right is refused with one clear line.
PV are Decimal, days of the month 1-28, other days and months are counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.domain.loyalty import AT_RISK_DAY, KEEPING_PV, LOOKBACK_MONTHS


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds of all rules; the defaults are those of the domain reference."""

    # the programme: R1, R2, R3
    loyalty_lookback_months: int = LOOKBACK_MONTHS
    loyalty_keeping_pv: Decimal = KEEPING_PV
    at_risk_day: int = AT_RISK_DAY
    # loyalty orders: R4, R5, R6, R8
    points_pv: Decimal = Decimal(50)
    near_points_pv: Decimal = Decimal(45)
    product_pv: Decimal = Decimal(125)
    near_product_pv: Decimal = Decimal(115)
    product_day: int = 15
    off_schedule_days: int = 7
    off_schedule_orders: int = 3
    usual_day_orders: int = 6
    """The usual day is the median of so many AS before; a lasting change becomes usual itself."""
    # orders: R7, R9, R12, R13, R14, R17
    similarity: Decimal = Decimal("0.8")
    duplicate_days: int = 2
    small_enrolment_pv: Decimal = Decimal(100)
    unusual_factor: Decimal = Decimal("2.5")
    unusual_orders: int = 4
    not_shipped_working_days: int = 3
    order_days: int = 14
    """A finding about one order holds in its PV month and so many days after the order."""
    covered_months: int = 3
    """PV months that the back office shows; what happens to older orders is no news (R17)."""
    # parcels: R16
    stuck_working_days: int = 3
    not_handed_over_working_days: int = 2
    pickup_days: int = 5
    pickup_kept_days: int = 10
    overdue_hours: int = 2
    """Grace after a delivery window: carriers are asked at most every hour."""
    returned_days: int = 14
    """How long a parcel that came back is news."""
    # customers: R11, R20
    sponsor_change_day: int = 10
    inactive_months: tuple[int, ...] = (3, 6, 11)
    inactive_high_months: int = 11
    account_closes_months: int = 12

    def __post_init__(self) -> None:
        self._days_of_month("at_risk_day", "product_day", "sponsor_change_day")
        self._not_above("near_points_pv", "points_pv")
        self._not_above("near_product_pv", "product_pv")
        self._not_above("pickup_days", "pickup_kept_days")
        if not 0 < self.similarity <= 1:
            raise ValueError(f"similarity is {self.similarity}; 0.8 would be right (above 0, to 1)")
        stages = self.inactive_months
        if list(stages) != sorted(set(stages)) or not all(
            0 < stage < self.account_closes_months for stage in stages
        ):
            raise ValueError(
                f"inactive_months is {stages}; rising months such as 3, 6, 11 would be right"
            )

    def _days_of_month(self, *names: str) -> None:
        for name in names:
            if not 1 <= (day := getattr(self, name)) <= 28:
                raise ValueError(f"{name} is {day}; a day from 1 to 28 would be right")

    def _not_above(self, low: str, high: str) -> None:
        below, above = getattr(self, low), getattr(self, high)
        if not 0 <= below <= above:
            raise ValueError(f"{low} is {below}; from 0 to {high} ({above}) would be right")


DEFAULT_THRESHOLDS = Thresholds()
