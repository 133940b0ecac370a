"""The tables of questions that the bot could not answer, of the groups of those that are alike, and
of who asked to be told when there is an answer.

Words of people are sealed by the vault under the question's own id and live as long as messages do.
`wording` and `examples` of a group are words of staff, who are told to name nobody in them.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models import Id
from hub.database import Base, new_id


class QuestionGroup(Base):
    """Questions of one language that are alike, and what staff decided about them."""

    __tablename__ = "question_groups"
    __table_args__ = (Index("ix_question_groups_queue", "state", "size", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    size: Mapped[int]  # how many people asked it, each counted once; of nobody, so it stays
    again: Mapped[int] = mapped_column(default=0)  # how many of them since it was decided
    first_on: Mapped[date]  # days in UTC
    last_on: Mapped[date]
    topic: Mapped[str | None] = mapped_column(String(64))  # that it is an example or the answer of
    owner: Mapped[str | None] = mapped_column(String(64))  # sub-group that writes the answer
    reason: Mapped[str | None] = mapped_column(String(16))  # why it was set aside
    wording: Mapped[str | None] = mapped_column(Text)
    examples: Mapped[list[str]] = mapped_column(JSON, default=list)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    exported_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(default=0)  # how many who waited were told; of nobody


class UnansweredQuestion(Base):
    """One person's question; gone with the person, and with their messages' retention.

    It has a day and no moment, so that it does not say which message of the record it was.
    """

    __tablename__ = "unanswered_questions"
    __table_args__ = (
        Index("ix_unanswered_questions_group", "group_id", "area"),
        Index("ix_unanswered_questions_day", "asked_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    group_id: Mapped[str | None] = mapped_column(
        ForeignKey("question_groups.id", ondelete="CASCADE")
    )
    language: Mapped[str] = mapped_column(String(8))
    area: Mapped[str | None] = mapped_column(String(2))  # the department, nothing finer
    reason: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))  # that was told and did not help
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_on: Mapped[date]


class AwaitState(StrEnum):
    WAITING = "waiting"  # for an answer, or for staff to tell it
    DUE = "due"  # staff said so: told as soon as it is a good moment
    ANNOUNCED = "announced"  # by a template; told when its button is tapped


class AwaitedAnswer(Base):
    """Somebody's yes to being told of an answer; gone once they were, with its day, or on a word.

    It has no words and no hour. `question_id` only until the question has a group.
    """

    __tablename__ = "awaited_answers"
    __table_args__ = (
        Index("uq_awaited_answers_group", "contact_id", "group_id", unique=True),
        Index("ix_awaited_answers_group", "group_id", "state"),
        Index("ix_awaited_answers_due", "state", "due_at"),
        Index("ix_awaited_answers_expires", "expires_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    address_id: Mapped[str] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"), index=True
    )
    question_id: Mapped[str | None] = mapped_column(Id, index=True)
    group_id: Mapped[str | None] = mapped_column(
        ForeignKey("question_groups.id", ondelete="CASCADE")
    )
    language: Mapped[str] = mapped_column(String(8))
    consent_version: Mapped[str] = mapped_column(String(16))  # of the words that were agreed to
    state: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))  # that answers it, once staff said so
    agreed_on: Mapped[date]
    expires_on: Mapped[date]  # the last day on which it is kept
    due_at: Mapped[datetime | None]  # when to look again, or when the template was written
