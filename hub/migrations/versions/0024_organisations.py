"""Where organisations take referrals, when one left, and which cases it left behind."""

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organisations") as batch:
        batch.add_column(sa.Column("inbox", sa.String(length=254), nullable=True))
        batch.add_column(sa.Column("left_at", hub.database.Moment(timezone=True), nullable=True))
    with op.batch_alter_table("cases") as batch:
        batch.add_column(sa.Column("left_by", sa.String(length=32), nullable=True))
        batch.create_foreign_key(
            op.f("fk_cases_left_by_organisations"), "organisations", ["left_by"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("cases") as batch:
        batch.drop_constraint(op.f("fk_cases_left_by_organisations"), type_="foreignkey")
        batch.drop_column("left_by")
    with op.batch_alter_table("organisations") as batch:
        batch.drop_column("left_at")
        batch.drop_column("inbox")
