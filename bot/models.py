"""The bot's tables: contacts and their addresses, consent, inbox, conversations, outbox.

Addresses and texts are sealed by the vault with table, column and row id; look-ups go through blind
indexes, one purpose each. No column here holds a person's data in the clear.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import SendState
from hub.database import Base, new_id

# SQLite numbers rows only in a column that is exactly INTEGER PRIMARY KEY.
Sequence = BigInteger().with_variant(Integer, "sqlite")
Id = String(32)
_IS_APART = "erase_after IS NOT NULL OR quiet_until IS NOT NULL OR time_zone IS NOT NULL"


class Contact(Base):
    """A person who wrote to us, under an opaque id."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            "ix_contacts_time_zone",
            "time_zone",
            sqlite_where=text("time_zone IS NOT NULL"),
            postgresql_where=text("time_zone IS NOT NULL"),
        ),
        Index(  # whom an update may have to wait for or to leave out: see `broadcast.eligibility`
            "ix_contacts_apart",
            "id",
            unique=True,
            sqlite_where=text(_IS_APART),
            postgresql_where=text(_IS_APART),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    language: Mapped[str | None] = mapped_column(String(8))
    language_is_chosen: Mapped[bool] = mapped_column(default=False)
    area: Mapped[str | None] = mapped_column(
        String(6)
    )  # UBIGEO code, as coarse as the person gave it
    interests: Mapped[list[str]] = mapped_column(
        JSON, default=list
    )  # owner sub-groups; [] means all
    # IANA name of the zone that the person chose; None: the deployment's. Never inferred.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    noticed_at: Mapped[datetime | None]
    erase_after: Mapped[datetime | None]  # the person asked to be erased; a job does it then
    quiet_until: Mapped[datetime | None]  # no updates before; never says why, and is forgotten then
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Address(Base):
    """Where a contact can be reached on one channel."""

    __tablename__ = "addresses"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str] = mapped_column(String(32))
    index: Mapped[bytes] = mapped_column("address_index", LargeBinary(32), unique=True)
    sealed: Mapped[bytes] = mapped_column("address_sealed", LargeBinary)
    opted_in_at: Mapped[datetime | None]  # updates are sent only while this is set
    blocked_at: Mapped[datetime | None]
    last_inbound_at: Mapped[datetime | None]


class ConsentEvent(Base):
    """One opt in or opt out, as proof: append only (HUM-06)."""

    __tablename__ = "consent_events"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    address_id: Mapped[str] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(16))  # opt_in, opt_out, blocked
    text_version: Mapped[str] = mapped_column(String(16))  # of the words that the person agreed to
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]


class Suppression(Base):
    """An opt-out that outlives erasure, as a keyed hash of its own purpose only (HUM-08)."""

    __tablename__ = "suppressions"

    index: Mapped[bytes] = mapped_column("suppression_index", LargeBinary(32), primary_key=True)
    at: Mapped[datetime]


class InboxRow(Base):
    """One inbound message, stored before it is acknowledged.

    After the retention period the payload goes, the row stays: a replay stays a repetition.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("uq_inbox_message", "channel", "message_id", unique=True),
        # One message of a person at a time, also with several workers.
        Index(
            "uq_inbox_processing",
            "person_index",
            unique=True,
            sqlite_where=text("state = 'processing'"),
            postgresql_where=text("state = 'processing'"),
        ),
        Index("ix_inbox_open", "state", "person_index", "seq"),
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(128))
    person_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Conversation(Base):
    """What the bot must remember between two messages of a contact; sealed, with a short life."""

    __tablename__ = "conversations"

    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    tracker_id: Mapped[str] = mapped_column(Id, default=new_id)  # the name that Rasa knows
    state_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


class OutboxRow(Base):
    """One reply, written in the same transaction as the end of the message that it answers."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_part", "inbound_id", "part", unique=True),
        Index("ix_outbox_state", "state", "channel", "seq"),  # replies leave in this order
        Index("ix_outbox_contact", "contact_id", "seq"),
        Index(
            "ix_outbox_provider",
            "provider_id",
            sqlite_where=text("provider_id IS NOT NULL"),
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    address_id: Mapped[str] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    inbound_id: Mapped[str | None] = mapped_column(Id)
    part: Mapped[int] = mapped_column(default=0)
    message_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_in_doubt: Mapped[bool] = mapped_column(default=False)  # safety answers: better twice
    content: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list
    )  # topic and version told
    state: Mapped[str] = mapped_column(String(16), default=SendState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[str | None] = mapped_column(String(64))
    error_code: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class RateBucket(Base):
    """How much may be sent on a channel, for all processes together (`bot.shared_rates`)."""

    __tablename__ = "rate_buckets"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Seconds since 1970. The bucket fills from here on; a moment to come means that it owes.
    empty_at: Mapped[float] = mapped_column(Float(53))
    frozen_until: Mapped[float] = mapped_column(Float(53))
    granted: Mapped[int]  # by the last change: an UPDATE returns only what it has written


class Lease(Base):
    """What one process at a time may do, and which one does it (`bot.leases`)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(Id)
    until: Mapped[datetime]
