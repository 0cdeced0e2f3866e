"""Profiles: reading one page or answer, writing one mail, starting the program."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from models.domain.values import MailKind
from tasks.mail.compose import Composed, compose
from tasks.mail.headers import wire
from tasks.mail.message import build
from tasks.orders import profile
from tasks.orders.customer_pages import team_list
from tasks.orders.order_pages import month_orders, order_history
from tasks.shipments.hermes_facts import facts
from tests.bench.ground import Figure, Figures, Ground, figure
from tests.bench.idle import ORDERWATCH, first_turn
from tests.mail.samples import FACTS, IDENTITY
from tests.orders.back_office_pages import (
    customer_row,
    history,
    month_page,
    order_cells,
    team_page,
)

RUNS, STARTS = 15, 5

NOW = datetime(2026, 11, 1, tzinfo=UTC)

DE = profile.load("de")

HERMES = Path(__file__).parents[1] / "shipments/samples/hermes/delivered_dropoff_real_redacted.json"

#: What a program of this kind has to load before any of our own code, in one process.
_CLI = "typer"
_LOOK = f"{_CLI}, pydantic_settings, structlog, sqlalchemy.orm"
_RUN = f"{_LOOK}, dramatiq, apscheduler.schedulers.background, httpx2, jinja2, selectolax.lexbor"

Pair = tuple[Callable[[], object], Callable[[], object]]


def figures(ground: Ground) -> Figures:
    """Milliseconds; beside them what the libraries alone take for the same."""
    gc.freeze()
    pairs = _readings() | _mails()
    found = {f"part_{name}": _by_turns(*pair, runs=RUNS) for name, pair in pairs.items()}
    for name, (start, libraries) in _starts(ground.folder).items():
        pair = start, lambda libraries=libraries: _python("-c", f"import {libraries}")
        found[f"part_{name}"] = _by_turns(*pair, runs=STARTS)
    return found


def _readings() -> dict[str, Pair]:
    """Pages as the back office shows them, and a carrier's answer."""
    orders = [order_cells(DE, order=f"{184_000_000 + n}") for n in range(500)]
    people = [customer_row(DE, member_id=f"{7_000_000 + n}") for n in range(1_000)]
    owner, team, month = history(DE, orders), team_page(DE, people), month_page(DE, orders[:100])
    answer = HERMES.read_text("utf-8")
    number = json.loads(answer)[0]["barcode"]
    assert len(order_history(owner, DE).page.orders) == 500
    assert len(team_list(team, DE).rows) == 1_000
    assert len(month_orders(month, DE).orders) == 100
    return {
        "read_history": (lambda: order_history(owner, DE), lambda: LexborHTMLParser(owner)),
        "read_team": (lambda: team_list(team, DE), lambda: LexborHTMLParser(team)),
        "read_month": (lambda: month_orders(month, DE), lambda: LexborHTMLParser(month)),
        "read_hermes": (
            lambda: facts(json.loads(answer), number, NOW),
            lambda: json.loads(answer),
        ),
    }


def _mails() -> dict[str, Pair]:
    """Each kind in German, from its facts to what goes over the wire."""
    return {f"mail_{kind.value}": _mail(kind) for kind in FACTS}


def _mail(kind: MailKind) -> Pair:
    ready = compose(kind, "de", FACTS[kind], IDENTITY)

    def wrap(composed: Composed) -> bytes:
        sender, to = "watch@example.org", "sabine@example.org"
        return wire(
            build(composed, kind=kind, sender=sender, recipient=to, message_id="<1@x>", date=NOW)
        )

    return lambda: wrap(compose(kind, "de", FACTS[kind], IDENTITY)), lambda: wrap(ready)


def _starts(folder: Path) -> dict[str, tuple[Callable[[], object], str]]:
    """Commands, and the libraries that they can't do without."""
    return {
        "start_help": (lambda: _orderwatch(folder, "--help"), _CLI),
        "start_status": (lambda: _orderwatch(folder, "status"), _LOOK),
        "start_list": (lambda: _orderwatch(folder, "orders", "list"), _LOOK),
        "start_run": (lambda: first_turn(folder), _RUN),
    }


def _orderwatch(folder: Path, *words: str) -> None:
    own = {"ORDERWATCH_DATABASE_URL": f"sqlite:///{folder / 'parts.db'}"}
    subprocess.run([ORDERWATCH, *words], env=os.environ | own, check=True, capture_output=True)


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True)


def _by_turns(ours: Callable[[], object], bare: Callable[[], object], runs: int) -> Figure:
    """Milliseconds of both, after one round that warms up."""
    rounds = [(_milliseconds(ours), _milliseconds(bare)) for _ in range(runs + 1)]
    return figure(*map(list, zip(*rounds[1:], strict=True)))


def _milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)
