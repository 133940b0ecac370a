"""Updates that pass the night to save lives, and the first of the two approvals that they need.

Urgent updates from before stay urgent, and wait for the morning from now on. The guards are frozen
copies of what `broadcast.guards` made when this was written. The column is added and dropped in
place: to rebuild the table would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0027"
down_revision = "0026"
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
    "owner",
)
_AFTER = (*_BEFORE, "is_life_safety")
_CONTENT_GUARDS = (
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
_LOCK = "PERFORM 1 FROM updates WHERE id = NEW.update_id FOR SHARE; "
_APPEND_ONLY = "this record is append only"
_NO_REASON = "NEW.is_life_safety AND NEW.urgency IS NULL"
# Table, name, event, condition, message, lock.
_NEW_GUARDS = (
    (
        "approvals",
        "is_second_of_two",
        "INSERT",
        (
            "EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.is_life_safety)"
            " AND NOT EXISTS (SELECT 1 FROM first_approvals f WHERE f.update_id = NEW.update_id"
            " AND f.version = NEW.version AND f.content_hash = NEW.content_hash"
            " AND f.approver_id <> NEW.approver_id)"
        ),
        "what passes the night needs two approvals by two people",
        _LOCK,
    ),
    (
        "first_approvals",
        "is_of_reviewed_version",
        "INSERT",
        (
            "NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'in_review'"
            " AND u.version = NEW.version AND u.content_hash = NEW.content_hash AND u.is_life_safety"
            " AND u.author_id <> NEW.approver_id AND u.submitter_id <> NEW.approver_id)"
        ),
        "this is no version in review that needs two approvals, or they had a hand in it",
        _LOCK,
    ),
    (
        "first_approvals",
        "is_by_second_person",
        "INSERT",
        (
            "EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.update_id"
            " AND e.version <= NEW.version AND e.editor_id = NEW.approver_id)"
        ),
        "whoever wrote or edited an update does not approve it",
        "",
    ),
    ("first_approvals", "is_append_only_update", "UPDATE", "1 = 1", _APPEND_ONLY, ""),
    ("first_approvals", "is_append_only_delete", "DELETE", "1 = 1", _APPEND_ONLY, ""),
    (
        "updates",
        "life_safety_has_reason_insert",
        "INSERT",
        _NO_REASON,
        "what passes the night says why",
        "",
    ),
    (
        "updates",
        "life_safety_has_reason_update",
        "UPDATE",
        _NO_REASON,
        "what passes the night says why",
        "",
    ),
)


def upgrade() -> None:
    for name, _condition, _message in _CONTENT_GUARDS:
        _drop(name)
    op.add_column(
        "updates",
        sa.Column("is_life_safety", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _make_content_guards(_AFTER)
    op.create_table(
        "first_approvals",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("approver_id", sa.String(length=32), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approver_id"],
            ["staff_members.id"],
            name=op.f("fk_first_approvals_approver_id_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_first_approvals_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "version", name=op.f("pk_first_approvals")),
    )
    for table, name, event, condition, message, lock in _NEW_GUARDS:
        _make(table, f"{table}_{name}", event, condition, message, lock)


def downgrade() -> None:
    for table, name, *_rest in _NEW_GUARDS:
        _drop(f"{table}_{name}")
    op.drop_table("first_approvals")
    for name, _condition, _message in _CONTENT_GUARDS:
        _drop(name)
    op.drop_column("updates", "is_life_safety")
    _make_content_guards(_BEFORE)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop(name: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute(f"DROP FUNCTION {name}() CASCADE")


def _make_content_guards(columns: tuple[str, ...]) -> None:
    differs = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    each = [f"NEW.{name} {differs} OLD.{name}" for name in columns]
    each.append(f"CAST(NEW.audience AS TEXT) {differs} CAST(OLD.audience AS TEXT)")
    for name, condition, message in _CONTENT_GUARDS:
        changed = condition.format(changed=f"({' OR '.join(each)})")
        _make("updates", name, "UPDATE", changed, message, "")


def _make(table: str, name: str, event: str, condition: str, message: str, lock: str) -> None:
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
            f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
        f"IF {condition} THEN RAISE EXCEPTION '{message}'"
        f" USING ERRCODE = 'check_violation'; END IF; RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
