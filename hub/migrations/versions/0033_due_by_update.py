"""What is due is found by its update; what is under way or in doubt has a small index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_IS_SENDING, _IS_DOUBTFUL = sa.text("state = 'sending'"), sa.text("state = 'in_doubt'")


def upgrade() -> None:
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.create_index(
        "ix_deliveries_sending",
        "deliveries",
        ["lease_until"],
        sqlite_where=_IS_SENDING,
        postgresql_where=_IS_SENDING,
    )
    op.create_index(
        "ix_deliveries_doubtful",
        "deliveries",
        ["channel", "claimed_at"],
        sqlite_where=_IS_DOUBTFUL,
        postgresql_where=_IS_DOUBTFUL,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_doubtful", table_name="deliveries")
    op.drop_index("ix_deliveries_sending", table_name="deliveries")
    op.create_index("ix_deliveries_due", "deliveries", ["state", "channel", "due_at"])
