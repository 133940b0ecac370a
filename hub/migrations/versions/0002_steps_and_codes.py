"""Steps after an answer, who checked each language, and the code of every version ever approved.

The code's derivation is a frozen copy of `content.codes` as it was when this was written. Columns of
`answers` are added and dropped in place: to rebuild that table would delete the texts that hang on
it.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

import hub.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_DIGITS = frozenset("23456789")
_LENGTH = 6


def upgrade() -> None:
    op.add_column("answers", sa.Column("code", sa.String(length=8), nullable=True))
    _write_codes()
    op.create_index("uq_answers_code", "answers", ["code"], unique=True)
    with op.batch_alter_table("answer_texts") as batch:
        batch.add_column(sa.Column("steps", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("checked_by", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("checked_at", hub.database.Moment(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_answer_texts_checked_by_staff_members"),
            "staff_members",
            ["checked_by"],
            ["id"],
        )
    op.execute("UPDATE answer_texts SET steps = '{}'")
    with op.batch_alter_table("answer_texts") as batch:
        batch.alter_column("steps", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("answer_texts") as batch:
        batch.drop_constraint(op.f("fk_answer_texts_checked_by_staff_members"), type_="foreignkey")
        batch.drop_column("checked_at")
        batch.drop_column("checked_by")
        batch.drop_column("steps")
    op.drop_index("uq_answers_code", table_name="answers")
    op.drop_column("answers", "code")


def _write_codes() -> None:
    answers = sa.table(
        "answers",
        *(sa.column(name) for name in ("id", "topic", "version", "hash", "code", "verified_at")),
    )
    query = (
        sa.select(answers.c.id, answers.c.topic, answers.c.version, answers.c.hash)
        .where(answers.c.verified_at.is_not(None))
        .order_by(answers.c.topic, answers.c.version)
    )
    taken: set[str] = set()
    for answer_id, topic, version, digest in op.get_bind().execute(query).all():
        code = _code_for(topic, version, digest, taken)
        taken.add(code)
        op.execute(answers.update().where(answers.c.id == answer_id).values(code=code))


def _code_for(topic: str, version: int, digest: str, taken: set[str]) -> str:
    number = 0
    while True:
        spelled = f"{topic}\n{version}\n{digest}\n{number}".encode()
        value = int.from_bytes(hashlib.sha256(spelled).digest(), "big")
        letters = []
        for _ in range(_LENGTH):
            value, place = divmod(value, len(_ALPHABET))
            letters.append(_ALPHABET[place])
        code = "".join(letters)
        if code not in taken and set(code) & _DIGITS and set(code) - _DIGITS:
            return code
        number += 1
