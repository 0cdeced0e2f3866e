"""All that a storm blows over: servers, the outside world behind wires, our own processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from models.session import Database
from tests.services.postgres_server import PostgresServer
from tests.services.redis_server import RedisServer
from tests.storms.outside import Outside
from tests.storms.proxy import Proxy
from tests.storms.units import Supervisor, Unit

LEASE_SECONDS = 30

_BIG = {"scheduler-1": "scheduler", "scheduler-2": "scheduler"} | {
    f"worker-{n}": "worker" for n in (1, 2, 3)
}
_SMALL = {"run": "run"}


@dataclass
class Site:
    """What the faults can reach. `postgres` and `redis` are None in the embedded variant."""

    folder: Path
    outside: Outside
    wires: dict[str, Proxy]
    db: Database
    supervisor: Supervisor
    postgres: PostgresServer | None = None
    redis: RedisServer | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def units(self) -> list[Unit]:
        """Our processes."""
        return list(self.supervisor.units)


@contextmanager
def make_site(kind: str, seed: int, folder: Path) -> Iterator[Site]:
    """A site on `postgresql` (with Redis) or `sqlite`; nothing of ours runs yet."""
    with ExitStack() as stack:
        outside = Outside(seed, folder)
        outside.start()
        stack.callback(outside.stop)
        wires = {name: Proxy(target, seed) for name, target in _targets(outside).items()}
        for wire in wires.values():
            wire.start()
            stack.callback(wire.stop)
        settings = _settings(outside, wires)
        postgres, redis = None, None
        if kind == "postgresql":
            postgres = PostgresServer()
            stack.callback(postgres.stop)
            redis = RedisServer(folder)
            redis.start()
            stack.callback(redis.stop)
            url = postgres.fresh()
            settings["REDIS_URL"] = redis.url
        else:
            url = f"sqlite:///{folder / 'orderwatch.db'}"
        settings["DATABASE_URL"] = url
        named = {f"ORDERWATCH_{name}": value for name, value in settings.items()}
        words = _BIG if kind == "postgresql" else _SMALL
        supervisor = Supervisor([Unit(name, w, named, folder) for name, w in words.items()])
        db = Database(url)
        db.upgrade()
        stack.callback(db.close)
        yield Site(folder, outside, wires, db, supervisor, postgres, redis, named)


def _targets(outside: Outside) -> dict[str, tuple[str, int]]:
    at = outside.addresses
    targets = {"smtp": (at["smtp_host"], int(at["smtp_port"]))}
    for name, key in (("office", "backoffice_url"), ("carrier", "hermes_url")):
        url = urlsplit(at[key])
        assert url.hostname is not None
        assert url.port is not None
        targets[name] = (url.hostname, url.port)
    return targets


def _settings(outside: Outside, wires: dict[str, Proxy]) -> dict[str, str]:
    at = outside.addresses

    def through(name: str, key: str) -> str:
        return urlsplit(at[key])._replace(netloc=f"127.0.0.1:{wires[name].port}").geturl()

    return {
        "CONSULTANT__NAME": at["owner_name"],
        "CONSULTANT__EMAIL": "consultant@example.org",
        "CONSULTANT__MEMBER_ID": at["member_id"],
        "OPERATOR_EMAIL": "operator@example.org",
        "BACKOFFICE__ENABLED": "true",
        "BACKOFFICE__BASE_URL": through("office", "backoffice_url"),
        "BACKOFFICE__LOGIN_URL": through("office", "login_url"),
        "BACKOFFICE__MEMBER_ID": at["member_id"],
        "BACKOFFICE__PASSWORD": at["password"],
        "BACKOFFICE__MIN_SPACING_SECONDS": "0",
        # Refusals are among the faults; an hour's pause would outlast the storm.
        "BACKOFFICE__REFUSED_PAUSE_MINUTES": "0.05",
        "HERMES__BASE_URL": through("carrier", "hermes_url"),
        "HERMES__MIN_SPACING_SECONDS": "0",
        "HERMES__DAILY_BUDGET": "1000000",
        "HERMES__PACE__NIGHT": "off",
        **{f"HERMES__PACE__{state}": "5" for state in _PACED},
        "SMTP__HOST": "127.0.0.1",
        "SMTP__PORT": str(wires["smtp"].port),
        "SMTP__SECURITY": "none",
        "SMTP__FROM": "orderwatch@example.org",
        "INVOICES__MODE": "all",
        "INVOICES__HOURS": "00:00-23:59",
        "ALERTS__MAILS_PER_HOUR": "1000",
        "QUIET_HOURS": "off",
        "SCHEDULE__SYNC": "every 5s",
        "WORKER__LEASE_SECONDS": str(LEASE_SECONDS),
    }


_PACED = (
    "ANNOUNCED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "READY_FOR_PICKUP", "DELIVERY_FAILED",
    "EXCEPTION", "RETURNING", "UNKNOWN",
)  # fmt: skip


def keep_logs(site: Site, target: Path) -> None:
    """Copy what all processes said to where a human looks."""
    target.mkdir(parents=True, exist_ok=True)
    for log in site.folder.glob("*.log"):
        shutil.copy(log, target / log.name)
