"""Copies of an update by their states, in the order in which they are sent and not in that of ids."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deliveries_figures", table_name="deliveries")
    op.create_index("ix_deliveries_figures", "deliveries", ["update_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_figures", table_name="deliveries")
    op.create_index("ix_deliveries_figures", "deliveries", ["update_id", "state", "id"])
