"""Reads simulated pages just enough to test them."""

from __future__ import annotations

from typing import Any

import httpx2
from selectolax.lexbor import LexborHTMLParser, LexborNode


def module(client: httpx2.Client, name: str, **params: Any) -> LexborHTMLParser:
    """A page of the back office by its module's name."""
    query = {"Fuseaction": f"evo_Modules.{name}", **params}
    return LexborHTMLParser(client.get("/index.cfm", params=query).text)


def older(client: httpx2.Client, cursor: str) -> tuple[int, str]:
    """How many older rows a call with `cursor` gives, and the new cursor."""
    fixed = {"SupressDTSPopup": 1, "PopupDiv": "orderhistoryrows", "noheader": 1, "nofooter": 1}
    more = {"api": 1, "no_meta": 1, "axn": "ViewMoreCount", "startdate": cursor, "_": 1}
    page = module(client, "OrderHistoryFull", **fixed, **more)
    hidden = page.css_first("input.startdate")
    assert hidden is not None
    return len(page.css("table#ajaxrowstable tr")), str(hidden.attributes["value"])


def headings(page: LexborHTMLParser, table: str) -> list[str]:
    """The column labels of a table."""
    return [one.text() for one in page.css(f"{table} th")]


def rows(page: LexborHTMLParser, table: str) -> list[dict[str, LexborNode]]:
    """The body rows of a table, cells by label."""
    labels = headings(page, table)
    return [dict(zip(labels, row.css("td"), strict=True)) for row in page.css(f"{table} tbody tr")]
