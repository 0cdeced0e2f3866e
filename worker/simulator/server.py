"""The whole simulator: world, back office, carriers and mailbox, started and stopped together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tasks.ports import Clock
from worker.simulator.backoffice import Backoffice
from worker.simulator.clocks import RealClock
from worker.simulator.control import Control
from worker.simulator.faults import Faults
from worker.simulator.gate import Gate
from worker.simulator.hermes import DHL_PATH, SEARCH_PATH, Carriers
from worker.simulator.login import LOGIN_PATH
from worker.simulator.mailbox import Mailbox
from worker.simulator.request_log import RequestLog
from worker.simulator.scene import World
from worker.simulator.serving import Serving
from worker.simulator.stage import Stage


@dataclass
class Simulator:
    """Addresses are known after `start()`; also a context manager.

    `backoffice` and `carriers` can be stopped and started again alone (an outage); they keep
    their ports. `mailbox` likewise.
    """

    world: World
    clock: Clock = field(default_factory=RealClock)
    mail_folder: Path | None = None
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)

    def __post_init__(self) -> None:
        self.stage = Stage(self.world, self.clock)
        self.mailbox = Mailbox(self.mail_folder)
        self.pages = Backoffice(self.stage, self.faults)
        app = self.pages.app()
        app.routes.extend(Control(self.stage, self.faults, self.log, self.mailbox).routes())
        self.backoffice = Serving(Gate(app, self.clock, self.faults, self.log))
        carriers = Carriers(self.stage).app()
        self.carriers = Serving(Gate(carriers, self.clock, self.faults, self.log))

    def start(self) -> None:
        """Listen on three ports of loopback: back office, carriers, mail."""
        self.backoffice.start()
        self.carriers.start()
        self.mailbox.start()

    def stop(self) -> None:
        """Close everything; what was logged and received stays."""
        self.mailbox.stop()
        self.carriers.stop()
        self.backoffice.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def backoffice_url(self) -> str:
        """The root: `/index.cfm?Fuseaction=…` is appended."""
        return self.backoffice.url

    @property
    def login_url(self) -> str:
        return self.backoffice.url + LOGIN_PATH

    @property
    def control_url(self) -> str:
        return self.backoffice.url + "/_control"

    @property
    def hermes_url(self) -> str:
        """The search's address: `/{number}` is appended."""
        return self.carriers.url + SEARCH_PATH

    @property
    def dhl_url(self) -> str:
        return self.carriers.url + DHL_PATH

    @property
    def member_id(self) -> str:
        return self.world.owner.member_id

    def addresses(self) -> dict[str, str]:
        """Everything that somebody needs to use it, as the process prints it."""
        return {
            "backoffice_url": self.backoffice_url,
            "login_url": self.login_url,
            "control_url": self.control_url,
            "hermes_url": self.hermes_url,
            "dhl_url": self.dhl_url,
            "smtp_host": self.mailbox.host,
            "smtp_port": str(self.mailbox.port),
            "member_id": self.member_id,
            "password": self.world.password,
            "owner_name": self.world.owner.name,
            "start": self.world.start.isoformat(),
            "now": self.clock.now().isoformat(),
        }

    def settings(self) -> dict[str, str]:
        """Environment variables that point orderwatch at this simulator."""
        values = {
            "CONSULTANT__NAME": self.world.owner.name,
            "CONSULTANT__EMAIL": self.world.owner.email,
            "CONSULTANT__MEMBER_ID": self.member_id,
            "BACKOFFICE__ENABLED": "true",
            "BACKOFFICE__BASE_URL": self.backoffice_url,
            "BACKOFFICE__LOGIN_URL": self.login_url,
            "BACKOFFICE__MEMBER_ID": self.member_id,
            "BACKOFFICE__PASSWORD": self.world.password,
            "HERMES__BASE_URL": self.hermes_url,
            "SMTP__HOST": self.mailbox.host,
            "SMTP__PORT": str(self.mailbox.port),
            "SMTP__SECURITY": "none",
            "SMTP__FROM": "orderwatch@example.org",
        }
        return {f"ORDERWATCH_{name}": value for name, value in values.items()}
