"""Test contacts of members of staff, in the place of phones whose contact was no contact."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "test_contacts",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("used_at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_test_contacts_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_test_contacts_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_test_contacts")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_test_contacts_contact_id")),
    )
    op.drop_table("staff_phones")


def downgrade() -> None:
    op.create_table(
        "staff_phones",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_staff_phones_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_phones")),
    )
    op.drop_table("test_contacts")
