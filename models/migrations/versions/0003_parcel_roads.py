"""A parcel's road (polls, windows); the indexes of due parcels and slots hold open rows only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

POLLS, SLOTS = "ix_shipments_next_poll_at", "ix_slots_next_run_at"


def upgrade() -> None:
    op.add_column("shipments", sa.Column("polls", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("shipments", sa.Column("windows", sa.JSON(), nullable=True))
    _replace(POLLS, "shipments", ["next_poll_at", "carrier"], "next_poll_at IS NOT NULL")
    _replace(SLOTS, "slots", ["job", "next_run_at"], "next_run_at IS NOT NULL")


def downgrade() -> None:
    _replace(SLOTS, "slots", ["next_run_at", "job"])
    _replace(POLLS, "shipments", ["next_poll_at"])
    op.drop_column("shipments", "windows")
    op.drop_column("shipments", "polls")


def _replace(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    only = sa.text(where) if where else None
    op.drop_index(name, table_name=table)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
