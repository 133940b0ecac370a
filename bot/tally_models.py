"""The tables of figures: how many, never who. No row can be led back to a person or a message.

Days are the platform's own, as ISO dates. Who wrote is counted once a day for each thing.
"""

from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base

_Day = String(10)
_Value = String(32)
_Topic = String(64)


class Ending(StrEnum):
    """How a turn ended, as figures tell it. `ALARM` stands beside its turn's own ending, without
    channel and language, so that nobody can guess whose it was."""

    ANSWERED = "answered"
    OPTIONS = "options"
    UNKNOWN = "unknown"
    HANDOVER = "handover"
    COMMAND = "command"
    TALK = "talk"
    FAILED = "failed"
    ALARM = "alarm"


class Cut(StrEnum):
    """By what people are told apart: a department, a language, a class of danger."""

    AREA = "area"
    LANGUAGE = "language"
    ALARM = "alarm"


class TurnCount(Base):
    """How many messages ended how in a day, and how many replies they got."""

    __tablename__ = "turn_counts"

    day: Mapped[str] = mapped_column(_Day, primary_key=True)
    channel: Mapped[str] = mapped_column(_Value, primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    ending: Mapped[str] = mapped_column(String(16), primary_key=True)
    turns: Mapped[int]
    replies: Mapped[int]


class TopicCount(Base):
    """How many people asked about a topic in a day, wherever they are; '' counts all who wrote."""

    __tablename__ = "topic_counts"

    day: Mapped[str] = mapped_column(_Day, primary_key=True)
    topic: Mapped[str] = mapped_column(_Topic, primary_key=True)
    people: Mapped[int]


class WaitingCount(Base):
    """People not yet told of, fewer than ten, and not since when: see `hub.small_cells`."""

    __tablename__ = "waiting_counts"

    cut: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(_Value, primary_key=True)
    topic: Mapped[str] = mapped_column(_Topic, primary_key=True)
    people: Mapped[int]


class ReleasedCount(Base):
    """People told of in whole tens, on the day when a ten was full."""

    __tablename__ = "released_counts"
    __table_args__ = (Index("ix_released_counts_value", "cut", "value", "day"),)

    cut: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[str] = mapped_column(_Day, primary_key=True)
    value: Mapped[str] = mapped_column(_Value, primary_key=True)
    topic: Mapped[str] = mapped_column(_Topic, primary_key=True)
    people: Mapped[int]
