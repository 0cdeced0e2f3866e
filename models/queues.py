"""The queues of the house: which rows are due for which job."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.alert import Alert
from models.case import Case
from models.customer import Customer
from models.job import Slot
from models.mail import Mail
from models.order import Invoice
from models.queue import Queue
from models.shipment import Shipment

POLLS = Queue(Shipment, Shipment.next_poll_at)
REVIEWS = Queue(Customer, Customer.next_review_at)
NOTICES = Queue(Alert, Alert.next_notice_at)
CASES = Queue(Case, Case.next_check_at)
COPIES = Queue(Invoice, Invoice.next_copy_at)
DELIVERIES = Queue(Mail, Mail.next_attempt_at)

#: Which job takes which queue's rows: the one list of them (tests/house compares the jobs').
QUEUE_OF: Mapping[str, Queue] = MappingProxyType(
    {
        "poll-shipments": POLLS,
        "review-orders": REVIEWS,
        "check-cases": CASES,
        "send-alerts": NOTICES,
        "send-invoices": COPIES,
        "deliver-mail": DELIVERIES,
    }
)

#: The scheduled runs of every job.
SLOTS = Queue(Slot, Slot.next_run_at)

#: All queues; the heartbeat's is nobody's work.
ALL_QUEUES = (*QUEUE_OF.values(), SLOTS)


def slots_of(job: str) -> Queue:
    """The scheduled runs of one job."""
    return Queue(Slot, Slot.next_run_at, (Slot.job == job,))
