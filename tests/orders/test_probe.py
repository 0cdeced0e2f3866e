"""The probe of a profile: which page it fits, which not, and nothing is stored."""

from __future__ import annotations

import pytest

from models.customer import Customer
from models.order import Order
from tasks.ports import LoginRefused
from tests.orders.site import Open, Site
from tests.orders.syncing import START, Syncing

PAGES = ["order-history", "older-orders", "team", "card", "month", "order-detail", "ledger"]


def test_every_page_of_a_profile_that_fits_is_ok(synced: Syncing) -> None:
    """One page of each kind; the simulator shows all but the invoice's number in the history."""
    synced.simulator.log.clear()
    checks = synced.office.probe(START)
    assert [check.page for check in checks] == PAGES
    assert all(check.ok for check in checks), checks
    assert "not shown: Rechnungsnummer" in checks[0].detail
    assert len(synced.simulator.log.all("backoffice")) == len(PAGES)


@pytest.mark.parametrize(
    ("page", "label", "name"),
    [
        ("history", "PV-Monat", "order-history"),
        ("team", "Kundennummer", "team"),
        ("card", "PV", "card"),
        ("month", "Quelle", "month"),
        ("ledger", "Betrag", "ledger"),
    ],
)
def test_the_part_that_no_longer_fits_is_named(
    synced: Syncing, page: str, label: str, name: str
) -> None:
    """With the labels that the profile accepts; the other pages are tried as far as they can."""
    synced.faults.change(page, "rename-column", label, "Anders")
    checks = {check.page: check for check in synced.office.probe(START)}
    assert checks[name].ok is False
    assert label in checks[name].detail
    assert [check.page for check in checks.values() if check.ok is False] == [name]
    assert (checks["card"].ok is None) == (page == "team")


def test_a_probe_stores_nothing(synced: Syncing) -> None:
    """It may be asked at any time."""
    before = len(synced.all(Order)), len(synced.all(Customer))
    synced.place(synced.people(1)[0])
    synced.office.probe(START, with_ledger=False)
    assert (len(synced.all(Order)), len(synced.all(Customer))) == before


def test_a_login_that_is_refused_is_no_pages_fault(site: Site, open_office: Open) -> None:
    """Then nothing can be said of the pages."""
    with pytest.raises(LoginRefused):
        open_office(password="wrong").probe(START)
