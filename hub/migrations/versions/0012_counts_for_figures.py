"""Counters for figures: how messages ended, what was asked, and people in whole tens."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turn_counts",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "channel", "language", "ending", name=op.f("pk_turn_counts")
        ),
    )
    op.create_table(
        "topic_counts",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "topic", name=op.f("pk_topic_counts")),
    )
    op.create_table(
        "waiting_counts",
        sa.Column("cut", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cut", "value", "topic", name=op.f("pk_waiting_counts")),
    )
    op.create_table(
        "released_counts",
        sa.Column("cut", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cut", "day", "value", "topic", name=op.f("pk_released_counts")),
    )
    op.create_index("ix_released_counts_value", "released_counts", ["cut", "value", "day"])


def downgrade() -> None:
    op.drop_index("ix_released_counts_value", "released_counts")
    op.drop_table("released_counts")
    op.drop_table("waiting_counts")
    op.drop_table("topic_counts")
    op.drop_table("turn_counts")
