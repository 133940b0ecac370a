"""Who of the staff reads requests when."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_shifts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=32), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_duty_shifts_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["staff_members.id"], name=op.f("fk_duty_shifts_noted_by_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_duty_shifts_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shifts")),
    )
    op.create_index("ix_duty_shifts_end", "duty_shifts", ["ends_at"])
    op.create_index(op.f("ix_duty_shifts_staff_id"), "duty_shifts", ["staff_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_duty_shifts_staff_id"), "duty_shifts")
    op.drop_index("ix_duty_shifts_end", "duty_shifts")
    op.drop_table("duty_shifts")
