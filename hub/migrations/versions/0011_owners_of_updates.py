"""For which sub-group an update is sent and to how many, and the templates of a day by an index.

The guards are frozen copies of what `broadcast.guards` made when this was written. Columns are added
and dropped in place: to rebuild a table would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BEFORE = (
    "version",
    "content_hash",
    "title",
    "send_at",
    "not_after",
    "urgency",
    "repeat_days",
    "repeat_until",
    "repeats_id",
    "answer_id",
)
_AFTER = (*_BEFORE, "owner")
_GUARDS = (
    (
        "updates_content_only_in_draft",
        "NEW.state <> 'draft' AND {changed}",
        "the content of an update changes only while it is a draft",
    ),
    (
        "updates_change_makes_version",
        "{changed} AND NEW.version <= OLD.version",
        "changed content is a new version",
    ),
)


def upgrade() -> None:
    _drop_guards()
    op.add_column("updates", sa.Column("owner", sa.String(length=64), nullable=True))
    op.add_column("updates", sa.Column("people", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE updates SET people ="
        " (SELECT count(*) FROM deliveries d WHERE d.update_id = updates.id)"
        " WHERE started_at IS NOT NULL"
    )
    _make_guards(_AFTER)
    op.create_index(
        "ix_deliveries_templates",
        "deliveries",
        ["claimed_at", "update_id", "address_id"],
        sqlite_where=sa.text("template_sid IS NOT NULL"),
        postgresql_where=sa.text("template_sid IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_templates", "deliveries")
    _drop_guards()
    op.drop_column("updates", "people")
    op.drop_column("updates", "owner")
    _make_guards(_BEFORE)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop_guards() -> None:
    for name, _, _ in _GUARDS:
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def _make_guards(columns: tuple[str, ...]) -> None:
    differs = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    each = [f"NEW.{name} {differs} OLD.{name}" for name in columns]
    each.append(f"CAST(NEW.audience AS TEXT) {differs} CAST(OLD.audience AS TEXT)")
    changed = f"({' OR '.join(each)})"
    for name, condition, message in _GUARDS:
        refused = condition.format(changed=changed)
        if _is_sqlite():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE ON updates"
                f" WHEN {refused} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {refused} THEN RAISE EXCEPTION '{message}'"
            " USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
