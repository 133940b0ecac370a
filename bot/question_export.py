"""Writes the examples that staff chose from unanswered questions into the files that the model
learns from, as lines that somebody reads in a difference before they are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.question_desk import GroupState, tidy_examples
from bot.question_models import QuestionGroup
from bot.text import fold

_INDENT = "    - "


class QuestionExportError(Exception):
    """The folder or a file in it is not one of examples; the message names it."""


@dataclass(frozen=True)
class Written:
    """How many lines went into a file; none if all were there already."""

    path: Path
    lines: int


async def export_examples(session: AsyncSession, folder: Path, now: datetime) -> list[Written]:
    """Append the examples of what was learnt since the last export; nothing twice."""
    groups = await session.scalars(
        select(QuestionGroup)
        .where(QuestionGroup.state == GroupState.LEARNED, QuestionGroup.exported_at.is_(None))
        .order_by(QuestionGroup.language, QuestionGroup.topic, QuestionGroup.id)
    )
    written: dict[Path, int] = {}
    for group in groups:
        path = folder / group.language / f"{group.topic}.yml"
        written[path] = written.get(path, 0) + _append(path, str(group.topic), group.examples)
        group.exported_at = now
    await session.flush()
    return [Written(path, lines) for path, lines in written.items()]


def _append(path: Path, topic: str, examples: Sequence[str]) -> int:
    source, known = _read(path, topic)
    folded = {fold(line) for line in known}
    new = [line for line in tidy_examples(examples) if fold(line) not in folded]
    if not new:
        return 0
    added = source.rstrip("\n") + "\n" + "".join(f"{_INDENT}{line}\n" for line in new)
    if _examples_in(path, added, topic) != [*known, *new]:
        raise QuestionExportError(f"{path}: its last lines are not examples of {topic}")
    path.write_text(added, encoding="utf8")
    return len(new)


def _read(path: Path, topic: str) -> tuple[str, list[str]]:
    try:
        source = path.read_text(encoding="utf8")
    except OSError as error:
        raise QuestionExportError(f"{path}: {error.strerror}") from error
    return source, _examples_in(path, source, topic)


def _examples_in(path: Path, source: str, topic: str) -> list[str]:
    try:
        items: list[dict[str, Any]] = yaml.safe_load(source)["nlu"]
        blocks = [str(item["examples"]) for item in items if item.get("intent") == topic]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise QuestionExportError(f"{path}: not a file of examples") from error
    if not blocks:
        raise QuestionExportError(f"{path}: has no examples of {topic}")
    lines = (line.strip() for block in blocks for line in block.splitlines())
    return [line.removeprefix("- ").strip() for line in lines if line]
