"""Who may be sent what: quiet times of a person, urgency and repetition, templates, phones for tests.

The guards are frozen copies of what `broadcast.guards` made when this was written. Columns are added
and dropped in place: to rebuild a table would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("contacts", "quiet_until", hub.database.Moment(timezone=True)),
    ("deliveries", "template_sid", sa.String(length=64)),
    ("update_texts", "template", sa.JSON()),
    ("updates", "urgency", sa.String(length=300)),
    ("updates", "repeat_days", sa.Integer()),
    ("updates", "repeat_until", hub.database.Moment(timezone=True)),
    ("updates", "repeats_id", sa.String(length=32)),
    ("updates", "answer_id", sa.String(length=32)),
)
_BEFORE = ("version", "content_hash", "title", "send_at", "not_after")
_AFTER = (*_BEFORE, "urgency", "repeat_days", "repeat_until", "repeats_id", "answer_id")
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
    (
        "updates_end_is_final",
        (
            "OLD.state IN ('cancelled', 'expired', 'sent', 'withdrawn')"
            " AND NEW.state <> OLD.state{retried}"
        ),
        "an update that has ended stays ended",
    ),
)
_RETRIED = " AND NOT (OLD.state = 'sent' AND NEW.state = 'sending')"


def upgrade() -> None:
    _drop_guards()
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    _make_guards(_AFTER, _RETRIED)
    op.create_table(
        "trial_phones",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("confirmed_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_trial_phones_address_id_addresses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_trial_phones_staff_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("staff_id", "address_id", name=op.f("pk_trial_phones")),
    )
    op.create_table(
        "trials",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_trials_staff_id_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_trials_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "content_hash", "staff_id", name=op.f("pk_trials")),
    )


def downgrade() -> None:
    op.drop_table("trials")
    op.drop_table("trial_phones")
    _drop_guards()
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
    _make_guards(_BEFORE, "")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop_guards() -> None:
    for name, _, _ in _GUARDS:
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def _make_guards(columns: tuple[str, ...], retried: str) -> None:
    differs = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    each = [f"NEW.{name} {differs} OLD.{name}" for name in columns]
    each.append(f"CAST(NEW.audience AS TEXT) {differs} CAST(OLD.audience AS TEXT)")
    changed = f"({' OR '.join(each)})"
    for name, condition, message in _GUARDS:
        refused = condition.format(changed=changed, retried=retried)
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
