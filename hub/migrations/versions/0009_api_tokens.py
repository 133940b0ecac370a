"""Tokens with which programs of partner organisations use the API."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", hub.database.Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", hub.database.Moment(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "(prefix IS NULL) = (secret_hash IS NULL)", name=op.f("ck_api_tokens_whole_secret")
        ),
        sa.CheckConstraint("approved_by <> requested_by", name=op.f("ck_api_tokens_second_person")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_members.id"],
            name=op.f("fk_api_tokens_account_id_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["staff_members.id"],
            name=op.f("fk_api_tokens_approved_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_api_tokens_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["staff_members.id"],
            name=op.f("fk_api_tokens_requested_by_staff_members"),
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"],
            ["staff_members.id"],
            name=op.f("fk_api_tokens_revoked_by_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("account_id", name=op.f("uq_api_tokens_account_id")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index("uq_api_tokens_prefix", ["prefix"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index("uq_api_tokens_prefix")

    op.drop_table("api_tokens")
