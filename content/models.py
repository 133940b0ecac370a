"""The content's tables: topics and the versions of their answers, areas, services, the revision.

What a person may be told is a version; one that was shown is never changed, a new one is made.
Nothing here holds anything about a person who wrote to us.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from content.states import State
from hub.database import Base, new_id

Id = String(32)
Slug = String(64)
_STATES = ", ".join(f"'{state}'" for state in State)
_APPROVED = text(f"state = '{State.APPROVED}'")


class Reviewed:
    """Columns of everything that a second person must verify before anybody is told of it.

    `author` is None for what a pack brought; `hash` covers all that a reader or a rule would see.
    """

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64))
    edited_by: Mapped[list[str]] = mapped_column(JSON, default=list)
    comment: Mapped[str | None] = mapped_column(String(500))  # of the reviewer who sent it back
    verified_at: Mapped[datetime | None]
    valid_until: Mapped[date | None]
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]

    @declared_attr
    def author(self) -> Mapped[str | None]:
        return mapped_column(ForeignKey("staff_members.id"))

    @declared_attr
    def submitted_by(self) -> Mapped[str | None]:
        return mapped_column(ForeignKey("staff_members.id"))

    @declared_attr
    def verified_by(self) -> Mapped[str | None]:
        return mapped_column(ForeignKey("staff_members.id"))


def _review_rules() -> tuple[CheckConstraint, ...]:
    """PEER-10 as the database sees it, so that no code path can go round it."""
    return (
        CheckConstraint(f"state IN ({_STATES})", name="known_state"),
        CheckConstraint("verified_by <> author", name="second_person"),
        CheckConstraint("verified_by <> submitted_by", name="not_submitter"),
        CheckConstraint(
            "state <> 'approved' OR verified_by IS NOT NULL OR is_demonstration",
            name="approved_by_somebody",
        ),
    )


class ContentRevision(Base):
    """One row, raised with every change of content, so that readers know when to read again.

    `pack` is the settings of the pack imported last: the words that content may use.
    """

    __tablename__ = "content_revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    pack: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Topic(Base):
    """One thing people ask about. Safety classes are topics named `safety.<class>`."""

    __tablename__ = "topics"

    key: Mapped[str] = mapped_column(Slug, primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))  # the sub-group that verifies


class Answer(Reviewed, Base):
    """One version of what we say about a topic, in all its languages.

    `code` is made when the version is approved; people send it to learn whether a text is ours.
    """

    __tablename__ = "answers"
    __table_args__ = (
        *_review_rules(),
        Index("uq_answers_version", "topic", "version", unique=True),
        Index(
            "uq_answers_approved",
            "topic",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
        Index("ix_answers_state", "state", "topic"),
        Index("uq_answers_code", "code", unique=True),
    )

    topic: Mapped[str] = mapped_column(ForeignKey("topics.key"))
    sensitive: Mapped[bool] = mapped_column(default=False)
    handover: Mapped[bool] = mapped_column(default=False)
    need: Mapped[str | None] = mapped_column(String(32))
    related: Mapped[list[str]] = mapped_column(JSON, default=list)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    code: Mapped[str | None] = mapped_column(String(8))


class AnswerText(Base):
    """The words of an answer in one language; `title` is empty for safety answers.

    `checked_by` read exactly these words and speaks the language.
    """

    __tablename__ = "answer_texts"

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    title: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(Text)
    steps: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # by step, told on demand
    checked_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    checked_at: Mapped[datetime | None]


class AreaRow(Base):
    """A place by its code, which begins with that of the place around it (`content.area_codes`)."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    parent: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    level: Mapped[str] = mapped_column(String(16))
    population: Mapped[int] = mapped_column(default=0)  # rounded; only ranks namesakes
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_common_word: Mapped[bool] = mapped_column(default=False)


class Service(Reviewed, Base):
    """One version of one service at one location, in HSDS terms."""

    __tablename__ = "services"
    __table_args__ = (
        *_review_rules(),
        Index("uq_services_version", "key", "version", unique=True),
        Index(
            "uq_services_approved",
            "key",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
        Index("ix_services_state", "state", "area_code"),
    )

    key: Mapped[str] = mapped_column(Slug)
    owner: Mapped[str] = mapped_column(String(64))
    organisation: Mapped[str] = mapped_column(String(200))
    name: Mapped[dict[str, str]] = mapped_column(JSON)
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))  # None: the country
    address: Mapped[str | None] = mapped_column(String(200))
    needs: Mapped[list[str]] = mapped_column(JSON)
    rank: Mapped[int]
    phone: Mapped[str | None] = mapped_column(String(80))
    hours: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    cost: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    source: Mapped[dict[str, Any]] = mapped_column(JSON)
    opening: Mapped[list[str]] = mapped_column(JSON, default=list)  # as `content.opening` reads it
    serves: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    bring: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class ServiceCondition(Base):
    """What a desk says of a service for some hours; over at `until`, or when somebody ended it.

    `organisation` is whose word it is, as people are told. It holds for every version of the key.
    """

    __tablename__ = "service_conditions"
    __table_args__ = (
        CheckConstraint("condition IN ('open', 'closed', 'full', 'moved')", name="known_condition"),
        Index(
            "uq_service_conditions_standing",
            "service_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    service_key: Mapped[str] = mapped_column(Slug)
    condition: Mapped[str] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(String(120))
    set_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    set_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
