"""All background work, three lines each: a message of a kind wakes the job of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq import Actor, Broker

from worker.runner import Runner

QUEUE = "orderwatch"


def declare_actors(broker: Broker, runner: Runner) -> dict[str, Actor[[], None]]:
    """Declare an actor per job on `broker`; returns them by the job's name."""

    def actor(name: str) -> Callable[[Callable[[], None]], Actor[[], None]]:
        options: dict[str, Any] = {"actor_name": name, "queue_name": QUEUE, "broker": broker}
        declare: Callable[[Callable[[], None]], Actor[[], None]] = dramatiq.actor(**options)
        return declare

    @actor("sync-orders")
    def sync_orders() -> None:
        runner.on_message("sync-orders")

    @actor("import-inbox")
    def import_inbox() -> None:
        runner.on_message("import-inbox")

    @actor("poll-shipments")
    def poll_shipments() -> None:
        runner.on_message("poll-shipments")

    @actor("review-orders")
    def review_orders() -> None:
        runner.on_message("review-orders")

    @actor("send-alerts")
    def send_alerts() -> None:
        runner.on_message("send-alerts")

    @actor("check-cases")
    def check_cases() -> None:
        runner.on_message("check-cases")

    @actor("send-invoices")
    def send_invoices() -> None:
        runner.on_message("send-invoices")

    @actor("deliver-mail")
    def deliver_mail() -> None:
        runner.on_message("deliver-mail")

    @actor("daily-digest")
    def daily_digest() -> None:
        runner.on_message("daily-digest")

    @actor("housekeeping")
    def housekeeping() -> None:
        runner.on_message("housekeeping")

    @actor("heartbeat")
    def heartbeat() -> None:
        runner.on_message("heartbeat")

    actors = [sync_orders, import_inbox, poll_shipments, review_orders, send_alerts]
    actors += [check_cases]
    actors += [send_invoices, deliver_mail, daily_digest, housekeeping, heartbeat]
    return {each.actor_name: each for each in actors}
