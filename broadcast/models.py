"""Tables of updates, their texts and editors, approvals and deliveries.

Texts of updates are the platform's own words and lie open; addresses stay sealed in the bot's
tables. The two-person rule lives in the database too: see `broadcast.guards`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import SendState
from broadcast.guards import GUARDS
from broadcast.states import State
from hub.database import Base, new_id
from hub.guards import attach_guards

Id = String(32)
Hash = String(64)


def _one_of(column: str, values: type[State] | type[SendState]) -> str:
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({quoted})"


class Update(Base):
    """One update as it stands. `version` counts its edits; `content_hash` is of that version."""

    __tablename__ = "updates"
    __table_args__ = (
        CheckConstraint(_one_of("state", State), name="known_state"),
        CheckConstraint("send_at IS NULL OR send_at < not_after", name="ends_after_start"),
        Index("ix_updates_state", "state", "changed_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(16), default=State.DRAFT)
    title: Mapped[str] = mapped_column(String(120))  # for staff only, never sent
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    send_at: Mapped[datetime | None]  # None: as soon as it is approved
    not_after: Mapped[datetime]
    urgency: Mapped[str | None] = mapped_column(String(300))  # why it cannot wait; None: it can
    # It passes the night, with two approvals; `urgency` says why. See `broadcast.priority`.
    is_life_safety: Mapped[bool] = mapped_column(default=False, server_default=false())
    repeat_days: Mapped[int | None]  # the days between two sendings; None: it is sent once
    repeat_until: Mapped[datetime | None]
    repeats_id: Mapped[str | None] = mapped_column(Id)  # the approved update that this one repeats
    owner: Mapped[str | None] = mapped_column(String(64))  # the sub-group that it is sent for
    answer_id: Mapped[str | None] = mapped_column(Id)  # the verified answer that it was taken from
    version: Mapped[int] = mapped_column(default=1)
    content_hash: Mapped[str] = mapped_column(Hash)
    author_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    submitter_id: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    comment: Mapped[str | None] = mapped_column(String(500))  # of the approver who sent it back
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]  # end of the undo pause
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    people: Mapped[int | None]  # how many its audience held when sending started


class UpdateText(Base):
    """What is sent in one language: `text`, an empty line, and `closing` on how to stop.

    `checked_by` speaks the language and read exactly these words; see `broadcast.checking`.
    """

    __tablename__ = "update_texts"

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    closing: Mapped[str] = mapped_column(String(200))
    template: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # see `broadcast.templates`
    checked_by: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    checked_at: Mapped[datetime | None]

    @hybrid_property
    def as_sent(self) -> str:
        return self.text + "\n\n" + self.closing


class UpdateEdit(Base):
    """Who wrote a version. Each version builds on those before it, so all their editors count."""

    __tablename__ = "update_edits"

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    editor_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    at: Mapped[datetime]


class Approval(Base):
    """A second person's word for exactly one version."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("approver_id <> author_id", name="not_author"),
        CheckConstraint("approver_id <> submitter_id", name="not_submitter"),
    )

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_hash: Mapped[str] = mapped_column(Hash)
    approver_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    author_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    submitter_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    at: Mapped[datetime]
    people: Mapped[int | None]  # that `broadcast.caps` counts; None before caps were kept
    day: Mapped[int | None]  # the local day, as `date.toordinal` numbers it
    untried: Mapped[str | None] = mapped_column(String(300))  # why nobody had it on a phone before


class FirstApproval(Base):
    """The first of the two words that an update to save lives needs; the second is its `Approval`,
    so that every released version has exactly one of those."""

    __tablename__ = "first_approvals"

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_hash: Mapped[str] = mapped_column(Hash)
    approver_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"))
    at: Mapped[datetime]
    untried: Mapped[str | None] = mapped_column(String(300))


class SendingCap(Base):
    """A cap as it was in force with the last approval, and what two people gave on top of it."""

    __tablename__ = "sending_caps"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)  # of a sub-group, or empty
    per_day: Mapped[int | None]
    per_week: Mapped[int | None]
    extra: Mapped[int] = mapped_column(default=0)
    extra_until: Mapped[int | None]  # the last day of it, numbered like `Approval.day`


class Delivery(Base):
    """One person's copy of an update.

    Erasing a person empties the two links and keeps the row, so that the figures stay true.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("update_id", "contact_id", name="uq_deliveries_person"),
        CheckConstraint(_one_of("state", SendState), name="known_state"),
        Index(  # of one update, whatever waits of others: see `broadcast.claiming`
            "ix_deliveries_waiting",
            "update_id",
            "channel",
            "due_at",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(  # of people whose night is their own, while the deployment's people sleep
            "ix_deliveries_own_hours",
            "update_id",
            "channel",
            "has_own_hours",
            "due_at",
            sqlite_where=text("state = 'queued' AND has_own_hours = 1"),
            postgresql_where=text("state = 'queued' AND has_own_hours"),
        ),
        Index(
            "ix_deliveries_sending",
            "lease_until",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "ix_deliveries_doubtful",
            "channel",
            "claimed_at",
            sqlite_where=text("state = 'in_doubt'"),
            postgresql_where=text("state = 'in_doubt'"),
        ),
        # Without the id, of which each would be written to a page of its own: as it is, copies move
        # from state to state in the order in which they are sent.
        Index("ix_deliveries_figures", "update_id", "state"),
        Index("ix_deliveries_contact", "contact_id"),
        Index("ix_deliveries_address", "address_id"),
        Index(  # providers' names are random: none of them is written before there is one
            "ix_deliveries_provider",
            "provider_id",
            sqlite_where=text("provider_id IS NOT NULL"),
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_templates",
            "claimed_at",
            "update_id",
            "address_id",
            sqlite_where=text("template_sid IS NOT NULL"),
            postgresql_where=text("template_sid IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    address_id: Mapped[str | None] = mapped_column(ForeignKey("addresses.id", ondelete="SET NULL"))
    channel: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    template_sid: Mapped[str | None] = mapped_column(String(64))  # set where a template was sent
    state: Mapped[str] = mapped_column(String(16), default=SendState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[str | None] = mapped_column(String(64))
    error_code: Mapped[str | None] = mapped_column(String(64))  # the provider's, or a `Reason`
    fault: Mapped[str | None] = mapped_column(String(16))
    due_at: Mapped[datetime]
    # Of somebody whose night is not the deployment's; as it was when last looked at.
    has_own_hours: Mapped[bool] = mapped_column(default=False, server_default=false())
    claimed_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class KeptFigures(Base):
    """Figures of a large update as they were at a moment; see `broadcast.keeping`."""

    __tablename__ = "update_figures"

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    seconds: Mapped[float]  # that it took to reckon them
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class Census(Base):
    """When the groups were counted, if there are so many people; see `broadcast.census`."""

    __tablename__ = "census"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    seconds: Mapped[float]  # that it took to count
    people: Mapped[int]  # 0: too few for a census
    has_several: Mapped[bool]  # whether anybody has more than one address


class CensusGroup(Base):
    """How many people told us the same and are reached alike."""

    __tablename__ = "census_groups"

    number: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    area: Mapped[str | None] = mapped_column(String(6))
    interests: Mapped[str] = mapped_column(Text)  # a JSON list
    time_zone: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(32))
    is_open: Mapped[bool]  # whether the channel takes free text now
    out: Mapped[str] = mapped_column(String(16))  # a `broadcast.plan.Out`, or empty
    people: Mapped[int]


class TrialPhone(Base):
    """A staff member's own phone for test sends. It counts once the code that was sent there was
    typed in the console, so nobody sends tests to somebody else."""

    __tablename__ = "trial_phones"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    address_id: Mapped[str] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str | None] = mapped_column(Hash)  # None once it was typed
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class Trial(Base):
    """That somebody had exactly this version on a phone of their own."""

    __tablename__ = "trials"

    update_id: Mapped[str] = mapped_column(ForeignKey("updates.id"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    at: Mapped[datetime]


attach_guards(Base.metadata, GUARDS)
