"""What several workers share: token buckets, leases, and on PostgreSQL the tables of the job engine.

Procrastinate's tables stand in a schema of their own, made by the numbered scripts that it brings,
up to the last one of its release 3.10. Those never change; a later release's scripts are for a
later migration.
"""

from importlib import resources

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LAST_SCRIPT = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def upgrade() -> None:
    op.create_table(
        "rate_buckets",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("empty_at", sa.Float(precision=53), nullable=False),
        sa.Column("frozen_until", sa.Float(precision=53), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_rate_buckets")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("until", hub.database.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        path = connection.exec_driver_sql("SHOW search_path").scalar_one()
        op.execute("CREATE SCHEMA procrastinate")
        op.execute("SET LOCAL search_path TO procrastinate")
        for script in _read_scripts():
            # The driver itself: a script holds many statements, and per cents that are no places.
            cursor = connection.connection.cursor()
            cursor.execute(script)
            cursor.close()
        op.execute(f"SET LOCAL search_path TO {path}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA procrastinate CASCADE")
    op.drop_table("leases")
    op.drop_table("rate_buckets")


def _read_scripts() -> list[str]:
    folder = resources.files("procrastinate.sql") / "migrations"
    files = {each.name: each for each in folder.iterdir() if each.name.endswith(".sql")}
    if _LAST_SCRIPT not in files:
        raise RuntimeError(f"procrastinate brings no {_LAST_SCRIPT}")
    return [files[name].read_text("utf8") for name in sorted(files) if name <= _LAST_SCRIPT]
