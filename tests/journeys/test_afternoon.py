"""A newcomer's afternoon with real processes: from three faults to a bigger house."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.domain.values import AlertState
from models.session import Database
from tests.journeys.test_killed import GRACE_SECONDS, TELLING, Site
from tests.services.postgres_server import PostgresServer
from tests.services.processes import ORDERWATCH, Program, wait_until
from tests.services.redis_server import RedisServer, free_port
from worker.simulator.days import local_date
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

HEAD = "order_number,order_date,customer_id,customer_name,order_type,pv,total,items\n"


class Newcomer(Site):
    """She types commands and looks at what comes back."""

    def types(self, words: str, expected: int = 0, **settings: str) -> Any:
        """The JSON that a command prints (None when it prints none), and its exit code."""
        program = self.program(words, **settings).start()
        assert program.wait() == expected, program.output()
        text = program.output()
        assert "Traceback" not in text
        return json.JSONDecoder().raw_decode(text)[0] if text[:1] in "[{" and text else None

    def drops(self, *orders: str) -> None:
        """She drops a CSV into the inbox: orders of one customer, all alike, of today."""
        day = local_date(datetime.now(UTC)).isoformat()
        row = f"{day},7654321,Änne O'Neill,IO,57.00,87.50,60204657x2; 60204656x1"
        text = HEAD + "".join(f"{number},{row}\n" for number in orders)
        (self.folder / "inbox" / f"orders-{len(orders)}.csv").write_text(text)
        wait_until(lambda: orders[-1] in self.numbers(), "the inbox is read")
        wait_until(self.is_calm, "what it held is judged")

    def arrived(self) -> Counter[str]:
        """Mails by kind."""
        return Counter(mail.kind for mail in self.simulator.mailbox.all())

    def nothing_came_twice(self) -> bool:
        """Whether every Message-ID came once."""
        ids = Counter(mail.message_id for mail in self.simulator.mailbox.all())
        return set(ids.values()) == {1}

    def is_calm(self) -> bool:
        """Whether nothing is due or claimed; a summary may still wait for the last review."""
        now = datetime.now(UTC)
        with self.db.read() as session:
            due = any(queue.is_due(session, now) for queue in TELLING)
        return not due and not self.claimed(*TELLING)

    def is_settled(self, program: Program) -> None:
        """Wait until all that was found has been told."""
        program.wait_for("started")
        wait_until(self.baseline_is_reached, f"{program.words}: everything is read")
        wait_until(self.is_calm, f"{program.words}: everything is done")


def test_a_newcomers_afternoon(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    """Doctor, fix, run, import, alert, ack, backup, disaster, restore, move: nothing is lost on
    the way and nothing is mailed twice."""
    assert Path(ORDERWATCH).is_file()
    database = tmp_path / "data" / "orderwatch.db"
    with Simulator(make_world(1, local_date(datetime.now(UTC)), 12, 1)) as simulator:
        site = Newcomer(simulator, f"sqlite:///{database}", tmp_path)
        site.own["INBOX_DIR"] = str(tmp_path / "inbox")
        (tmp_path / "inbox").mkdir()
        faults = {
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
            "SMTP__PORT": str(free_port()),
            "BACKOFFICE__PASSWORD": "mistyped",
        }
        _finds_the_faults(site, faults)
        assert all(result["ok"] for result in site.types("doctor --json"))
        known = _watches_and_tells(site)
        _survives_a_disaster(site, database, known)
        _moves_to_bigger_rooms(site, postgres_server.empty(), redis_server, known)
        site.db.close()


def _finds_the_faults(site: Newcomer, faults: dict[str, str]) -> None:
    found = site.types("doctor --json", expected=1, **faults)
    hints = {result["id"]: result["hint"] for result in found if not result["ok"]}
    assert list(hints) == ["broker", "backoffice", "smtp"]
    assert "ORDERWATCH_REDIS_URL" in hints["broker"]
    assert "ORDERWATCH_BACKOFFICE__PASSWORD" in hints["backoffice"]
    assert "ORDERWATCH_SMTP__PORT" in hints["smtp"]


def _watches_and_tells(site: Newcomer) -> list[str]:
    """The program runs; a CSV brings an order that was placed twice. Returns all orders."""
    with site.program("run") as program:
        site.is_settled(program)
        wait_until(site.is_quiet, "the summary is told")
        assert site.arrived() == {"first-sync-summary": 1}
        site.types("health --json")
        site.drops("990000001")
        site.drops("990000001", "990000002")
        wait_until(lambda: site.arrived()["alert"] == 1, "the alert is in the mailbox")
        (alert,) = [a for a in site.types("alerts list --json") if a["order"] == "990000002"]
        assert alert["rule"] == "duplicate-order"
        site.types(f"alerts ack {alert['id']}")
        site.types("db backup backup.zip --json")
        robbed = site.program("db restore backup.zip --yes").start()
        assert robbed.wait() == 1
        assert "orderwatch is running: it has just answered" in robbed.output()
        assert program.terminate(GRACE_SECONDS) == 0
    return site.numbers()


def _survives_a_disaster(site: Newcomer, database: Path, known: list[str]) -> None:
    """The database is gone; the backup brings everything back, and mails nothing again."""
    site.db.close()
    for file in database.parent.iterdir():
        file.unlink()
    before = site.arrived()
    site.types("db restore backup.zip --yes --json")
    assert site.numbers() == known
    states = {a["order"]: a["state"] for a in site.types("alerts list --json")}
    assert states["990000002"] == AlertState.ACKED.value
    with site.program("run") as program:
        site.is_settled(program)
        assert program.terminate(GRACE_SECONDS) == 0
    came = site.arrived() - before
    assert set(came) <= {"first-sync-summary"}  # what is still open, once
    assert site.nothing_came_twice()


def _moves_to_bigger_rooms(site: Newcomer, url: str, redis: RedisServer, known: list[str]) -> None:
    """PostgreSQL and Redis: all rows are there, and the work goes on where it was."""
    before = site.arrived()
    (site.folder / "url").write_text(url)
    site.types("db move @url --yes --json")
    refused = site.program("run").start()
    assert refused.wait() == 1
    assert "was moved to postgresql" in refused.output()
    site.db.close()
    site.db = Database(url)
    site.own |= {"DATABASE_URL": url, "REDIS_URL": redis.url}
    assert site.numbers() == known
    with site.program("scheduler") as scheduler, site.program("worker") as worker:
        site.is_settled(worker)
        assert site.arrived() == before
        doubled = site.order_twice(1)
        site.types("jobs run sync-orders --json")
        wait_until(lambda: site.doubles_are_known(doubled), "the new order is known")
        wait_until(site.is_calm, "all is done")
        wait_until(lambda: site.arrived()["alert"] > before["alert"], "the alert is in the mailbox")
        site.types("health --json")
        assert scheduler.terminate(GRACE_SECONDS) == worker.terminate(GRACE_SECONDS) == 0
    assert set(site.numbers()) > set(known)
    assert site.nothing_came_twice()
