"""The time zone that a person chose, and which copies of updates go by one.

Columns are added and dropped in place: to rebuild a table would drop its triggers, and take long
where there are millions of copies. The new indexes hold only rows of people who chose a zone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("time_zone", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_contacts_time_zone",
        "contacts",
        ["time_zone"],
        sqlite_where=sa.text("time_zone IS NOT NULL"),
        postgresql_where=sa.text("time_zone IS NOT NULL"),
    )
    op.add_column("census_groups", sa.Column("time_zone", sa.String(length=64), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("has_own_hours", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_deliveries_own_hours",
        "deliveries",
        ["update_id", "channel", "has_own_hours", "due_at"],
        sqlite_where=sa.text("state = 'queued' AND has_own_hours = 1"),
        postgresql_where=sa.text("state = 'queued' AND has_own_hours"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_own_hours", "deliveries")
    op.drop_column("deliveries", "has_own_hours")
    op.drop_column("census_groups", "time_zone")
    op.drop_index("ix_contacts_time_zone", "contacts")
    op.drop_column("contacts", "time_zone")
