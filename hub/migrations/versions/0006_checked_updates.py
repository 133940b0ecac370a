"""Who of those who speak a language read an update in it, and when.

The guards are frozen copies of what `broadcast.guards` made when this was written. SQLite rebuilds
the table and loses its triggers with it, so all three are made again.
"""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MESSAGE = "texts change only while the update is a draft"
_NOT_DRAFT = (
    "NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = {row}.update_id AND u.state = 'draft')"
)
_NOT_OPEN = (
    "NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = {row}.update_id"
    " AND u.state IN ('draft', 'in_review'))"
)
_OLD, _NEW = _NOT_DRAFT.format(row="OLD"), _NOT_DRAFT.format(row="NEW")
_WORDS_CHANGED = (
    "(NEW.update_id DIFFERS OLD.update_id OR NEW.language DIFFERS OLD.language"
    " OR NEW.text DIFFERS OLD.text OR NEW.closing DIFFERS OLD.closing"
    " OR CAST(NEW.template AS TEXT) DIFFERS CAST(OLD.template AS TEXT))"
)
_BEFORE = f"{_OLD} OR {_NEW}"
_AFTER = (
    f"{_NOT_OPEN.format(row='OLD')} OR {_NOT_OPEN.format(row='NEW')}"
    f" OR (({_BEFORE}) AND {_WORDS_CHANGED})"
)


def upgrade() -> None:
    _drop_guards()
    with op.batch_alter_table("update_texts") as batch:
        batch.add_column(sa.Column("checked_by", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("checked_at", hub.database.Moment(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_update_texts_checked_by_staff_members"),
            "staff_members",
            ["checked_by"],
            ["id"],
        )
    _make_guards(_AFTER)


def downgrade() -> None:
    _drop_guards()
    with op.batch_alter_table("update_texts") as batch:
        batch.drop_constraint(op.f("fk_update_texts_checked_by_staff_members"), type_="foreignkey")
        batch.drop_column("checked_at")
        batch.drop_column("checked_by")
    _make_guards(_BEFORE)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop_guards() -> None:
    for event in ("insert", "update", "delete"):
        name = f"update_texts_only_in_draft_{event}"
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def _make_guards(on_update: str) -> None:
    for event, row, refused, returned in (
        ("INSERT", "NEW", _NEW, "NEW"),
        ("UPDATE", "OLD", on_update, "NEW"),
        ("DELETE", "OLD", _OLD, "OLD"),
    ):
        name = f"update_texts_only_in_draft_{event.lower()}"
        if _is_sqlite():
            condition = refused.replace("DIFFERS", "IS NOT")
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON update_texts"
                f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
            continue
        condition = refused.replace("DIFFERS", "IS DISTINCT FROM")
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM 1 FROM updates WHERE id = {row}.update_id FOR SHARE;"
            f" IF {condition} THEN RAISE EXCEPTION '{_MESSAGE}'"
            f" USING ERRCODE = 'check_violation'; END IF; RETURN {returned}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON update_texts"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
