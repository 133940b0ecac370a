"""Acts of power that wait for a second person.

The guards are frozen copies of what `hub.staff.guards` made when this was written.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_GUARDS = Path(__file__).with_suffix("")
_SEPARATOR = "\n-- next\n"
_WAITS = sa.text("state = 'pending'")


def _guards() -> list[str]:
    dialect = op.get_bind().dialect.name
    return (_GUARDS / f"{dialect}.sql").read_text(encoding="utf8").split(_SEPARATOR)


def upgrade() -> None:
    op.create_table(
        "pending_acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("requested_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("collected_at", hub.database.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = requested_by",
            name=op.f("ck_pending_acts_withdrawn_by_requester"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'refused', 'withdrawn', 'expired')",
            name=op.f("ck_pending_acts_known_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('done', 'refused') OR (decided_by IS NOT NULL AND decided_by <> requested_by)",
            name=op.f("ck_pending_acts_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff_members.id"],
            name=op.f("fk_pending_acts_decided_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff_members.id"],
            name=op.f("fk_pending_acts_requested_by_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_acts")),
    )
    op.create_index("ix_pending_acts_list", "pending_acts", ["state", "requested_at"])
    op.create_index("ix_pending_acts_object", "pending_acts", ["object_kind", "object_id"])
    op.create_index(
        "uq_pending_acts_waiting",
        "pending_acts",
        ["payload_hash"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("pending_acts")
    if op.get_bind().dialect.name == "postgresql":
        for statement in _guards():
            if statement.startswith("CREATE FUNCTION"):
                op.execute(f"DROP FUNCTION {statement.split()[2]}")
