"""Of whom an update has something to heed, apart: most people are not among them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_IS_APART = sa.text("erase_after IS NOT NULL OR quiet_until IS NOT NULL OR time_zone IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_contacts_apart",
        "contacts",
        ["id"],
        unique=True,
        sqlite_where=_IS_APART,
        postgresql_where=_IS_APART,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_apart", table_name="contacts")
