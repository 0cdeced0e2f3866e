"""The carriers that are asked: one line each says how its client is made from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from config.carriers import HermesPace
from config.settings import Settings
from models.domain.values import CarrierName
from models.politeness import Manners
from tasks.ports import Carrier
from tasks.shipments.asking import Polled
from tasks.shipments.dhl import Dhl
from tasks.shipments.hermes import Hermes
from tasks.shipments.pace import Pace


@dataclass(frozen=True)
class Registered:
    """A carrier's client from the settings and our user agent, None while it is off.

    `needs` says how to switch it on. Its manners are the settings' section of its name.
    """

    make: Callable[[Settings, str], Carrier | None]
    needs: str


def _hermes(settings: Settings, agent: str) -> Carrier | None:
    return Hermes(settings.hermes.base_url, agent) if settings.hermes.enabled else None


def _dhl(settings: Settings, agent: str) -> Carrier | None:
    key = settings.dhl.api_key
    return Dhl(key, agent, base_url=settings.dhl.base_url) if key else None


CARRIERS: Mapping[CarrierName, Registered] = {
    CarrierName.HERMES: Registered(
        _hermes, "Hermes is switched off: set ORDERWATCH_HERMES__ENABLED=true"
    ),
    CarrierName.DHL: Registered(_dhl, "DHL is asked with a key only: set ORDERWATCH_DHL__API_KEY"),
}


def make_carriers(settings: Settings, agent: str) -> dict[CarrierName, Polled]:
    """The carriers that are switched on, with their manners."""
    found: dict[CarrierName, Polled] = {}
    for name, registered in CARRIERS.items():
        client, section = registered.make(settings, agent), getattr(settings, name.value)
        if client is not None:
            spacing = timedelta(seconds=section.min_spacing_seconds)
            manners = Manners(spacing, section.daily_budget)
            found[name] = Polled(client, manners, section.concurrency)
    return found


#: The states that have a pace of their own, in minutes.
_BY_STATE = (
    "announced", "in_transit", "out_for_delivery", "ready_for_pickup", "delivery_failed",
    "exception", "returning", "unknown",
)  # fmt: skip


def make_pace(told: HermesPace, zone: ZoneInfo) -> Pace:
    """The pace as the settings have it; it holds for every carrier."""
    by_state = {name: timedelta(minutes=getattr(told, name)) for name in _BY_STATE}
    return Pace(
        **by_state,
        not_known_first=timedelta(minutes=told.not_known),
        not_known_share=told.not_known_percent / 100,
        unknown_give_up_after=timedelta(days=told.not_known_days),
        slowest=timedelta(minutes=told.slowest),
        silent_after=timedelta(days=told.silent_days),
        give_up_after=timedelta(days=told.give_up_days),
        jitter=told.jitter_percent / 100,
        night=(told.night.start, told.night.end) if told.night else None,
        morning_spread=timedelta(minutes=told.morning_spread),
        zone=zone,
    )
