"""Opening times, whom a service is for and what to bring; and what a desk says of it for some hours.

Nothing hangs on a row of `services` yet, so that table may be rebuilt.
"""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = {"opening": "[]", "serves": "{}", "bring": "{}"}


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("services", sa.Column(name, sa.JSON(), nullable=True))
    for name, empty in _COLUMNS.items():
        op.execute(f"UPDATE services SET {name} = '{empty}'")  # noqa: S608  # our own words
    with op.batch_alter_table("services") as batch:
        for name in _COLUMNS:
            batch.alter_column(name, existing_type=sa.JSON(), nullable=False)
    op.create_table(
        "service_conditions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("service_key", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("until", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "condition IN ('open', 'closed', 'full', 'moved')",
            name=op.f("ck_service_conditions_known_condition"),
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["staff_members.id"],
            name=op.f("fk_service_conditions_ended_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["set_by"],
            ["staff_members.id"],
            name=op.f("fk_service_conditions_set_by_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_conditions")),
    )
    with op.batch_alter_table("service_conditions") as batch:
        batch.create_index(
            "uq_service_conditions_standing",
            ["service_key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("service_conditions")
    with op.batch_alter_table("services") as batch:
        for name in _COLUMNS:
            batch.drop_column(name)
