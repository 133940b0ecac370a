"""Indexes of providers' names hold only what has one."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INDEXES = (("ix_deliveries_provider", "deliveries"), ("ix_outbox_provider", "outbox"))
_IS_NAMED = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    for index, table in _INDEXES:
        op.drop_index(index, table_name=table)
        op.create_index(
            index, table, ["provider_id"], sqlite_where=_IS_NAMED, postgresql_where=_IS_NAMED
        )


def downgrade() -> None:
    for index, table in _INDEXES:
        op.drop_index(index, table_name=table)
        op.create_index(index, table, ["provider_id"])
