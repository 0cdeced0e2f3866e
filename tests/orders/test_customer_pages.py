"""Team list and card."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.domain.months import PvMonth
from tasks.orders import profile
from tasks.orders.customer_pages import customer_card, natural_name, team_list
from tasks.orders.profile import Profile
from tasks.ports import PageChanged, TeamRow
from tests.orders.back_office_pages import card_page, customer_row, team_page

DE = profile.load("de")
MARKETS = [profile.load(name) for name in profile.shipped()]


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_a_customer_of_the_team_list_is_read_in_every_market(market: Profile) -> None:
    """What a second sync compares: the last order and the month's PV."""
    page = team_list(team_page(market, [customer_row(market)]), market)
    assert page.rows == (
        TeamRow(
            "7654321", "Erika Musterfrau", "Vorteilskunde", date(2024, 3, 9),
            "erika@example.org", "184145362", Decimal("57.00"),
        ),
    )  # fmt: skip
    assert (page.rejected, page.has_next) == ((), False)


def test_a_customer_who_never_ordered_is_read() -> None:
    """Empty cells are unknown."""
    row = customer_row(DE, last_order="", pv="", email="-", enrolled_on="", kind="")
    found = team_list(team_page(DE, [row]), DE).rows[0]
    assert (found.last_order, found.pv, found.email, found.kind) == (None, None, None, None)
    assert found.enrolled_on is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"member_id": "12"}, "no single number"),
        ({"name": ""}, "no name"),
        ({"enrolled_on": "03/09/2024"}, "not a date"),
        ({"last_order": "neu"}, "no single number"),
    ],
)
def test_a_bad_customer_is_refused_and_the_others_stay(
    changes: dict[str, str], reason: str
) -> None:
    """One odd row must not hide the team."""
    page = team_list(team_page(DE, [customer_row(DE) | changes, customer_row(DE)]), DE)
    assert len(page.rows) == 1
    assert [row.where for row in page.rejected] == ["team, row 1"]
    assert reason in page.rejected[0].reason


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ('<a class="next" href="?page=2">Weiter</a>', True),
        ('<a class="next disabled" href="?page=2">Weiter</a>', False),
        ('<a class="next">Weiter</a>', False),
        ("", False),
    ],
)
def test_the_team_list_goes_on_while_it_links_a_next_page(after: str, expected: bool) -> None:
    """Half a team would look like the other half had left."""
    assert team_list(team_page(DE, [], after), DE).has_next is expected


def test_a_team_list_without_numbers_is_a_changed_page() -> None:
    """Names alone name several people."""
    html = team_page(DE, [customer_row(DE)]).replace("<th>Kundennummer</th>", "<th>Konto</th>")
    with pytest.raises(PageChanged, match="no column Kundennummer"):
        team_list(html, DE)


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
@pytest.mark.parametrize("header", [True, False])
def test_a_card_is_read_in_every_market(market: Profile, header: bool) -> None:
    """Contact, enroller, sponsor and three months of PV, newest first."""
    card = customer_card(card_page(market, header=header), market, "7654321")
    assert (card.member_id, card.name) == ("7654321", "Erika Musterfrau")
    assert (card.email, card.phone) == ("erika@example.org", "+49 170 0000000")
    assert (card.kind, card.enrolled_on) == ("Vorteilskunde", date(2024, 3, 9))
    assert (card.enroller, card.sponsor) == ("Berta Beispiel", None)
    assert card.volume == (
        (PvMonth(2026, 10), Decimal("57.00")),
        (PvMonth(2026, 9), Decimal(0)),
        (PvMonth(2026, 8), Decimal("112.50")),
    )


def test_somebody_elses_card_is_a_changed_page() -> None:
    """Her months' links name another ID."""
    with pytest.raises(PageChanged, match="asked was customer 7654321, it shows 7654322"):
        customer_card(card_page(DE, "7654322"), DE, "7654321")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id="ContactData"', 'id="Other"', "no 'dl#ContactData'"),
        ("<dt>Name:", "<dt>Anrede:", "no entry Name"),
        ('id="VolumeAndOrders"', 'id="Other"', "no table"),
        ("112,50", "etwa 112", "not a number"),
        ("09.03.2024", "9. März 2024", "not a date"),
    ],
)
def test_a_card_that_cannot_be_read_for_sure_is_a_changed_page(
    old: str, new: str, message: str
) -> None:
    """A card has no rows to refuse: it is right as a whole or not at all."""
    html = card_page(DE)
    assert old in html
    with pytest.raises(PageChanged, match=message):
        customer_card(html.replace(old, new), DE, "7654321")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Muster, Erika", "Erika Muster"),
        ("Erika Muster", "Erika Muster"),
        ("Muster,", "Muster,"),
        ("Muster, Dr., Erika", "Muster, Dr., Erika"),
    ],
)
def test_names_are_turned_round_only_when_it_is_clear(text: str, name: str) -> None:
    """`Last, First` is how the list writes a name; more commas say nothing for sure."""
    assert natural_name(text) == name
