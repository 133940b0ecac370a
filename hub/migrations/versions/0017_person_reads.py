"""Whose records staff read, and who was stopped for reading too many."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "person_reads",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_person_reads_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_person_reads_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_person_reads")),
    )
    with op.batch_alter_table("person_reads", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_reads_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index("ix_person_reads_staff", ["staff_id", "at"], unique=False)

    op.create_table(
        "reading_blocks",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_reading_blocks_staff_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_reading_blocks")),
    )


def downgrade() -> None:

    op.drop_table("reading_blocks")
    with op.batch_alter_table("person_reads", schema=None) as batch_op:
        batch_op.drop_index("ix_person_reads_staff")
        batch_op.drop_index(batch_op.f("ix_person_reads_contact_id"))

    op.drop_table("person_reads")
