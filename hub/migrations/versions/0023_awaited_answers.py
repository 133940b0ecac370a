"""Who asked to be told when there is an answer, and how many of a group of questions were told."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=True),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("consent_version", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("due_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_awaited_answers_address_id_addresses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_awaited_answers_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["question_groups.id"],
            name=op.f("fk_awaited_answers_group_id_question_groups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaited_answers")),
    )
    with op.batch_alter_table("awaited_answers") as batch:
        batch.create_index("ix_awaited_answers_address_id", ["address_id"])
        batch.create_index("ix_awaited_answers_due", ["state", "due_at"])
        batch.create_index("ix_awaited_answers_expires", ["expires_on"])
        batch.create_index("ix_awaited_answers_group", ["group_id", "state"])
        batch.create_index("ix_awaited_answers_question_id", ["question_id"])
        batch.create_index("uq_awaited_answers_group", ["contact_id", "group_id"], unique=True)
    with op.batch_alter_table("question_groups") as batch:
        batch.add_column(sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("question_groups") as batch:
        batch.alter_column("told", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("question_groups") as batch:
        batch.drop_column("told")
    op.drop_table("awaited_answers")
