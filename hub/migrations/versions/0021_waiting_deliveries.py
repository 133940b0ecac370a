"""An index of what waits of each update, so that a claim reads past nothing of another."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IS_QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["update_id", "channel", "due_at"],
        sqlite_where=_IS_QUEUED,
        postgresql_where=_IS_QUEUED,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_waiting", "deliveries")
