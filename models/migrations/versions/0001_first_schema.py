"""The first schema: customers, orders, invoices, shipments, alerts, outbox, jobs, sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_told", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=True),
        sa.Column("enrolled_on", sa.Date(), nullable=True),
        sa.Column("enroller", sa.String(length=200), nullable=True),
        sa.Column("sponsor", sa.String(length=200), nullable=True),
        sa.Column("expects_loyalty_told", sa.Boolean(), nullable=True),
        sa.Column("expects_loyalty_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invoice_copies", sa.Boolean(), nullable=True),
        sa.Column("invoice_copies_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("list_hash", sa.String(length=64), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("next_review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("member_id", name=op.f("uq_customers_member_id")),
    )
    op.create_index(op.f("ix_customers_claim_token"), "customers", ["claim_token"], unique=False)
    op.create_index(op.f("ix_customers_name_key"), "customers", ["name_key"], unique=False)
    op.create_index("ix_customers_next_review_at", "customers", ["next_review_at"], unique=False)
    op.create_table(
        "job_runs",
        sa.Column("id", RowId, nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    op.create_index("ix_job_runs_job_started_at", "job_runs", ["job", "started_at"], unique=False)
    op.create_index(op.f("ix_job_runs_started_at"), "job_runs", ["started_at"], unique=False)
    op.create_index(op.f("ix_job_runs_state"), "job_runs", ["state"], unique=False)
    op.create_table(
        "slots",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_slots_job_due_at")),
    )
    op.create_index(op.f("ix_slots_claim_token"), "slots", ["claim_token"], unique=False)
    op.create_index("ix_slots_next_run_at", "slots", ["next_run_at", "job"], unique=False)
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("next_request_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("budget_day", sa.Date(), nullable=True),
        sa.Column("budget_used", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_token", sa.String(length=32), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "customer_volumes",
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("pv", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_volumes_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "month", name=op.f("pk_customer_volumes")),
    )
    op.create_table(
        "orders",
        sa.Column("id", RowId, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("pv_month", sa.String(length=7), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("list_type", sa.String(length=8), nullable=False),
        sa.Column("pv", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("invoice_number", sa.String(length=64), nullable=True),
        sa.Column("ship_date", sa.Date(), nullable=True),
        sa.Column("tracking", sa.String(length=500), nullable=True),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.Column("historic", sa.Boolean(), nullable=False),
        sa.Column("lines_known", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(
        "ix_orders_customer_id_pv_month", "orders", ["customer_id", "pv_month"], unique=False
    )
    op.create_index(op.f("ix_orders_order_date"), "orders", ["order_date"], unique=False)
    op.create_index(op.f("ix_orders_pv_month"), "orders", ["pv_month"], unique=False)
    op.create_index("ix_orders_source_number", "orders", ["source", "number"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("order_id", RowId, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_copy_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoices_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("order_id", name=op.f("uq_invoices_order_id")),
    )
    op.create_index(op.f("ix_invoices_claim_token"), "invoices", ["claim_token"], unique=False)
    op.create_index("ix_invoices_next_copy_at", "invoices", ["next_copy_at"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=True),
        sa.Column("pv", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
    )
    op.create_table(
        "shipments",
        sa.Column("order_id", RowId, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=False),
        sa.Column("stop", sa.String(length=32), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pickup_point", sa.JSON(), nullable=True),
        sa.Column("facts_hash", sa.String(length=64), nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("number_refused", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_shipments_order_id_number")),
    )
    op.create_index(op.f("ix_shipments_claim_token"), "shipments", ["claim_token"], unique=False)
    op.create_index("ix_shipments_next_poll_at", "shipments", ["next_poll_at"], unique=False)
    op.create_index(op.f("ix_shipments_number"), "shipments", ["number"], unique=False)
    op.create_index(op.f("ix_shipments_state"), "shipments", ["state"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("customer_id", RowId, nullable=True),
        sa.Column("order_id", RowId, nullable=True),
        sa.Column("shipment_id", RowId, nullable=True),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("summary", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_reason", sa.String(length=300), nullable=True),
        sa.Column("next_notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_alerts_customer_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_alerts_order_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_alerts_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )
    op.create_index(op.f("ix_alerts_claim_token"), "alerts", ["claim_token"], unique=False)
    op.create_index(op.f("ix_alerts_customer_id"), "alerts", ["customer_id"], unique=False)
    op.create_index("ix_alerts_next_notice_at", "alerts", ["next_notice_at"], unique=False)
    op.create_index(op.f("ix_alerts_rule"), "alerts", ["rule"], unique=False)
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"], unique=False)
    op.create_table(
        "mails",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("invoice_id", RowId, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=998), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_mails_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mails_dedupe_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
    )
    op.create_index(op.f("ix_mails_claim_token"), "mails", ["claim_token"], unique=False)
    op.create_index(op.f("ix_mails_kind"), "mails", ["kind"], unique=False)
    op.create_index("ix_mails_next_attempt_at", "mails", ["next_attempt_at"], unique=False)
    op.create_index(op.f("ix_mails_state"), "mails", ["state"], unique=False)
    op.create_table(
        "shipment_events",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shipment_id", RowId, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_events_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_events")),
        sa.UniqueConstraint(
            "shipment_id", "at", "code", name=op.f("uq_shipment_events_shipment_id_at_code")
        ),
    )
    op.create_table(
        "alert_notices",
        sa.Column("alert_id", RowId, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("mail_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_notices_alert_id")
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_alert_notices_mail_id")),
        sa.PrimaryKeyConstraint("alert_id", "episode", "stage", name=op.f("pk_alert_notices")),
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("alert_notices")
    op.drop_table("shipment_events")
    op.drop_index(op.f("ix_mails_state"), table_name="mails")
    op.drop_index("ix_mails_next_attempt_at", table_name="mails")
    op.drop_index(op.f("ix_mails_kind"), table_name="mails")
    op.drop_index(op.f("ix_mails_claim_token"), table_name="mails")
    op.drop_table("mails")
    op.drop_index(op.f("ix_alerts_state"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_rule"), table_name="alerts")
    op.drop_index("ix_alerts_next_notice_at", table_name="alerts")
    op.drop_index(op.f("ix_alerts_customer_id"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_claim_token"), table_name="alerts")
    op.drop_table("alerts")
    op.drop_index(op.f("ix_shipments_state"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_number"), table_name="shipments")
    op.drop_index("ix_shipments_next_poll_at", table_name="shipments")
    op.drop_index(op.f("ix_shipments_claim_token"), table_name="shipments")
    op.drop_table("shipments")
    op.drop_table("order_lines")
    op.drop_index("ix_invoices_next_copy_at", table_name="invoices")
    op.drop_index(op.f("ix_invoices_claim_token"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index("ix_orders_source_number", table_name="orders")
    op.drop_index(op.f("ix_orders_pv_month"), table_name="orders")
    op.drop_index(op.f("ix_orders_order_date"), table_name="orders")
    op.drop_index("ix_orders_customer_id_pv_month", table_name="orders")
    op.drop_table("orders")
    op.drop_table("customer_volumes")
    op.drop_table("sources")
    op.drop_index("ix_slots_next_run_at", table_name="slots")
    op.drop_index(op.f("ix_slots_claim_token"), table_name="slots")
    op.drop_table("slots")
    op.drop_index(op.f("ix_job_runs_state"), table_name="job_runs")
    op.drop_index(op.f("ix_job_runs_started_at"), table_name="job_runs")
    op.drop_index("ix_job_runs_job_started_at", table_name="job_runs")
    op.drop_table("job_runs")
    op.drop_index("ix_customers_next_review_at", table_name="customers")
    op.drop_index(op.f("ix_customers_name_key"), table_name="customers")
    op.drop_index(op.f("ix_customers_claim_token"), table_name="customers")
    op.drop_table("customers")
    # ### end Alembic commands ###
