"""Packs into the database and back: all or nothing, nothing approved, nothing undone."""

import filecmp
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content.commands import (
    export_content,
    find_pack,
    format_content,
    import_content,
)
from content.exporting import NothingToExportError
from content.importing import ImportResult, PackError
from content.models import Answer, AnswerText, AreaRow, ContentRevision, Service, Topic
from content.review import withdraw_answer
from content.states import State
from hub.clock import ManualClock
from hub.database import Base, Database
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry
from tests.content.packs import add_member, make_pack, make_service, make_topic, write

TABLES: tuple[type[Base], ...] = (Answer, AnswerText, AreaRow, Service, Topic, AuditEntry)
SERVICES = (make_service("one", "150105"), make_service("two", None))


async def count_rows(database: Database) -> list[int]:
    async with database.read() as session:
        counts = [await session.scalar(select(func.count()).select_from(kind)) for kind in TABLES]
    return [count or 0 for count in counts]


async def states(database: Database, topic: str = "asylum.apply") -> list[str]:
    async with database.read() as session:
        rows = await session.scalars(
            select(Answer.state).where(Answer.topic == topic).order_by(Answer.version)
        )
        return list(rows)


async def test_new_content_waits_for_review(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path, make_pack(services=SERVICES))
    result = await import_content(database, folder, clock)
    assert result == ImportResult(9, 0, 2, 0, 7)
    async with database.read() as session:
        rows = [*await session.scalars(select(Answer)), *await session.scalars(select(Service))]
        assert {row.state for row in rows} == {State.IN_REVIEW}
        assert {(row.author, row.verified_by, row.verified_at) for row in rows} == {(None,) * 3}
        assert await find_break(session) is None


async def test_the_same_pack_again_changes_nothing(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path, make_pack(services=SERVICES))
    await import_content(database, folder, clock)
    before = await count_rows(database)
    assert await import_content(database, folder, clock) == ImportResult(0, 9, 0, 2, 0)
    assert await count_rows(database) == before


async def test_changed_words_make_a_version_and_the_unverified_one_gives_way(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await import_content(database, write(tmp_path), clock)
    changed = make_topic(handover=False)
    result = await import_content(database, write(tmp_path, make_pack(changed)), clock)
    assert result.new_answers == 1
    assert await states(database) == [State.WITHDRAWN, State.IN_REVIEW]
    await import_content(database, write(tmp_path), clock)
    assert await states(database) == [State.WITHDRAWN, State.WITHDRAWN, State.IN_REVIEW]


async def test_an_import_does_not_bring_back_what_was_withdrawn(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path)
    await import_content(sqlite, folder, clock)
    async with sqlite.write() as session:
        member = await add_member(session, "vera")
        answer = await session.scalar(select(Answer).where(Answer.topic == "asylum.apply"))
        assert answer is not None
        await withdraw_answer(session, answer.id, member, clock.now())
    assert (await import_content(sqlite, folder, clock)).new_answers == 0
    assert await states(sqlite) == [State.WITHDRAWN]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("topics/asylum.apply.yml", "topic: asylum.apply\nnede: x\n"),
        ("topics/asylum.apply.yml", "a: &a [x]\nb: [*a]\n"),
        ("topics/asylum.apply.yml", "x: !!python/object/apply:os.system ['true']\n"),
        ("services.yml", "services: {}\n"),
        ("safety.yml", ""),
    ],
)
async def test_nothing_of_a_bad_pack_is_imported(  # SEC-50
    sqlite: Database, clock: ManualClock, tmp_path: Path, name: str, text: str
) -> None:
    folder = write(tmp_path, make_pack(make_topic(), make_topic("work.rights")))
    (folder / name).write_text(text, encoding="utf8")
    with pytest.raises(PackError, match=name):
        await import_content(sqlite, folder, clock)
    assert await count_rows(sqlite) == [0] * len(TABLES)


async def test_a_failure_half_way_leaves_nothing(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    # Services come last: areas, topics and answers were written when their missing table fails.
    folder = write(tmp_path, make_pack(services=(make_service("one", None),)))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.tables["services"].drop)
    with pytest.raises(Exception, match="services"):
        await import_content(database, folder, clock)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.tables["services"].create)
    assert await count_rows(database) == [0] * len(TABLES)
    async with database.read() as session:
        assert await session.scalar(select(ContentRevision)) is None


async def test_a_new_owner_is_taken_over_with_an_audit_entry(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await import_content(sqlite, write(tmp_path), clock)
    moved = make_pack(make_topic(owner="integration"))
    assert (await import_content(sqlite, write(tmp_path, moved), clock)).new_answers == 0
    async with sqlite.read() as session:
        topic = await session.get(Topic, "asylum.apply")
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "topic_owner"))
    assert topic is not None
    assert topic.owner == "integration"
    assert entry is not None
    assert entry.detail == {"before": "protection", "after": "integration"}


async def test_a_moved_area_is_counted(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    pack = make_pack()
    await import_content(sqlite, write(tmp_path, pack), clock)
    areas = (*pack.areas[:-1], replace(pack.areas[-1], aliases=("av",)))
    result = await import_content(sqlite, write(tmp_path, replace(pack, areas=areas)), clock)
    assert result.changed_areas == 1


async def test_export_of_an_import_is_the_same_bytes(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    pack, out = tmp_path / "peru", tmp_path / "out"
    shutil.copytree(find_pack("peru"), pack)
    format_content(pack)
    await import_content(database, pack, clock)
    await export_content(database, out)
    names = sorted(str(path.relative_to(pack)) for path in pack.rglob("*.yml"))
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.yml")) == names
    assert filecmp.cmpfiles(pack, out, names, shallow=False) == (names, [], [])


async def test_export_needs_an_import(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(NothingToExportError, match="chasqui content import"):
        await export_content(sqlite, tmp_path)
