"""Cases: the road from a wrong order to its credit; the first order of an unknown type."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # A code is reported on its first order that is not history; that is the first row here.
    op.drop_index("ix_orders_source_number", table_name="orders")
    op.create_index("ix_orders_source_historic_number", "orders", ["source", "historic", "number"])
    op.create_table(
        "cases",
        sa.Column("order_id", RowId, nullable=False),
        sa.Column("customer_id", RowId, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reorder_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", RowId, nullable=False),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cases_order_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_cases_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("order_id", name=op.f("uq_cases_order_id")),
    )
    op.create_index(op.f("ix_cases_claim_token"), "cases", ["claim_token"])
    op.create_index(op.f("ix_cases_customer_id"), "cases", ["customer_id"])
    op.create_index("ix_cases_next_check_at", "cases", ["next_check_at"])
    op.create_table(
        "case_steps",
        sa.Column("case_id", RowId, nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_steps_case_id")),
        sa.PrimaryKeyConstraint("case_id", "step", name=op.f("pk_case_steps")),
    )


def downgrade() -> None:
    op.drop_table("case_steps")
    op.drop_index("ix_cases_next_check_at", table_name="cases")
    op.drop_index(op.f("ix_cases_customer_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_claim_token"), table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_orders_source_historic_number", table_name="orders")
    op.create_index("ix_orders_source_number", "orders", ["source", "number"])
