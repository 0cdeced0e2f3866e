"""Every kind of list, written in any way that says the same: the same rows, or the drift guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.orders import profile
from tasks.orders.customer_pages import customer_card, team_list
from tasks.orders.ledger_page import ledger_rows
from tasks.orders.order_pages import History, month_orders, older_rows, order_history
from tasks.orders.profile import Profile
from tasks.ports import PageChanged
from tests.orders.back_office_pages import (
    COLUMNS,
    MONTH_COLUMNS,
    card_page,
    customer_row,
    day,
    fragment,
    history,
    month_page,
    order_cells,
    table,
)

MARKETS = [profile.load(name) for name in profile.shipped()]
TEAM = ("member_id", "name", "kind", "enrolled_on", "email", "last_order", "pv")
LEDGER = ("kind", "date", "number", "pv", "amount")

#: The same amount, in ways that all markets may write it.
AMOUNTS = {
    "57,00": ["57,00", "57.00", "57", "\u00a057,00 ", "57,0", "sort=57.00|etwa 57"],
    "1.045,63": ["1.045,63", "1,045.63", "1&nbsp;045,63", " 1045.63", "sort=1045.63|x"],
    "-45,50": ["-45,50", "&minus;45.50", "45,50-", "- 45,50"],
}
TEXTS = {"AS": ["AS", "<b> AS</b>", "A&#83;", "<!-- x -->AS "]}


@dataclass(frozen=True)
class Kind:
    """A list: how it is written and read, which columns it has and needs."""

    name: str
    columns: Sequence[str]
    needs: Sequence[str]
    labels: Callable[[Profile], Mapping[str, Sequence[str]]]
    cells: Callable[[Profile], dict[str, str]]
    write: Callable[[Profile, list[dict[str, str]], Sequence[str]], str]
    read: Callable[[str, Profile], Sequence[Any]]


def _ledger(market: Profile, rows: list[dict[str, str]], columns: Sequence[str]) -> str:
    inner = table(market.ledger.columns, columns, rows, 'class="evotable"')
    return f'<div id="AITableDiv">{inner}</div>'


def _team(market: Profile, rows: list[dict[str, str]], columns: Sequence[str]) -> str:
    inner = table(market.team.columns, columns, rows, 'id="CustomerTable" class="evotable"')
    return f"<html><body>{inner}</body></html>"


def _first(market: Profile) -> History:
    return order_history(history(market, [order_cells(market)]), market)


def _credit(market: Profile) -> dict[str, str]:
    first = {"kind": "Gutschrift", "date": day(market, 2026, 10, 5), "number": "184145362"}
    return first | {"pv": "57,00", "amount": "-45,50"}


KINDS = [
    Kind(
        "history", COLUMNS, ("number", "source", "order_date", "pv_month", "pv"),
        lambda market: market.orders.columns, order_cells, history,
        lambda html, market: order_history(html, market).page.orders,
    ),
    Kind(
        "older", COLUMNS, ("number", "source", "order_date", "pv_month", "pv"),
        lambda market: market.orders.columns, order_cells,
        lambda market, rows, columns: fragment(market, rows, "202605", columns, header=True),
        lambda html, market: older_rows(html, market, _first(market), "202608").orders,
    ),
    Kind(
        "month", MONTH_COLUMNS, ("number", "source", "order_date", "pv"),
        lambda market: market.month.columns, order_cells,
        lambda market, rows, columns: month_page(market, rows, columns=columns),
        lambda html, market: month_orders(html, market, "7654321").orders,
    ),
    Kind(
        "team", TEAM, ("member_id", "name"),
        lambda market: market.team.columns, customer_row, _team,
        lambda html, market: team_list(html, market).rows,
    ),
    Kind(
        "ledger", LEDGER, ("kind", "date", "number", "amount"),
        lambda market: market.ledger.columns, _credit, _ledger,
        lambda html, market: ledger_rows(html, market).rows,
    ),
]  # fmt: skip
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
# The examples differ, the kind of page does not.
LEAN = settings(max_examples=40, suppress_health_check=[HealthCheck.differing_executors])


@EACH_KIND
@LEAN
@given(data=st.data(), market=st.sampled_from(MARKETS))
def test_the_same_said_in_another_way_is_the_same(
    kind: Kind, data: st.DataObject, market: Profile
) -> None:
    """Order of columns, extra ones, other labels, blanks, entities, number formats."""
    cells = kind.cells(market)
    expected = kind.read(kind.write(market, [cells], kind.columns), market)
    extra = [f"Neu {n}" for n in range(data.draw(st.integers(0, 3)))]
    columns = data.draw(st.permutations([*kind.columns, *extra]))
    written = {name: _written(data, text) for name, text in cells.items()}
    html = kind.write(market, [written | dict.fromkeys(extra, "<i>1</i>")], columns)
    for column in kind.columns:
        shown, *_ = names = kind.labels(market)[column]
        label = _spelt(data, data.draw(st.sampled_from(names)))
        html = html.replace(f"<th>{shown}</th>", f"<th>{label}</th>", 1)
    assert kind.read(html, market) == expected


def _written(data: st.DataObject, text: str) -> str:
    """A cell in one of the ways to say it."""
    ways = AMOUNTS.get(text) or TEXTS.get(text) or [text, f" {text}\n", f"<span>{text}</span>"]
    return data.draw(st.sampled_from(ways))


def _spelt(data: st.DataObject, label: str) -> str:
    ways = [label, label.upper(), f"  {label} ", f"{label}:", f"<b>{label}</b>"]
    return data.draw(st.sampled_from(ways))


@EACH_KIND
@LEAN
@given(data=st.data(), market=st.sampled_from(MARKETS))
def test_without_a_needed_column_there_is_no_row(
    kind: Kind, data: st.DataObject, market: Profile
) -> None:
    """Never another order: the guard names the label that is missing, and keeps the page."""
    missing = data.draw(st.sampled_from(list(kind.needs)))
    columns = data.draw(st.permutations([c for c in kind.columns if c != missing]))
    html = kind.write(market, [kind.cells(market)], columns)
    with pytest.raises(PageChanged) as error:
        kind.read(html, market)
    assert kind.labels(market)[missing][0] in error.value.missing
    assert error.value.sample


@EACH_KIND
@LEAN
@given(data=st.data(), market=st.sampled_from(MARKETS))
def test_without_an_optional_column_only_its_value_is_missing(
    kind: Kind, data: st.DataObject, market: Profile
) -> None:
    """The identity, the dates and the amounts of a row hang on no other column."""
    optional = [c for c in kind.columns if c not in kind.needs]
    left = data.draw(st.sets(st.sampled_from(optional)))
    columns = [c for c in kind.columns if c in kind.needs or c in left]
    cells = kind.cells(market)
    (full,) = kind.read(kind.write(market, [cells], kind.columns), market)
    (seen,) = kind.read(kind.write(market, [cells], columns), market)
    same = ("number", "member_id", "order_number", "order_date", "source", "name", "amount", "day")
    for name in same:
        assert getattr(seen, name, None) == getattr(full, name, None)


@LEAN
@given(st.sampled_from(MARKETS), st.sampled_from(["name", "contact", "volume"]))
def test_a_card_without_its_parts_has_changed(market: Profile, part: str) -> None:
    """No name, no list, no box of volumes: then it is no card."""
    html = card_page(market)
    cut = {
        "name": (f"<dt>{market.card.labels['name'][0]}:</dt>", "<dt>Anders:</dt>"),
        "contact": ('id="ContactData"', 'id="Other"'),
        "volume": ('id="VolumeAndOrders"', 'id="Other"'),
    }[part]
    assert customer_card(html, market, "7654321").member_id == "7654321"
    with pytest.raises(PageChanged):
        customer_card(html.replace(*cut), market, "7654321")
