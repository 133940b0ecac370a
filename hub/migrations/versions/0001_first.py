"""The first schema: staff, content, contacts, messages, updates, and the guards of approval.

The guards are frozen copies of what `broadcast.guards` made when this was written.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_GUARDS = Path(__file__).parent / "0001_first"
_SEPARATOR = "\n-- next\n"


def _guards() -> list[str]:
    dialect = op.get_bind().dialect.name
    return (_GUARDS / f"{dialect}.sql").read_text(encoding="utf8").split(_SEPARATOR)


def _guard_functions() -> list[str]:
    """Names of the functions that PostgreSQL keeps when their tables go."""
    return [
        statement.split()[2] for statement in _guards() if statement.startswith("CREATE FUNCTION")
    ]


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent", sa.String(length=6), nullable=True),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("is_common_word", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["areas.code"], name=op.f("fk_areas_parent_areas")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("language_is_chosen", sa.Boolean(), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=True),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("noticed_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("erase_after", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("last_seen_at", hub.database.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "content_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pack", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_revision")),
    )
    op.create_table(
        "inbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("due_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("lease_until", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", hub.database.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("id", name=op.f("uq_inbox_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_open", ["state", "person_index", "seq"], unique=False)
        batch_op.create_index("uq_inbox_message", ["channel", "message_id"], unique=True)
        batch_op.create_index(
            "uq_inbox_processing",
            ["person_index"],
            unique=True,
            sqlite_where=sa.text("state = 'processing'"),
            postgresql_where=sa.text("state = 'processing'"),
        )

    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.create_table(
        "sign_in_delays",
        sa.Column("attempt_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("wait_until", hub.database.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_index", name=op.f("pk_sign_in_delays")),
    )
    op.create_table(
        "suppressions",
        sa.Column("suppression_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("suppression_index", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "topics",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_topics")),
    )
    op.create_table(
        "addresses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opted_in_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("blocked_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("last_inbound_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_addresses_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("address_index", name=op.f("uq_addresses_address_index")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("tracker_id", sa.String(length=32), nullable=False),
        sa.Column("state_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_conversations_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_conversations")),
    )
    op.create_table(
        "staff_members",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("sub_groups", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("disabled_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_staff_members_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_members")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_members_username")),
    )
    op.create_table(
        "answers",
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("handover", sa.Boolean(), nullable=False),
        sa.Column("need", sa.String(length=32), nullable=True),
        sa.Column("related", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("edited_by", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=True),
        sa.Column("verified_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("changed_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=True),
        sa.Column("submitted_by", sa.String(length=32), nullable=True),
        sa.Column("verified_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state <> 'approved' OR verified_by IS NOT NULL OR is_demonstration",
            name=op.f("ck_answers_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'expired', 'withdrawn')",
            name=op.f("ck_answers_known_state"),
        ),
        sa.CheckConstraint("verified_by <> author", name=op.f("ck_answers_second_person")),
        sa.CheckConstraint("verified_by <> submitted_by", name=op.f("ck_answers_not_submitter")),
        sa.ForeignKeyConstraint(
            ["author"], ["staff_members.id"], name=op.f("fk_answers_author_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["staff_members.id"],
            name=op.f("fk_answers_submitted_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(["topic"], ["topics.key"], name=op.f("fk_answers_topic_topics")),
        sa.ForeignKeyConstraint(
            ["verified_by"], ["staff_members.id"], name=op.f("fk_answers_verified_by_staff_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index("ix_answers_state", ["state", "topic"], unique=False)
        batch_op.create_index(
            "uq_answers_approved",
            ["topic"],
            unique=True,
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.create_index("uq_answers_version", ["topic", "version"], unique=True)

    op.create_table(
        "consent_events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("text_version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_consent_events_address_id_addresses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_consent_events_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consent_events")),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_events_contact_id"), ["contact_id"], unique=False
        )

    op.create_table(
        "outbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("inbound_id", sa.String(length=32), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("message_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("repeat_in_doubt", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("due_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("claimed_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("lease_until", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("settled_at", hub.database.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_outbox_address_id_addresses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_outbox_contact_id_contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_contact", ["contact_id", "seq"], unique=False)
        batch_op.create_index("ix_outbox_due", ["state", "channel", "due_at"], unique=False)
        batch_op.create_index("ix_outbox_provider", ["provider_id"], unique=False)
        batch_op.create_index("uq_outbox_part", ["inbound_id", "part"], unique=True)

    op.create_table(
        "services",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("area_code", sa.String(length=6), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=80), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("cost", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("edited_by", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=True),
        sa.Column("verified_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("changed_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=True),
        sa.Column("submitted_by", sa.String(length=32), nullable=True),
        sa.Column("verified_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state <> 'approved' OR verified_by IS NOT NULL OR is_demonstration",
            name=op.f("ck_services_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'expired', 'withdrawn')",
            name=op.f("ck_services_known_state"),
        ),
        sa.CheckConstraint("verified_by <> author", name=op.f("ck_services_second_person")),
        sa.CheckConstraint("verified_by <> submitted_by", name=op.f("ck_services_not_submitter")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_services_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["author"], ["staff_members.id"], name=op.f("fk_services_author_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["staff_members.id"],
            name=op.f("fk_services_submitted_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["verified_by"],
            ["staff_members.id"],
            name=op.f("fk_services_verified_by_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index("ix_services_state", ["state", "area_code"], unique=False)
        batch_op.create_index(
            "uq_services_approved",
            ["key"],
            unique=True,
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.create_index("uq_services_version", ["key", "version"], unique=True)

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("last_seen_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("authenticated_at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_staff_sessions_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_sessions_id")),
    )
    op.create_table(
        "updates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("send_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("not_after", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("submitter_id", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.String(length=500), nullable=True),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("changed_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("starts_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("started_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", hub.database.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'scheduled', 'sending', 'paused', 'sent', 'cancelled', 'expired', 'withdrawn')",
            name=op.f("ck_updates_known_state"),
        ),
        sa.CheckConstraint(
            "send_at IS NULL OR send_at < not_after", name=op.f("ck_updates_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_members.id"], name=op.f("fk_updates_author_id_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["submitter_id"],
            ["staff_members.id"],
            name=op.f("fk_updates_submitter_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_updates")),
    )
    with op.batch_alter_table("updates", schema=None) as batch_op:
        batch_op.create_index("ix_updates_state", ["state", "changed_at"], unique=False)

    op.create_table(
        "used_codes",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_used_codes_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", "step", name=op.f("pk_used_codes")),
    )
    op.create_table(
        "used_forms",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=160), nullable=False),
        sa.Column("form_id", sa.String(length=32), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_members.id"],
            name=op.f("fk_used_forms_staff_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", "route", "form_id", name=op.f("pk_used_forms")),
    )
    op.create_table(
        "answer_texts",
        sa.Column("answer_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answers.id"],
            name=op.f("fk_answer_texts_answer_id_answers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", "language", name=op.f("pk_answer_texts")),
    )
    op.create_table(
        "approvals",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("approver_id", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("submitter_id", sa.String(length=32), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_approvals_not_author")),
        sa.CheckConstraint("approver_id <> submitter_id", name=op.f("ck_approvals_not_submitter")),
        sa.ForeignKeyConstraint(
            ["approver_id"],
            ["staff_members.id"],
            name=op.f("fk_approvals_approver_id_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_members.id"], name=op.f("fk_approvals_author_id_staff_members")
        ),
        sa.ForeignKeyConstraint(
            ["submitter_id"],
            ["staff_members.id"],
            name=op.f("fk_approvals_submitter_id_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_approvals_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "version", name=op.f("pk_approvals")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=True),
        sa.Column("address_id", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.String(length=16), nullable=True),
        sa.Column("due_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("claimed_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("lease_until", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("settled_at", hub.database.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'in_doubt', 'accepted', 'sent', 'delivered', 'read', 'failed', 'cancelled')",
            name=op.f("ck_deliveries_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_deliveries_address_id_addresses"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_deliveries_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_deliveries_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("update_id", "contact_id", name="uq_deliveries_person"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_address", ["address_id"], unique=False)
        batch_op.create_index("ix_deliveries_contact", ["contact_id"], unique=False)
        batch_op.create_index("ix_deliveries_due", ["state", "channel", "due_at"], unique=False)
        batch_op.create_index("ix_deliveries_figures", ["update_id", "state"], unique=False)
        batch_op.create_index("ix_deliveries_provider", ["provider_id"], unique=False)

    op.create_table(
        "update_edits",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("editor_id", sa.String(length=32), nullable=False),
        sa.Column("at", hub.database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["editor_id"],
            ["staff_members.id"],
            name=op.f("fk_update_edits_editor_id_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_update_edits_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "version", name=op.f("pk_update_edits")),
    )
    op.create_table(
        "update_texts",
        sa.Column("update_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("closing", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["updates.id"], name=op.f("fk_update_texts_update_id_updates")
        ),
        sa.PrimaryKeyConstraint("update_id", "language", name=op.f("pk_update_texts")),
    )
    for statement in _guards():
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("update_texts")
    op.drop_table("update_edits")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_provider")
        batch_op.drop_index("ix_deliveries_figures")
        batch_op.drop_index("ix_deliveries_due")
        batch_op.drop_index("ix_deliveries_contact")
        batch_op.drop_index("ix_deliveries_address")

    op.drop_table("deliveries")
    op.drop_table("approvals")
    op.drop_table("answer_texts")
    op.drop_table("used_forms")
    op.drop_table("used_codes")
    with op.batch_alter_table("updates", schema=None) as batch_op:
        batch_op.drop_index("ix_updates_state")

    op.drop_table("updates")
    op.drop_table("staff_sessions")
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.drop_index("uq_services_version")
        batch_op.drop_index(
            "uq_services_approved",
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.drop_index("ix_services_state")

    op.drop_table("services")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("uq_outbox_part")
        batch_op.drop_index("ix_outbox_provider")
        batch_op.drop_index("ix_outbox_due")
        batch_op.drop_index("ix_outbox_contact")

    op.drop_table("outbox")
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_events_contact_id"))

    op.drop_table("consent_events")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("uq_answers_version")
        batch_op.drop_index(
            "uq_answers_approved",
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.drop_index("ix_answers_state")

    op.drop_table("answers")
    op.drop_table("staff_members")
    op.drop_table("conversations")
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addresses_contact_id"))

    op.drop_table("addresses")
    op.drop_table("topics")
    op.drop_table("suppressions")
    op.drop_table("sign_in_delays")
    op.drop_table("organisations")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_inbox_processing",
            sqlite_where=sa.text("state = 'processing'"),
            postgresql_where=sa.text("state = 'processing'"),
        )
        batch_op.drop_index("uq_inbox_message")
        batch_op.drop_index("ix_inbox_open")

    op.drop_table("inbox")
    op.drop_table("content_revision")
    op.drop_table("contacts")
    op.drop_table("audit_entries")
    op.drop_table("areas")
    for function in _guard_functions():
        op.get_bind().exec_driver_sql(f"DROP FUNCTION {function}")
