"""One storm: a quiet start, faults for a set time, calm, and the books."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy.exc import DBAPIError

from models.session import outage
from models.source import Source
from tests.storms.books import Books
from tests.storms.faults import Weather, kinds
from tests.storms.plan import plan_deeds, plan_faults
from tests.storms.report import Report, make_report
from tests.storms.site import Site, keep_logs, make_site
from tests.storms.traffic import Traffic

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What is asked for. The same seed gives the same faults and deeds in the same order."""

    database: str
    seed: int
    seconds: float
    fault_gap: float = 2.0
    deed_gap: float = 4.0
    slow: bool = True
    """Faults too after which manners or leases make us wait for minutes."""
    quiet_within: float = 2400.0
    """Seconds after which books that don't balance are a failure."""
    logs: Path | None = None


@dataclass
class Storm:
    """Runs once."""

    options: Options
    say: Say = lambda line: None
    struck: Counter[str] = field(default_factory=Counter)

    def run(self) -> Report:
        """All of it. The report says what is lost or doubled; nothing is raised for that."""
        options = self.options
        with (
            TemporaryDirectory(prefix="orderwatch-storm-") as folder,
            make_site(options.database, options.seed, Path(folder)) as site,
        ):
            site.supervisor.start()
            try:
                return self._weather(site)
            finally:
                site.supervisor.stop()
                if options.logs:
                    keep_logs(site, options.logs / options.database)

    def _weather(self, site: Site) -> Report:
        options = self.options
        dice = Random(options.seed)
        traffic = Traffic(site.outside, Random(dice.random()))
        baseline = [order.number for order in site.outside.world().baseline()]
        books = Books(site.db, traffic.truth, baseline)
        _, not_begun = self._settle(site, books, options.quiet_within)
        assert not not_begun, f"the quiet start never ended: {not_begun[:5]}"
        self._blow(site, traffic, dice)
        self.say("calm")
        recovered, open_items = self._settle(site, books, options.quiet_within)
        return make_report(options, site, books, self.struck, recovered, open_items)

    def _blow(self, site: Site, traffic: Traffic, dice: Random) -> None:
        options = self.options
        some = kinds(site, slow=options.slow)
        faults = plan_faults(dice, some, options.seconds, options.fault_gap)
        deeds = plan_deeds(dice, options.seconds, options.deed_gap)
        weather = Weather(site, faults)
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < options.seconds:
            for fault in weather.blow(elapsed):
                self.struck[fault.kind] += 1
                self.say(f"{elapsed:6.1f} s  {fault.kind} ({fault.seconds:.1f} s)")
            while deeds and deeds[0].at <= elapsed:
                traffic.play(deeds.pop(0).scene)
            time.sleep(0.05)
        weather.calm()

    def _settle(self, site: Site, books: Books, within: float) -> tuple[float, list[str]]:
        """Wait until the books balance. Returns the seconds that took, and what is still open."""
        began = time.monotonic()
        told = began
        while True:
            open_items = _look(site, books)
            elapsed = time.monotonic() - began
            if not open_items or elapsed > within:
                return elapsed, open_items
            if time.monotonic() - told > 10:
                told = time.monotonic()
                self.say(f"{elapsed:6.0f} s  {len(open_items)} open: {'; '.join(open_items[:4])}")
            time.sleep(0.5)


def _look(site: Site, books: Books) -> list[str]:
    try:
        begun = [] if _has_begun(site) else ["the first sync has not ended"]
        return begun + books.open_items(site.outside.mails())
    except DBAPIError as error:
        if (reason := outage(error)) is None:
            raise
        return [f"the database is not back: {reason}"]


def _has_begun(site: Site) -> bool:
    with site.db.read() as session:
        source = session.get(Source, "backoffice")
        return source is not None and source.baseline_at is not None
