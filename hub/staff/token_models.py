"""The table of tokens with which programs of partner organisations use the API."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, new_id
from hub.staff.models import Id


class ApiToken(Base):
    """One program's way in. `account_id` names it wherever an author or an actor is named.

    `prefix` and `secret_hash` are empty until the secret was made, which is shown once.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("approved_by <> requested_by", name="second_person"),
        CheckConstraint("(prefix IS NULL) = (secret_hash IS NULL)", name="whole_secret"),
        Index("uq_api_tokens_prefix", "prefix", unique=True),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    prefix: Mapped[str | None] = mapped_column(String(16))
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    requested_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    approved_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
