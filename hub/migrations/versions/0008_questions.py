"""Questions that the bot could not answer, and the groups of those that are alike."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "question_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("exported_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff_members.id"],
            name=op.f("fk_question_groups_decided_by_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_groups")),
    )
    with op.batch_alter_table("question_groups", schema=None) as batch_op:
        batch_op.create_index("ix_question_groups_queue", ["state", "size", "id"], unique=False)

    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("area", sa.String(length=2), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_unanswered_questions_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["question_groups.id"],
            name=op.f("fk_unanswered_questions_group_id_question_groups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered_questions")),
    )
    with op.batch_alter_table("unanswered_questions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unanswered_questions_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index("ix_unanswered_questions_day", ["asked_on"], unique=False)
        batch_op.create_index("ix_unanswered_questions_group", ["group_id", "area"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("unanswered_questions", schema=None) as batch_op:
        batch_op.drop_index("ix_unanswered_questions_group")
        batch_op.drop_index("ix_unanswered_questions_day")
        batch_op.drop_index(batch_op.f("ix_unanswered_questions_contact_id"))

    op.drop_table("unanswered_questions")
    with op.batch_alter_table("question_groups", schema=None) as batch_op:
        batch_op.drop_index("ix_question_groups_queue")

    op.drop_table("question_groups")
