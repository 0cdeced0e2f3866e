"""What customers and carriers do while it storms, and what orderwatch therefore owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from models.domain.values import ParcelState
from tests.storms.outside import Outside
from worker.simulator.days import local_date
from worker.simulator.scene import World

#: What the carrier's scans mean, in the order in which a parcel meets them.
ROAD = {
    "ANNOUNCED": ParcelState.ANNOUNCED,
    "TAKEN_OVER_BY_HERMES": ParcelState.IN_TRANSIT,
    "DELIVERY_TOUR_STARTED": ParcelState.OUT_FOR_DELIVERY,
    "DELIVERED_HOMEDELIVERY": ParcelState.DELIVERED,
}
STATES = ROAD | {"DELIVERY_FAILED": ParcelState.DELIVERY_FAILED}


@dataclass
class Truth:
    """What the outside world knows: the other side of the books."""

    orders: dict[str, str] = field(default_factory=dict)
    """All orders that were placed, with the member who did."""
    alerts: set[tuple[str, str]] = field(default_factory=set)
    """What has to be told, by the alert's key and the order that the mail must name."""
    parcels: dict[str, list[tuple[datetime, ParcelState]]] = field(default_factory=dict)
    """By order: since when (UTC) each parcel has been in which state, oldest first."""


class Traffic:
    """Plays scenes. Whatever it does is visible in the simulator at once."""

    def __init__(self, outside: Outside, dice: Random) -> None:
        self.outside, self.dice, self.truth = outside, dice, Truth()
        world = outside.world()
        self._casual = _casual(world)
        self._loyal = _loyal_and_late(world)
        self._began = local_date(datetime.now(UTC)) - timedelta(days=3)
        self._under_way: list[str] = []

    def play(self, scene: str) -> None:
        """One of `plan.SCENES`."""
        {
            "plain": self._plain,
            "double": self._double,
            "wrong-type": self._wrong_type,
            "failed": self._failed,
            "moves": self._moves,
        }[scene]()

    def _plain(self) -> str:
        return self._place(self.dice.choice(self._casual), self.dice.randint(1, 9))

    def _double(self) -> None:
        member, items = self.dice.choice(self._casual), self.dice.randint(1, 9)
        self._place(member, items)
        again = self._place(member, items)
        self.truth.alerts.add((f"duplicate-order:{again}", again))

    def _wrong_type(self) -> None:
        order = self._place(self.dice.choice(self._loyal), self.dice.randint(1, 9))
        self.truth.alerts.add((f"wrong-order-type:{order}", order))

    def _failed(self) -> None:
        order = self._plain()
        parcel = self._ship(order)
        self._scan(order, "TAKEN_OVER_BY_HERMES")
        self._scan(order, "DELIVERY_FAILED")
        self.truth.alerts.add((f"delivery-failed:{self.truth.orders[order]}:{parcel}", order))

    def _moves(self) -> None:
        """A new parcel sets out, and all that are under way get one step ahead."""
        for order in list(self._under_way):
            steps = list(ROAD)
            at = steps.index(self._last_code(order)) + 1
            self._scan(order, steps[at])
            if at == len(steps) - 1:
                self._under_way.remove(order)
        order = self._plain()
        self._ship(order)
        self._under_way.append(order)

    def _last_code(self, order: str) -> str:
        state = self.truth.parcels[order][-1][1]
        return next(code for code, meant in ROAD.items() if meant is state)

    def _place(self, member: str, items: int) -> str:
        placed = self.outside.post("orders", member_id=member, source="IO", items=items)
        number = str(placed["number"])
        self.truth.orders[number] = member
        return number

    def _ship(self, order: str) -> str:
        """It leaves, announced days ago."""
        began = self._began.isoformat()
        shipped = self.outside.post("ship", order=order, road="never-scanned", on=began)
        self.truth.parcels[order] = [(datetime.min.replace(tzinfo=UTC), ParcelState.ANNOUNCED)]
        return str(shipped["parcel"])

    def _scan(self, order: str, code: str) -> None:
        at = datetime.fromisoformat(self.outside.post("scan", order=order, code=code)["at"])
        self.truth.parcels[order].append((at, STATES[code]))


def _casual(world: World) -> list[str]:
    """Members who are not in the programme and order nothing by themselves."""
    busy = {o.member_id for o in world.orders if o.source == "AS" or o.placed_at > world.opens_at}
    old = (c.member_id for c in world.customers if c.enrolled_at < world.opens_at)
    return [member for member in old if member not in busy]


def _loyal_and_late(world: World) -> list[str]:
    """Members who have a loyalty order in each of the two months before, and none in this one."""
    late = []
    for customer in world.customers:
        mine = [o for o in world.orders if o.member_id == customer.member_id]
        months = {o.pv_month for o in mine if o.source == "AS"}
        now = {o for o in mine if o.pv_month >= world.month}
        if {world.month.plus(-1), world.month.plus(-2)} <= months and not now:
            late.append(customer.member_id)
    return late
