"""Why an update was approved although nobody had this version on a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLES = ("approvals", "first_approvals")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("untried", sa.String(length=300), nullable=True))


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_column(table, "untried")
