"""One customer's fourteen months: a quiet life to which a story adds one thing out of order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from models.domain.months import PvMonth

BERLIN = ZoneInfo("Europe/Berlin")

#: Who was there before everybody else.
FOUNDER, FOUNDERS_EMAIL = "Nr. 0", "c0@example.org"

#: The months that are watched; what lies before is history.
FIRST, MONTHS = PvMonth(2025, 9), 14
HISTORY = 5
BEGINS = datetime(2025, 9, 1, 0, 0, tzinfo=BERLIN).astimezone(UTC)
ENDS = datetime(2026, 11, 1, 0, 0, tzinfo=BERLIN).astimezone(UTC)

#: Nationwide holidays on weekdays in that time.
HOLIDAYS = frozenset(
    map(date.fromisoformat, (
        "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
        "2026-05-01", "2026-05-14", "2026-05-25",
    ))
)  # fmt: skip


@dataclass(frozen=True)
class Label:
    """What has to be found: by which rule, about what, how urgent when it opens, and on which day.

    `about` is an order's or parcel's number or a month. `closes` None = not looked at.
    """

    rule: str
    about: str
    severity: str
    opens: date
    closes: date | None = None


@dataclass(frozen=True)
class Event:
    """Something becomes known: columns of the customer, of one order or of one parcel."""

    at: datetime
    kind: str
    number: str
    columns: dict[str, Any]


@dataclass
class Life:
    """A customer, what becomes known of her and when, and the labels of her story."""

    index: int
    rng: Random
    story: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    seen: datetime = BEGINS
    events: list[Event] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.member_id = f"{8_000_000 + self.index}"
        self.month = FIRST.plus(self.rng.randint(3, 11))
        self.as_day = self.rng.randint(2, 12)
        self.columns = {"name": f"Nr. {self.index}", "email": f"c{self.index}@example.org"}

    # --- days -------------------------------------------------------------------------------

    def day(self, day: int, months: int = 0) -> date:
        """A day of the story's month, or of one some months on."""
        return self.month.plus(months).first_day.replace(day=day)

    def monday(self) -> date:
        """A Monday of the story's month with a week of five working days."""
        day = self.day(8)
        while not all(working(day + timedelta(days=n)) for n in range(5)):
            day += timedelta(days=1)
        return day

    # --- what happens -----------------------------------------------------------------------

    def order(
        self, day: date, source: str = "AS", pv: str = "60", *, hour: int = 10, **columns: Any
    ) -> str:
        """An order becomes known on its day, shipped at once unless told. Returns its number."""
        number = self._number(day)
        at = columns.pop("at", None) or moment(day, hour)
        known = {
            "order_date": day, "pv_month": PvMonth.of(day), "source": source, "pv": Decimal(pv),
            "total": Decimal(int(number[-8:])) / 100 + 5, "ship_date": day,
            "basket": {f"{number}a": 1, f"{number}b": 2},
        } | columns  # fmt: skip
        known["historic"] = at < self.seen
        self.events.append(Event(max(at, self.seen), "order", number, known))
        return number

    def _number(self, day: date) -> str:
        """Rises with the day; each is given once."""
        for nth in range(10):
            number = f"{(day - date(2025, 1, 1)).days + 1000}{self.index:04d}{nth}"
            if number not in self._used:
                self._used.add(number)
                return number
        raise AssertionError("ten orders on one day")

    def change(self, number: str, day: date, hour: int = 10, **columns: Any) -> None:
        """Something else becomes known of an order."""
        self.events.append(Event(moment(day, hour), "order", number, columns))

    def rewrite(self, number: str, day: date, field: str, before: str, after: str) -> None:
        """The source shows another value than before, and the sync writes that down."""
        columns = {"field": field, "before": before, "after": after, "at": moment(day, 11)}
        self.events.append(Event(moment(day, 11), "history", number, columns))

    def parcel(self, order: str, day: date, hour: int = 10, **columns: Any) -> str:
        """The order's parcel is scanned. Returns its number."""
        at = moment(day, hour)
        known = {"state_since": at, "last_event_at": at, "order": order} | columns
        self.events.append(Event(at, "parcel", f"P{order}", known))
        return f"P{order}"

    def told(self, day: date, expects: bool | None, hour: int = 10) -> None:
        """The user says whether she is in the programme."""
        at = moment(day, hour)
        since = None if expects is None else at
        columns = {"expects_loyalty_told": expects, "expects_loyalty_since": since}
        self.events.append(Event(at, "customer", "", columns))

    def loyal(self, *without: PvMonth, first: int = -HISTORY, last: int = MONTHS - 1) -> None:
        """A loyalty order on her day of each month, but for some months."""
        for n in range(first, last + 1):
            month = FIRST.plus(n)
            if month not in without:
                self.order(month.first_day.replace(day=self.as_day))

    def casual(self) -> None:
        """A standard order every other month: never loyal, never inactive."""
        for n in range(-HISTORY, MONTHS, 2):
            self.order(FIRST.plus(n).first_day.replace(day=self.as_day), "IO")

    def expect(
        self,
        rule: str,
        about: str | PvMonth,
        severity: str,
        opens: date,
        closes: date | None = None,
    ) -> None:
        """This has to be found."""
        if moment(opens, 0) < ENDS:
            self.labels.append(Label(rule, str(about), severity, opens, closes))

    def goes_quiet(self, last: date) -> None:
        """She orders nothing after that day: the stages of inactivity, as far as time goes."""
        for months, severity in ((3, "info"), (6, "info"), (11, "high")):
            day = months_after(last, months)
            self.expect("inactive-customer", PvMonth.of(day), severity, day)


Story = Callable[[Life], None]

#: All stories, in the order in which they are told.
STORIES: list[Story] = []


def story(told: Story) -> Story:
    """Register a story."""
    STORIES.append(told)
    return told


def moment(day: date, hour: int) -> datetime:
    """An hour of a German day, aware UTC."""
    return datetime.combine(day, time(hour), BERLIN).astimezone(UTC)


def working(day: date) -> bool:
    """Whether parcels are packed on that day."""
    return day.weekday() < 5 and day not in HOLIDAYS


def after_working_days(day: date, count: int) -> date:
    """The day on whose beginning so many full working days after `day` are over."""
    while count:
        day += timedelta(days=1)
        count -= working(day)
    return day + timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    month = PvMonth.of(day).plus(months)
    return month.first_day.replace(day=min(day.day, month.last_day.day))
