"""The tables of cases: what people asked the platform to look at, and what was said in each.

Words are sealed by the vault under the message's own id. No column holds a person's words, number
or name in the clear.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models import Id, Sequence
from hub.database import Base, new_id


class Case(Base):
    """One request for a person, rumour or complaint, kept because its person said yes to it."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue", "kind", "state", "owner"),
        Index("ix_cases_contact", "contact_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    address_id: Mapped[str] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))  # what was chosen; None: skipped
    area: Mapped[str | None] = mapped_column(String(6))  # UBIGEO code
    language: Mapped[str] = mapped_column(String(8))
    wants_reply: Mapped[bool]
    is_sensitive: Mapped[bool]
    consent_version: Mapped[str] = mapped_column(String(16))  # of the words that were agreed to
    consented_at: Mapped[datetime]
    owner: Mapped[str] = mapped_column(String(64))  # the sub-group whose queue it is in
    organisation_id: Mapped[str | None] = mapped_column(  # whose desk alone sees it; None: any
        ForeignKey("organisations.id")
    )
    passed_on_at: Mapped[datetime | None]  # to that organisation, after the person's yes
    left_by: Mapped[str | None] = mapped_column(  # the organisation that had it and left
        ForeignKey("organisations.id")
    )
    barred: Mapped[list[str]] = mapped_column(JSON, default=list)  # organisations it is about
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(32))
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    held_until: Mapped[datetime | None]  # till then the bot is silent and a person answers
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseMessage(Base):
    """Words in a case: what the person said, what somebody answered, or a note among staff."""

    __tablename__ = "case_messages"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class Rating(Base):
    """How often an answer helped and did not, a day: of nobody, only how many."""

    __tablename__ = "ratings"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # ISO date in UTC
    helped: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int]
