"""The brokers: messages only wake somebody up, so nothing is kept, retried or delayed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import dramatiq
import pytest
from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import AgeLimit, Retries

from worker.broker import MESSAGE_AGE_MS, EmbeddedBroker, make_broker


@pytest.fixture
def embedded() -> Iterator[Broker]:
    """The broker of a program without a server."""
    broker = make_broker(None)
    yield broker
    broker.close()


@pytest.fixture(params=["embedded", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Both brokers, empty."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    made = make_broker(url)
    yield made
    made.flush_all()
    made.close()


def middleware(broker: Broker, kind: type[dramatiq.Middleware]) -> dramatiq.Middleware:
    """The one of that kind."""
    (found,) = [each for each in broker.middleware if isinstance(each, kind)]
    return found


def test_a_message_wakes_its_actor(broker: Broker) -> None:
    """What was sent arrives, over both brokers."""
    woken = threading.Event()
    actor = dramatiq.actor(actor_name="sync-orders", broker=broker)(woken.set)
    worker = Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()
    try:
        actor.send()
        assert woken.wait(timeout=20)
    finally:
        worker.stop()


def test_a_failed_message_is_gone(broker: Broker) -> None:
    """Retry and back-off are the row's; a message that comes back would double them."""
    calls: list[int] = []
    failed = threading.Event()

    class Watch(dramatiq.Middleware):
        def after_process_message(self, *args: object, **kwargs: object) -> None:
            calls.append(1)
            failed.set()

    def fail() -> None:
        raise ConnectionError("no answer")

    actor = dramatiq.actor(actor_name="sync-orders", broker=broker)(fail)
    broker.add_middleware(Watch())
    worker = Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()
    try:
        actor.send()
        assert failed.wait(timeout=20)
        broker.join(actor.queue_name, timeout=20_000)
        worker.join()
        assert calls == [1]
    finally:
        worker.stop()


def test_old_messages_are_dropped(broker: Broker) -> None:
    """After hours without workers a heap of stale wake-ups is not worked through."""
    age, retries = middleware(broker, AgeLimit), middleware(broker, Retries)
    assert isinstance(age, AgeLimit)
    assert isinstance(retries, Retries)
    assert age.max_age == MESSAGE_AGE_MS == 60_000
    assert retries.max_retries == 0


def test_the_embedded_broker_has_no_consumers_for_delays(embedded: Broker) -> None:
    """Nothing is ever delayed; a consumer for it would poll on a Raspberry Pi for nothing."""
    dramatiq.actor(actor_name="sync-orders", broker=embedded)(lambda: None)
    assert embedded.get_declared_queues() == {"default"}


def test_the_embedded_broker_keeps_no_dead_letters(embedded: Broker) -> None:
    """A program that runs for a year must not grow with each failure."""
    assert isinstance(embedded, EmbeddedBroker)
    letter = MessageProxy(dramatiq.Message("default", "sync-orders", (), {}, {}))
    embedded.dead_letters_by_queue["default"].append(letter)
    assert embedded.dead_letters == []
