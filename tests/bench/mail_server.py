"""A mail server that takes everything and keeps nothing, as a process of its own."""

from __future__ import annotations

import sys

from worker.simulator.mailbox import Mailbox, ReceivedMail


class Sink(Mailbox):
    """It only counts: what arrived must be all."""

    def __init__(self) -> None:
        super().__init__()
        self.count_all = 0

    def keep(self, mail: ReceivedMail) -> None:
        """Count it."""
        self.count_all += 1


def main() -> None:
    """Serve until standard input ends; each line on it is answered with the count so far."""
    with Sink() as server:
        print(server.port, flush=True)
        for _ in sys.stdin:
            print(server.count_all, flush=True)


if __name__ == "__main__":
    main()
