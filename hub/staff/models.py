"""Tables of staff, their sessions, what waits for a second person, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, new_id
from hub.guards import attach_guards
from hub.staff.act_states import ActState
from hub.staff.guards import GUARDS

Id = String(32)


class Organisation(Base):
    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    inbox: Mapped[str | None] = mapped_column(String(254))  # of the organisation, for referrals
    left_at: Mapped[datetime | None]  # from then on nobody of it signs in


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


class EnrolmentLink(Base):
    """A link with which one person opens one account, once; only the hash of its token is kept."""

    __tablename__ = "enrolment_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    made_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for a lost second factor; its row goes when it is used."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), index=True
    )


class Passkey(Base):
    """A WebAuthn credential: the public half of a key that never leaves its device."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """A challenge that a passkey answered; the key refuses its second use, also in parallel."""

    __tablename__ = "used_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime]


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


class PendingAct(Base):
    """An act of power that one person asked for and another decides (PEER-11).

    `payload` is all that the act needs, without personal data; its hash is what both have seen.
    """

    __tablename__ = "pending_acts"
    __table_args__ = (
        CheckConstraint(
            f"state IN ({', '.join(repr(state.value) for state in ActState)})", name="known_state"
        ),
        CheckConstraint(
            "state NOT IN ('done', 'refused')"
            " OR (decided_by IS NOT NULL AND decided_by <> requested_by)",
            name="second_person",
        ),
        CheckConstraint(
            "state <> 'withdrawn' OR decided_by = requested_by", name="withdrawn_by_requester"
        ),
        # Nobody asks twice for the same thing while it waits.
        Index(
            "uq_pending_acts_waiting",
            "payload_hash",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_pending_acts_list", "state", "requested_at"),
        Index("ix_pending_acts_object", "object_kind", "object_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(32))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    payload_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300))
    requested_by: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default=ActState.PENDING)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]  # when the requester took what it gave, such as a link


class AuditEntry(Base):
    """One act of one actor. `hash` chains over the previous entry, so a gap or an edit shows."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_actor", "actor", "seq"),
        Index("ix_audit_entries_action", "action", "seq"),
        Index("ix_audit_entries_object", "object_kind", "object_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))  # a staff id, or `system`, `cli`
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditCheck(Base):
    """How far the chain was followed, so that nobody has to follow it all for one page.

    `seq` and `hash` are where the pass under way stands; `whole_seq` is what the last whole pass
    found unbroken; `broken_seq` the first entry that does not follow from the one before it.
    """

    __tablename__ = "audit_checks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    whole_seq: Mapped[int]
    whole_at: Mapped[datetime | None]
    broken_seq: Mapped[int | None]
    broken_at: Mapped[datetime | None]


attach_guards(Base.metadata, GUARDS)
