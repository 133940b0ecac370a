"""The table of requests about one's own data that came to a desk; names nobody."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models import Sequence
from hub.database import Base


class DataRequest(Base):
    """That somebody asked, when and for what. Whose data it is stands with whoever took it up."""

    __tablename__ = "data_requests"
    __table_args__ = (Index("ix_data_requests_open", "closed_at", "due_at"),)

    number: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    outcome: Mapped[str | None] = mapped_column(String(16))
