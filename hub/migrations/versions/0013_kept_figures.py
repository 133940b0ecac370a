"""Figures of large updates that are kept; copies of an update in the order in which they are
listed."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "update_figures",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_update_figures_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "kind", name=op.f("pk_update_figures")),
    )
    op.drop_index("ix_deliveries_figures", table_name="deliveries")
    op.create_index("ix_deliveries_figures", "deliveries", ["update_id", "state", "id"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_figures", table_name="deliveries")
    op.create_index("ix_deliveries_figures", "deliveries", ["update_id", "state"])
    op.drop_table("update_figures")
