"""For how many people updates were approved on which day, and the caps that approvals keep to.

The guards are frozen copies of what `broadcast.guards` made when this was written. Columns are added
and dropped in place: to rebuild a table would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_USED = (
    "(SELECT COALESCE(SUM(a.people), 0) FROM approvals a JOIN updates v ON v.id = a.update_id"
    " WHERE a.version = v.version AND v.urgency IS NULL AND a.day > NEW.day - {days}"
    " AND ((c.kind = 'group' AND COALESCE(v.owner, '') = c.name)"
    " OR (c.kind = 'approver' AND a.approver_id = NEW.approver_id)))"
)
_LIMIT = "c.{column} + CASE WHEN c.extra_until >= NEW.day THEN c.extra ELSE 0 END"
_PASSES_CAP = (
    "NEW.people > 0 AND EXISTS (SELECT 1 FROM sending_caps c"  # noqa: S608 - our words only
    " JOIN updates u ON u.id = NEW.update_id WHERE u.urgency IS NULL"
    " AND (c.kind = 'approver' OR (c.kind = 'group' AND c.name = COALESCE(u.owner, '')))"
    f" AND (NEW.people + {_USED.format(days=1)} > {_LIMIT.format(column='per_day')}"
    f" OR NEW.people + {_USED.format(days=7)} > {_LIMIT.format(column='per_week')}))"
)
_GUARDS = (
    (
        "approvals_counts_people",
        "NEW.people IS NULL OR NEW.people < 0 OR NEW.day IS NULL",
        "an approval says for how many people it is, and on which day",
    ),
    (
        "approvals_keeps_to_caps",
        _PASSES_CAP,
        "more people than may be written to in a day or a week",
    ),
)


def upgrade() -> None:
    op.create_table(
        "sending_caps",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("per_week", sa.Integer(), nullable=True),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("extra_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_sending_caps")),
    )
    op.add_column("approvals", sa.Column("people", sa.Integer(), nullable=True))
    op.add_column("approvals", sa.Column("day", sa.Integer(), nullable=True))
    for name, condition, message in _GUARDS:
        if _is_sqlite():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT ON approvals"
                f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{message}'"
            f" USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON approvals"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    for name, _condition, _message in _GUARDS:
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.drop_column("approvals", "day")
    op.drop_column("approvals", "people")
    op.drop_table("sending_caps")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
