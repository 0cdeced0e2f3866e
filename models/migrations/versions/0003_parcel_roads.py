"""A parcel's road: how often it was asked for, its windows; the poll index holds open ones only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX = "ix_shipments_next_poll_at"
OPEN = sa.text("next_poll_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("shipments", sa.Column("polls", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("shipments", sa.Column("windows", sa.JSON(), nullable=True))
    op.drop_index(INDEX, table_name="shipments")
    op.create_index(
        INDEX,
        "shipments",
        ["next_poll_at", "carrier"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index(INDEX, table_name="shipments")
    op.create_index(INDEX, "shipments", ["next_poll_at"])
    op.drop_column("shipments", "windows")
    op.drop_column("shipments", "polls")
