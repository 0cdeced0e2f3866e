"""A profile is a market's pages; a fault in it is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.orders import profile


@pytest.mark.parametrize(
    ("name", "order", "number", "source"),
    [
        ("de", "DD.MM.YYYY", "Bestellnummer", "Quelle"),
        ("en", "MM/DD/YYYY", "Order Number", "Source"),
        ("pt", "DD/MM/YYYY", "Detalhes do Pedido", "Origem"),
    ],
)
def test_three_markets_are_shipped(name: str, order: str, number: str, source: str) -> None:
    """Each has its own date order and its own labels."""
    loaded = profile.load(name)
    assert (loaded.name, loaded.date_format) == (name, order)
    assert number in loaded.orders.columns["number"]
    assert source in loaded.orders.columns["source"]


def test_a_users_file_names_only_its_differences(tmp_path: Path) -> None:
    """A label that changed is mended with three lines, the rest stays."""
    path = tmp_path / "mine.toml"
    path.write_text('extends = "de"\n[orders.columns]\nsource = ["Herkunft"]\n', "utf-8")
    mine, german = profile.load(path), profile.load("de")
    assert mine.orders.columns["source"] == ("Herkunft",)
    assert mine.orders.columns["pv"] == german.orders.columns["pv"]
    assert mine.addresses == german.addresses


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("extends = [", "is no TOML"),
        ('extends = "xx"', "no such profile: 'xx'"),
        ('extends = "de"\ndate_format = "DD.MM"', "date_format: .*not a date order"),
        ('extends = "de"\nmember_id = "("', "member_id: .*not a pattern"),
        ('extends = "de"\n[orders]\ntabel = "#x"', "orders.tabel"),
        ('extends = "de"\n[orders.columns]\npv = ["Quelle"]', "one label for both source and pv"),
        ('name = "x"', "Field required"),
    ],
)
def test_a_fault_in_a_file_is_told_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    """The user reads which entry is wrong, in one line."""
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=fault) as error:
        profile.load(path)
    assert "\n" not in str(error.value)


def test_a_file_that_extends_itself_is_refused(tmp_path: Path) -> None:
    """A circle ends with a message, not with a hang."""
    path = tmp_path / "mine.toml"
    path.write_text(f"extends = '{path}'", "utf-8")
    with pytest.raises(ValueError, match="circle"):
        profile.load(path)


def test_an_unknown_profile_names_the_known_ones() -> None:
    """A typing error in the setting is answered with what would be right."""
    with pytest.raises(ValueError, match="de, en, pt, or a TOML file"):
        profile.load("fr")


def test_older_rows_are_asked_for_exactly_as_the_site_does() -> None:
    """The parameters are those that were seen, in their order."""
    address = profile.load("de").addresses.older_rows
    assert profile.fill(address, {"cursor": "202608", "timestamp": "17"}) == (
        "index.cfm?Fuseaction=evo_Modules.OrderHistoryFull&SupressDTSPopup=1"
        "&PopupDiv=orderhistoryrows&noheader=1&nofooter=1&api=1&no_meta=1&axn=ViewMoreCount"
        "&startdate=202608&_=17"
    )


def test_a_value_cannot_add_parameters_to_an_address() -> None:
    """What is filled in is encoded; an unknown name is an error."""
    assert profile.fill("x?ID={member}", {"member": "1&month=2"}) == "x?ID=1%26month%3D2"
    with pytest.raises(ValueError, match=r"wants \{who\}"):
        profile.fill("x?ID={who}", {"member": "1"})
