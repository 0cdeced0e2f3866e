"""`orderwatch run`, `scheduler`, `worker`: the long-running processes."""

from __future__ import annotations

import typer

from worker.cli.output import WrongUse, open_house
from worker.cli.runs import refuse_moved


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog="Example: ORDERWATCH_SMTP__HOST=mail.example.org … orderwatch run")(run)
    app.command(epilog="Example: ORDERWATCH_REDIS_URL=redis://redis:6379/0 orderwatch scheduler")(
        scheduler
    )
    app.command(epilog="Example: ORDERWATCH_REDIS_URL=redis://redis:6379/0 orderwatch worker")(
        worker
    )


def run() -> None:
    """Scheduler and workers in one process, until it is stopped."""
    _serve(scheduler=True, worker=True)


def scheduler() -> None:
    """The scheduler alone; workers run elsewhere (needs Redis)."""
    _serve(scheduler=True, worker=False)


def worker() -> None:
    """Workers alone; a scheduler runs elsewhere (needs Redis)."""
    _serve(scheduler=False, worker=True)


def _serve(*, scheduler: bool, worker: bool) -> None:
    with open_house(talkative=True) as house:
        settings = house.settings
        if not (scheduler and worker) and settings.redis_url is None:
            raise WrongUse(
                "ORDERWATCH_REDIS_URL is not set: scheduler and worker need Redis between them "
                "(`orderwatch run` is both in one process and needs none)"
            )
        _refuse_unless_mail_is_set(house.settings.model_dump(include={"smtp", "consultant"}))
        from worker.clock import SystemClock
        from worker.monitor import PortTaken
        from worker.service import Service, stop_on_signals, wait_for_database

        house.clock = SystemClock(house.stopping)
        stop_on_signals(house.stopping)
        if not wait_for_database(house):
            return
        house.share_clock()
        refuse_moved(house)
        _ = house.back_office  # a wrong profile or a missing password is said now, not at night
        try:
            service = Service(house, scheduler=scheduler, worker=worker)
        except PortTaken as error:
            raise WrongUse(str(error)) from None
        service.run()


def _refuse_unless_mail_is_set(settings: dict[str, dict[str, object]]) -> None:
    needed = {
        "ORDERWATCH_SMTP__HOST": settings["smtp"]["host"],
        "ORDERWATCH_SMTP__FROM": settings["smtp"]["sender"],
        "ORDERWATCH_CONSULTANT__EMAIL": settings["consultant"]["email"],
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise WrongUse(f"{', '.join(missing)} not set: nobody would hear of anything")
