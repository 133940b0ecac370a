"""Requests about one's own data that came to a desk, and until when they are due."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_requests",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("due_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=32), nullable=False),
        sa.Column("closed_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["staff_members.id"],
            name=op.f("fk_data_requests_closed_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["staff_members.id"], name=op.f("fk_data_requests_noted_by_staff_members")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_data_requests")),
    )
    op.create_index("ix_data_requests_open", "data_requests", ["closed_at", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_data_requests_open", "data_requests")
    op.drop_table("data_requests")
