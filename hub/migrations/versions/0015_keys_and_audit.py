"""Links, recovery codes and passkeys of staff; how far the audit was followed, and that it stays.

The guards are frozen copies of what `hub.staff.guards` made when this was written.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_GUARDS = Path(__file__).with_suffix("")
_SEPARATOR = "\n-- next\n"


def _guards() -> list[str]:
    dialect = op.get_bind().dialect.name
    return (_GUARDS / f"{dialect}.sql").read_text(encoding="utf8").split(_SEPARATOR)


def upgrade() -> None:
    op.create_table(
        "audit_checks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("whole_seq", sa.Integer(), nullable=False),
        sa.Column("whole_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("broken_seq", sa.Integer(), nullable=True),
        sa.Column("broken_at", hub.database.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checks")),
    )
    op.create_table(
        "used_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", hub.database.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_used_challenges")),
    )
    op.create_table(
        "enrolment_links",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("used_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff_members.id"], name=op.f("fk_enrolment_links_made_by_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_enrolment_links_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_enrolment_links")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_passkeys_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_staff_id"), "passkeys", ["staff_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_recovery_codes_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index(
        op.f("ix_recovery_codes_staff_id"), "recovery_codes", ["staff_id"], unique=False
    )

    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "seq"], unique=False)
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor", "seq"], unique=False)
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)
    op.create_index(
        "ix_audit_entries_object",
        "audit_entries",
        ["object_kind", "object_id", "seq"],
        unique=False,
    )

    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    for statement in _guards():
        kind, name = statement.split()[1:3]
        if kind == "FUNCTION":
            op.execute(f"DROP FUNCTION {name} CASCADE")
        elif op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_audit_entries_object", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_index("ix_audit_entries_actor", table_name="audit_entries")
    op.drop_index("ix_audit_entries_action", table_name="audit_entries")

    op.drop_index(op.f("ix_recovery_codes_staff_id"), table_name="recovery_codes")

    op.drop_table("recovery_codes")
    op.drop_index(op.f("ix_passkeys_staff_id"), table_name="passkeys")

    op.drop_table("passkeys")
    op.drop_table("enrolment_links")
    op.drop_table("used_challenges")
    op.drop_table("audit_checks")
