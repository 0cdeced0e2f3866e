"""All tables, imported for migrations and tests that need the whole schema."""

from models.alert import Alert, AlertNotice
from models.base import Base
from models.case import Case, CaseStepRow
from models.customer import Customer, CustomerVolume
from models.heartbeat import Heartbeat
from models.job import JobRun, Slot
from models.ledger import LedgerEntry
from models.mail import Mail
from models.mark import Mark
from models.order import Invoice, Order, OrderLineRow
from models.order_change import OrderChange
from models.page import PageRead, PageSample
from models.shipment import Shipment, ShipmentEvent
from models.source import Source
from models.stop_list import StopMark

__all__ = [
    "Alert",
    "AlertNotice",
    "Base",
    "Case",
    "CaseStepRow",
    "Customer",
    "CustomerVolume",
    "Heartbeat",
    "Invoice",
    "JobRun",
    "LedgerEntry",
    "Mail",
    "Mark",
    "Order",
    "OrderChange",
    "OrderLineRow",
    "PageRead",
    "PageSample",
    "Shipment",
    "ShipmentEvent",
    "Slot",
    "Source",
    "StopMark",
]
