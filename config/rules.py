"""The thresholds of the detection rules, a setting each (domain.md, "Detection rules"). Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from config.sections import Section

#: Order type ("Quelle") -> family; VO's meaning is not published (domain.md, "Order types").
DEFAULT_FAMILIES = {
    "AS": "loyalty",
    "IO": "standard",
    "SO": "standard",
    "VO": "standard",
    "IN": "enrolment",
}
_FAMILY_NAMES = ("loyalty", "standard", "enrolment", "replacement")

#: The first of each pair can't be above the second.
_PAIRS = (
    ("near_points_pv", "points_pv"),
    ("near_product_pv", "product_pv"),
    ("pickup_days", "pickup_kept_days"),
)

DayOfMonth = Annotated[int, Field(ge=1, le=28)]


def read_families(text: object) -> object:
    """`{"VO": "loyalty"}` as codes (upper-cased) and their families; no text passes through."""
    if not isinstance(text, str):
        return text
    try:
        table = json.loads(text)
    except ValueError:
        table = None
    if not isinstance(table, dict) or not all(f in _FAMILY_NAMES for f in table.values()):
        raise ValueError(
            'not a table of order types; JSON such as {"VO": "loyalty"} with the families '
            + ", ".join(_FAMILY_NAMES)
            + " would be right"
        )
    return DEFAULT_FAMILIES | {code.strip().upper(): family for code, family in table.items()}


def read_months(text: object) -> object:
    """`3,6,11` as rising numbers of months; what is no text passes through."""
    if not isinstance(text, str):
        return text
    words = [word.strip() for word in text.split(",")]
    months = [int(word) for word in words if word.isdecimal()]
    if len(months) != len(words) or sorted(set(months)) != months or months[0] < 1:
        raise ValueError("not a rising list of months; 3,6,11 would be right")
    return tuple(months)


class Rules(Section):
    """Every number that a detection rule compares with; PV as decimals, days as stated."""

    families: Annotated[dict[str, str], BeforeValidator(read_families)] = Field(
        default=DEFAULT_FAMILIES,
        description="Order types and their families, as JSON; what it names wins over the default.",
    )
    # the programme: R1, R2, R3
    loyalty_lookback_months: int = Field(
        default=3,
        ge=1,
        le=12,
        description="R1-R3: PV months before, of which one with an AS counts.",
    )
    loyalty_keeping_pv: Decimal = Field(
        default=Decimal(1), gt=0, description="R1-R3: least PV of an AS that keeps the rate."
    )
    at_risk_day: DayOfMonth = Field(
        default=20, description="R2: day of the month from which a missing AS is reported."
    )
    # loyalty orders: R4, R5, R6, R8
    points_pv: Decimal = Field(
        default=Decimal(50), gt=0, description="R4, R5: PV from which an AS earns points."
    )
    near_points_pv: Decimal = Field(
        default=Decimal(45), ge=0, description="R4, R5: PV from which an AS is just below that."
    )
    product_pv: Decimal = Field(
        default=Decimal(125), gt=0, description="R5, R6: least PV for the product of the month."
    )
    near_product_pv: Decimal = Field(
        default=Decimal(115), ge=0, description="R5: PV from which an AS is just below that."
    )
    product_day: DayOfMonth = Field(
        default=15, description="R5, R6: last day for the product of the month."
    )
    off_schedule_days: int = Field(
        default=7, ge=1, le=15, description="R8: more days than these from the usual day."
    )
    off_schedule_orders: int = Field(
        default=3, ge=1, description="R8: AS before that are needed to know the usual day."
    )
    usual_day_orders: int = Field(
        default=6, ge=1, description="R8: the usual day is the median of so many AS before."
    )
    # orders: R7, R9, R12, R13, R14, R17
    similarity: Decimal = Field(
        default=Decimal("0.8"),
        gt=0,
        le=1,
        description="R7, R9: share from which baskets are alike.",
    )
    duplicate_days: int = Field(
        default=2, ge=0, le=31, description="R9: most days between an order and its double."
    )
    small_enrolment_pv: Decimal = Field(
        default=Decimal(100), ge=0, description="R12: an enrolment below this PV is small."
    )
    unusual_factor: Decimal = Field(
        default=Decimal("2.5"), gt=1, description="R13: times the customer's median PV."
    )
    unusual_orders: int = Field(
        default=4, ge=1, description="R13: orders that are needed to know the median."
    )
    not_shipped_working_days: int = Field(
        default=3, ge=1, description="R14: full working days after which an order should have left."
    )
    order_days: int = Field(
        default=14,
        ge=1,
        description="A finding about an order holds so many days, or its PV month.",
    )
    covered_months: int = Field(
        default=3,
        ge=1,
        le=24,
        description="R17: PV months that the back office shows; older orders are not reported.",
    )
    # parcels: R16
    stuck_working_days: int = Field(
        default=3, ge=1, description="R16: working days in transit without a scan."
    )
    not_handed_over_working_days: int = Field(
        default=2, ge=1, description="R16: working days announced without a scan."
    )
    pickup_days: int = Field(
        default=5, ge=0, description="R16: days in the shop after which it is reported."
    )
    pickup_kept_days: int = Field(
        default=10, ge=1, description="R16: calendar days after which the shop sends it back."
    )
    overdue_hours: int = Field(
        default=2, ge=0, description="R16: hours of grace after the delivery window."
    )
    returned_days: int = Field(
        default=14, ge=1, description="R16: days for which a parcel that came back is news."
    )
    # customers: R11, R20
    sponsor_change_day: DayOfMonth = Field(
        default=10, description="R11: last day of the next month for a change of sponsor."
    )
    inactive_months: Annotated[tuple[int, ...], BeforeValidator(read_months)] = Field(
        default=(3, 6, 11), description="R20: months without an order that are reported."
    )
    inactive_high_months: int = Field(
        default=11, ge=1, description="R20: months without an order from which it is urgent."
    )
    account_closes_months: int = Field(
        default=12, ge=1, description="R20: months without activity that close an account."
    )
    # cases
    credit_working_days: int = Field(
        default=10, ge=1, description="Cases: working days from the return to a reminder."
    )
    cancel_working_days: int = Field(
        default=3,
        ge=1,
        description="Cases: unshipped working days that confirm a cancellation before shipping.",
    )
    case_long_days: int = Field(
        default=21, ge=1, description="Cases: days after which a case takes too long."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for low, high in _PAIRS:
            below, above = getattr(self, low), getattr(self, high)
            if below > above:
                raise ValueError(
                    f"{low.upper()} is {below}; at most {high.upper()}, {above}, is right"
                )
        if self.inactive_months[-1] >= self.account_closes_months:
            raise ValueError("INACTIVE_MONTHS must lie below ACCOUNT_CLOSES_MONTHS")
        return self
