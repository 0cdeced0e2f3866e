"""Who gets a copy of her invoice: only who agreed, only from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.invoices.rules import CopyCase, why_not

BERLIN = ZoneInfo("Europe/Berlin")
AGREED = CopyCase(
    mode="consented",
    agreed=True,
    agreed_since=datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
    address="anna@example.org",
    order_date=date(2026, 10, 12),
    historic=False,
    is_owner=False,
)

cases = st.builds(
    CopyCase,
    mode=st.sampled_from(["off", "consented", "all"]),
    agreed=st.sampled_from([None, True, False]),
    agreed_since=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1)),
    address=st.sampled_from([None, "", "anna@example.org"]),
    order_date=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    historic=st.booleans(),
    is_owner=st.booleans(),
)


def test_who_agreed_gets_a_copy() -> None:
    """The everyday case."""
    assert why_not(AGREED, BERLIN) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mode": "off"}, "invoice copies are switched off"),
        ({"is_owner": True}, "it is the consultant's own order"),
        ({"historic": True}, "the order was old when it was first seen"),
        ({"agreed": False}, "the customer does not want copies"),
        ({"agreed": None}, "the customer has not agreed"),
        ({"order_date": date(2026, 9, 30)}, "the order is older than the customer's consent"),
        ({"address": None}, "no e-mail address is known"),
        ({"address": ""}, "no e-mail address is known"),
    ],
)
def test_why_none_is_sent(change: dict[str, Any], reason: str) -> None:
    """`orders show` says it in one line."""
    assert why_not(replace(AGREED, **change), BERLIN) == reason


def test_an_order_of_the_day_of_the_consent_is_copied() -> None:
    """She agrees on the phone while she orders."""
    assert why_not(replace(AGREED, order_date=date(2026, 10, 1)), BERLIN) is None


def test_the_day_of_the_consent_is_a_german_one() -> None:
    """23:30 UTC on the 30th is the 1st in Germany: the order of the 30th is older."""
    since = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
    case = replace(AGREED, agreed_since=since, order_date=date(2026, 9, 30))
    assert why_not(case, BERLIN) == "the order is older than the customer's consent"
    assert why_not(case, UTC) is None


def test_all_means_everybody_who_did_not_refuse() -> None:
    """The setting for consultants whose customers agreed on paper."""
    everybody = replace(AGREED, mode="all", agreed=None, agreed_since=None)
    assert why_not(everybody, BERLIN) is None
    assert why_not(replace(everybody, agreed=False), BERLIN) is not None


@given(cases)
def test_no_setting_overrules_a_no(case: CopyCase) -> None:
    """Whoever refused, whoever has no address, and whatever is old: never."""
    if why_not(case, BERLIN) is None:
        assert case.address
        assert case.agreed is not False
        assert case.mode != "off"
        assert not case.historic
        assert not case.is_owner
        assert case.agreed or case.mode == "all"
