"""How many people there are of each kind, counted in the background where there are many."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "census",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("has_several", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_census")),
    )
    op.create_table(
        "census_groups",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=True),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("out", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_census_groups")),
    )


def downgrade() -> None:
    op.drop_table("census_groups")
    op.drop_table("census")
