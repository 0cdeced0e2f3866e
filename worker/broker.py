"""Message brokers: in this process (no server at all), or Redis.

A message only says that there is work of a kind; losing or doubling one costs nothing. So there
are no retries, no delays and no results, and a message that waited for long is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import AgeLimit, Retries

if TYPE_CHECKING:
    from dramatiq import Middleware

#: Older wake-ups are dropped: the next tick has sent newer ones.
MESSAGE_AGE_MS = 60_000


def make_broker(redis_url: str | None) -> Broker:
    """A broker on Redis, or an embedded one when there is no URL."""
    return EmbeddedBroker(_middleware()) if redis_url is None else _redis_broker(redis_url)


def _middleware() -> list[Middleware]:
    return [AgeLimit(max_age=MESSAGE_AGE_MS), Retries(max_retries=0)]


def unreachable(redis_url: str | None) -> tuple[type[Exception], ...]:
    """What is raised while the broker can't be reached; an embedded one always can."""
    if redis_url is None:
        return (BrokerConnectionError,)
    from redis.exceptions import RedisError

    return (BrokerConnectionError, RedisError)


def _redis_broker(url: str) -> Broker:
    from dramatiq.brokers.redis import RedisBroker  # 6 MB that an embedded program never needs

    # Messages of dead workers come back within seconds instead of minutes (measured).
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=url,
        middleware=_middleware(),
        namespace="orderwatch",
        maintenance_chance=1_000_000,
        heartbeat_timeout=15_000,
    )


class _Dropped(list[Any]):
    """Dead letters are not kept: the row knows its failure, and the list would only grow."""

    def append(self, item: Any) -> None:
        """Forget it."""


class EmbeddedBroker(StubBroker):
    """dramatiq's in-process broker without its test conveniences."""

    def __init__(self, middleware: list[Middleware]) -> None:
        super().__init__(middleware, fail_fast_default=False)
        self.dead_letters_by_queue = defaultdict(_Dropped)

    def get_declared_queues(self) -> set[str]:
        """Only the real queues; consumers for the unused delay queues would poll for nothing."""
        return super().get_declared_queues() - self.delay_queues
