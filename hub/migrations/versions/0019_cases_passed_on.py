"""To which organisation a case was passed on, and when its person had agreed to that."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as batch:
        batch.add_column(sa.Column("organisation_id", sa.String(length=32), nullable=True))
        batch.add_column(
            sa.Column("passed_on_at", hub.database.Moment(timezone=True), nullable=True)
        )
        batch.create_foreign_key(
            op.f("fk_cases_organisation_id_organisations"),
            "organisations",
            ["organisation_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("cases") as batch:
        batch.drop_constraint(op.f("fk_cases_organisation_id_organisations"), type_="foreignkey")
        batch.drop_column("passed_on_at")
        batch.drop_column("organisation_id")
