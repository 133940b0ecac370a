"""The tables that notice who reads many people's records, and stop them (SEC-30)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models import Id, Sequence
from hub.database import Base


class PersonRead(Base):
    """That somebody of staff looked for a person or at their record. Gone with the person."""

    __tablename__ = "person_reads"
    __table_args__ = (Index("ix_person_reads_staff", "staff_id", "at"),)

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    contact_id: Mapped[str | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )  # None: they looked for somebody who is not here
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class ReadingBlock(Base):
    """A staff member who read too many records; somebody else opens the way again."""

    __tablename__ = "reading_blocks"

    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff_members.id"), primary_key=True)
    records: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
