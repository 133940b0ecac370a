"""The table of who reads requests when. Of staff only; nobody who writes to us is told a name."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, new_id


class DutyShift(Base):
    """That somebody reads what people pass on, from one moment to another."""

    __tablename__ = "duty_shifts"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index("ix_duty_shifts_end", "ends_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
