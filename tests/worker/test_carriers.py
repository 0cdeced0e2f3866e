"""Carriers: one line registers one, and its manners are the settings of its name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.settings import Settings, load
from models.domain.values import CarrierName
from tests.shipments.desk import FakeCarrier
from worker import carriers
from worker.carriers import CARRIERS, Registered, make_carriers


def settings(**told: str) -> Settings:
    """Settings as the environment has them."""
    return load({f"ORDERWATCH_{name}": value for name, value in told.items()}, None)


def test_dhl_is_asked_with_a_key_only_and_within_its_quota() -> None:
    """250 calls a day, one every 5 seconds, one at a time: what the free key allows."""
    assert list(make_carriers(settings(), "t")) == [CarrierName.HERMES]
    found = make_carriers(settings(DHL__API_KEY="key", HERMES__ENABLED="false"), "t")
    (dhl,) = found.values()
    assert (dhl.carrier.name, dhl.concurrency) == (CarrierName.DHL, 1)
    assert (dhl.manners.daily_budget, dhl.manners.spacing) == (250, timedelta(seconds=5))


def test_manners_are_settings() -> None:
    """Whoever wants to be gentler says so."""
    told = settings(HERMES__MIN_SPACING_SECONDS="7", HERMES__DAILY_BUDGET="9",
                    HERMES__CONCURRENCY="2")  # fmt: skip
    hermes = make_carriers(told, "t")[CarrierName.HERMES]
    assert (hermes.manners.spacing, hermes.manners.daily_budget) == (timedelta(seconds=7), 9)
    assert hermes.concurrency == 2


@pytest.mark.parametrize("name", CARRIERS)
def test_each_says_how_to_switch_it_on(name: CarrierName) -> None:
    """`track` names the setting that is missing."""
    assert f"ORDERWATCH_{name.value.upper()}__" in CARRIERS[name].needs


def test_one_line_registers_a_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else in the program lists who is asked: the line makes the client, or None."""
    made = FakeCarrier(CarrierName.DHL)
    for client in (made, None):
        line = Registered(lambda told, agent, client=client: client, "")  # type: ignore[misc]
        monkeypatch.setattr(carriers, "CARRIERS", {CarrierName.DHL: line})
        polled = [one.carrier for one in make_carriers(settings(), "t").values()]
        assert polled == ([client] if client else [])
