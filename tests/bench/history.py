"""A history that has piled up: old orders and all that hangs on them, written by the database."""

from __future__ import annotations

from sqlalchemy import text

from models.session import Database

#: Orders of one customer: an AS each month.
EACH = 10

_NUMBERS = """
WITH RECURSIVE count(n) AS (
    SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM count WHERE n < :most - 1
)
"""

_CUSTOMERS = """
INSERT INTO customers (member_id, is_owner, name, name_key, email, first_seen_at, baseline,
                       next_review_at)
{numbers} SELECT CAST(8000000 + n AS VARCHAR), FALSE, 'Nr. ' || n, 'nr. ' || n,
                 'c' || n || '@example.org', '2025-12-01 08:00:00', FALSE, '2026-11-01 00:00:00'
FROM count
"""

#: January to October; one in fifty is of a type that nobody knows.
_ORDERS = """
INSERT INTO orders (number, customer_id, order_date, pv_month, source, list_type, pv, total,
                    currency, ship_date, paid, row_hash, historic, lines_known, first_seen_at,
                    changed_at)
{numbers} SELECT CAST(180000000 + n AS VARCHAR), customers.id, {day}, {month},
                 CASE WHEN n % 50 = 0 THEN 'XX' ELSE 'AS' END, 'I', 6000, 9000 + n % 977,
                 'EUR', {day}, TRUE, 'x', TRUE, TRUE, '2025-12-01 08:00:00', '2025-12-01 08:00:00'
FROM count JOIN customers ON member_id = CAST(8000000 + n / 10 AS VARCHAR)
"""

_THESE = "FROM count JOIN orders ON number = CAST(180000000 + n AS VARCHAR)"

_LINES = """
INSERT INTO order_lines (order_id, position, item, quantity)
{numbers} SELECT orders.id, 1, CAST(n % 97 AS VARCHAR), 1 + n % 3 {these}
"""

_PARCELS = """
INSERT INTO shipments (order_id, number, carrier, state, problem, misses, number_refused,
                       first_seen_at, asked_at, last_event_at)
{numbers} SELECT orders.id, 'H' || n, 'hermes', 'delivered', 'none', 0, FALSE,
                 '2025-12-01 08:00:00', '2025-12-01 08:00:00', {moment} {these}
"""

_EVENTS = """
INSERT INTO shipment_events (shipment_id, at, code, state, text)
{numbers} SELECT shipments.id, {moment}, 'DELIVERED', 'delivered', 'Zugestellt'
FROM count JOIN shipments ON number = 'H' || n
WHERE n % 10 >= 7
"""

_INVOICES = """
INSERT INTO invoices (order_id, state) {numbers} SELECT orders.id, 'skipped' {these}
WHERE n % 2 = 0
"""

_MAILS = """
INSERT INTO mails (kind, recipient, language, facts, dedupe_key, message_id, state, subject,
                   created_at, sent_at)
{numbers} SELECT CASE n % 50 WHEN 0 THEN 'alert' ELSE 'invoice-copy' END,
                 'c@example.org', 'de', '{{}}', 'old:' || n, '<' || n || '@example.org>', 'sent',
                 CASE WHEN n % 10 >= 7 THEN 'Nr. ' || n END, {moment}, {moment}
FROM count WHERE n % 5 = 0
"""

_ALERTS = """
INSERT INTO alerts (key, rule, severity, state, episode, stage, customer_id, order_id, month,
                    details, fingerprint, summary, opened_at, resolved_at)
{numbers} SELECT 'unpaid:' || n, 'unpaid', 'medium', 'resolved', 1, 1, orders.customer_id,
                 orders.id, {month}, '{{}}', 'x', FALSE, {moment}, {moment} {these}
WHERE n % 10 = 3
"""

_ORDERS_ONLY = (_ORDERS, _LINES, _PARCELS)
_ALL = (*_ORDERS_ONLY, _EVENTS, _INVOICES, _MAILS, _ALERTS)


def grow(db: Database, until: int, since: int = 0, *, whole: bool = False) -> None:
    """Old orders up to so many, ten of each customer, January to October; nothing is due.

    `since`: so many are there. `whole`: with scans, invoices, mails and alerts too.
    """
    words = _words(db) | {"numbers": _NUMBERS, "these": _THESE}
    people = {"first": since // EACH, "most": until // EACH}
    with db.write() as session:
        session.execute(text(_CUSTOMERS.format(**words)), people)
        for statement in _ALL if whole else _ORDERS_ONLY:
            session.execute(text(statement.format(**words)), {"first": since, "most": until})
    analyze(db)


def _words(db: Database) -> dict[str, str]:
    padded = "printf('%02d', {})" if db.is_sqlite else "lpad(CAST({} AS VARCHAR), 2, '0')"
    day = f"'2026-' || {padded.format('n % 10 + 1')} || '-' || {padded.format('n / 10 % 11 + 1')}"
    moment = f"{day} || ' 08:00:00.000000'"
    return {
        "month": f"substr({day}, 1, 7)",
        "day": day if db.is_sqlite else f"CAST({day} AS DATE)",
        "moment": moment if db.is_sqlite else f"CAST({moment} AS TIMESTAMP WITH TIME ZONE)",
    }


def analyze(db: Database) -> None:
    """What PostgreSQL's autovacuum does by itself after so many rows; SQLite never does."""
    if not db.is_sqlite:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
