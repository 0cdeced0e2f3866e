"""Mails answer each other, and one that a person sent by hand leaves at any hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails") as mails:
        mails.add_column(sa.Column("in_reply_to", sa.String(length=300), nullable=True))
        mails.add_column(
            sa.Column("any_hour", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("mails") as mails:
        mails.drop_column("any_hour")
        mails.drop_column("in_reply_to")
