"""Tables of staff, their sessions and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, new_id

Id = String(32)


class Organisation(Base):
    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)


class StaffMember(Base):
    """Somebody who signs in. `roles` are names of `hub.staff.roles.Role`."""

    __tablename__ = "staff_members"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    sub_groups: Mapped[list[str]] = mapped_column(JSON, default=list)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(String(8), default="es")
    password_hash: Mapped[str] = mapped_column(String(255))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class UsedCode(Base):
    """A one-time code that was accepted; the key refuses its second use, also in parallel."""

    __tablename__ = "used_codes"

    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class SignInDelay(Base):
    """Failed attempts of one client at one user name, known or not, under a keyed hash of both."""

    __tablename__ = "sign_in_delays"

    index: Mapped[bytes] = mapped_column("attempt_index", LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    wait_until: Mapped[datetime]


class StaffSession(Base):
    """One signed-in browser, found by the hash of its cookie. `id` names it in lists and forms."""

    __tablename__ = "staff_sessions"

    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]  # of the last full sign-in, for acts that want a fresh one


class UsedForm(Base):
    """A form that was acted upon, so that a double click or a retry acts once (PEER-20)."""

    __tablename__ = "used_forms"

    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    route: Mapped[str] = mapped_column(String(160), primary_key=True)
    form_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    location: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]


class AuditEntry(Base):
    """One act of one actor. `hash` chains over the previous entry, so a gap or an edit shows."""

    __tablename__ = "audit_entries"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))  # a staff id, or `system`, `cli`
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
