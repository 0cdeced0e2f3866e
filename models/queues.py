"""The queues of the house: which rows are due for which job."""

from __future__ import annotations

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

#: All of them; one for the scheduled runs of every job.
ALL_QUEUES = (POLLS, REVIEWS, CASES, NOTICES, COPIES, DELIVERIES, Queue(Slot, Slot.next_run_at))


def slots_of(job: str) -> Queue:
    """The scheduled runs of one job."""
    return Queue(Slot, Slot.next_run_at, (Slot.job == job,))
