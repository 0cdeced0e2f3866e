"""The carriers' settings: whom we ask about parcels, how often, and our manners there. Pure."""

from __future__ import annotations

from datetime import time

from pydantic import Field, SecretStr

from config.sections import Section
from config.values import HourRange, Hours, HttpUrl


class HermesPace(Section):
    """How often a parcel is asked for, by its state in minutes, and when it is no more."""

    announced: int = Field(default=60, ge=5, le=1440, description="Minutes, while only announced.")
    in_transit: int = Field(default=60, ge=5, le=1440, description="Minutes, while in transit.")
    out_for_delivery: int = Field(default=15, ge=5, le=1440, description="Minutes, on the van.")
    ready_for_pickup: int = Field(
        default=60, ge=5, le=1440, description="Minutes, waiting in a shop."
    )
    delivery_failed: int = Field(
        default=30, ge=5, le=1440, description="Minutes, after a failed delivery."
    )
    exception: int = Field(default=30, ge=5, le=1440, description="Minutes, in trouble.")
    returning: int = Field(default=180, ge=5, le=1440, description="Minutes, on its way back.")
    unknown: int = Field(
        default=30, ge=5, le=1440, description="Minutes, when its state is not understood."
    )
    not_known: int = Field(
        default=30, ge=5, le=1440, description="Minutes at first, while its number is not known."
    )
    not_known_percent: int = Field(
        default=25, ge=0, le=100, description="That wait grows with the number's age, by so much."
    )
    not_known_days: int = Field(
        default=10, ge=1, le=90, description="Days after which an unknown number is given up."
    )
    slowest: int = Field(
        default=720, ge=5, le=10_080, description="Minutes, the longest wait, and after silence."
    )
    silent_days: int = Field(
        default=14, ge=1, le=365, description="Days without a scan that count as silence."
    )
    give_up_days: int = Field(
        default=90, ge=1, le=365, description="Days without a scan after which nobody asks."
    )
    jitter_percent: int = Field(
        default=10, ge=0, le=100, description="Waits grow by up to so much, so that parcels spread."
    )
    night: Hours = Field(
        default=HourRange(time(22), time(6)), description="Hours without any question, or off."
    )
    morning_spread: int = Field(
        default=30, ge=0, le=240, description="Minutes over which the morning's questions spread."
    )


class Hermes(Section):
    """Hermes' parcel tracking, and the manners we have there."""

    enabled: bool = Field(default=True, description="Follow Hermes parcels.")
    base_url: HttpUrl = Field(
        default="https://api.my-deliveries.de/tnt/v2/shipments/search",
        description="Address of the tracking; /NUMBER is appended.",
    )
    min_spacing_seconds: float = Field(
        default=2.0, ge=0, le=3600, description="Seconds from one request to the next."
    )
    daily_budget: int = Field(default=2000, ge=1, description="Most requests a day.")
    concurrency: int = Field(
        default=4, ge=1, le=50, description="Most requests under way at a time."
    )
    pace: HermesPace = HermesPace()


class Dhl(Section):
    """DHL's official tracking; off without a key."""

    api_key: SecretStr | None = Field(default=None, description="Free key of developer.dhl.com.")
    base_url: HttpUrl = Field(
        default="https://api-eu.dhl.com/track/shipments", description="Address of the tracking."
    )
    daily_budget: int = Field(
        default=250, ge=1, description="Most requests a day, as the free key has."
    )
    min_spacing_seconds: float = Field(
        default=5.0, ge=0, le=3600, description="Seconds from one request to the next."
    )
    concurrency: int = Field(
        default=1, ge=1, le=25, description="Most requests under way at a time."
    )
