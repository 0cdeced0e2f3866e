"""All tables, imported for migrations and tests that need the whole schema."""

from models.alert import Alert, AlertNotice
from models.base import Base
from models.customer import Customer, CustomerVolume
from models.heartbeat import Heartbeat
from models.job import JobRun, Slot
from models.mail import Mail
from models.mark import Mark
from models.order import Invoice, Order, OrderLineRow
from models.shipment import Shipment, ShipmentEvent
from models.source import Source

__all__ = [
    "Alert",
    "AlertNotice",
    "Base",
    "Customer",
    "CustomerVolume",
    "Heartbeat",
    "Invoice",
    "JobRun",
    "Mail",
    "Mark",
    "Order",
    "OrderLineRow",
    "Shipment",
    "ShipmentEvent",
    "Slot",
    "Source",
]
