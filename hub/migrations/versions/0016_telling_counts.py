"""How often each version of an answer was told, by channel and language."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telling_counts",
        sa.Column("answer_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "channel", "language", name=op.f("pk_telling_counts")),
    )


def downgrade() -> None:
    op.drop_table("telling_counts")
