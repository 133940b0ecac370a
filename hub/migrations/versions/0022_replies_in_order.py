"""The index of replies by state follows the order in which they leave, so a claim sorts nothing."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index("ix_outbox_state", "outbox", ["state", "channel", "seq"])


def downgrade() -> None:
    op.drop_index("ix_outbox_state", "outbox")
    op.create_index("ix_outbox_due", "outbox", ["state", "channel", "due_at"])
