"""Topics and services go out to spreadsheets and come in again without loss, all or nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from content.commands import import_content
from content.exporting import NothingToExportError, load_pack
from content.findings import Findings
from content.models import Answer, Service
from content.pack import STEPS, USUAL_RANK, Pack, ServiceContent, StepContent, TopicContent
from content.sheet_columns import to_services, to_tables, to_topics
from content.sheet_files import Table, read_csv, read_workbook, write_csv, write_workbook
from content.spreadsheets import SheetError, export_sheets, import_sheets
from hub.clock import ManualClock
from hub.database import Database
from tests.content.conftest import Desk
from tests.content.packs import SETTINGS, make_pack, make_service, write

both = pytest.mark.parametrize("target", ["content.xlsx", "folder"])
words = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
    | st.sampled_from("=+-@'\\\n"),
    min_size=1,
    max_size=30,
).map(lambda text: "\n".join(line.rstrip() for line in text.strip().splitlines()))
filled = words.filter(bool)
names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
items = st.lists(filled.map(str.strip).filter(bool), max_size=3).map(tuple)
texts = st.dictionaries(st.sampled_from(SETTINGS.languages), filled, max_size=3)
sources = st.fixed_dictionaries(
    dict.fromkeys(("id", "name", "date", "confidence", "facts"), filled),
    optional={"url": filled, "says": items.filter(bool).map(list)},
)


@st.composite
def topics(draw: st.DrawFn, key: str) -> TopicContent:
    steps = (StepContent(step, draw(texts)) for step in STEPS)
    return TopicContent(
        topic=key,
        owner=draw(filled),
        sensitive=draw(st.booleans()),
        handover=draw(st.booleans()),
        titles=draw(texts),
        need=draw(st.none() | filled),
        related=draw(items),
        sources=tuple(draw(st.lists(sources, max_size=2))),
        texts=draw(texts),
        more=tuple(step for step in steps if step.texts),
    )


@st.composite
def services(draw: st.DrawFn, key: str) -> ServiceContent:
    plain = {name: draw(filled) for name in ("name", "date", "confidence")}
    return ServiceContent(
        key=key,
        owner=draw(filled),
        organisation=draw(filled),
        names=draw(texts),
        area=draw(st.none() | st.sampled_from(["04", "040201", "1501"])),
        address=draw(st.none() | filled),
        needs=draw(items),
        rank=draw(st.sampled_from([1, USUAL_RANK, 99])),
        phone=draw(st.none() | filled),
        hours=draw(texts),
        cost=draw(texts),
        notes=draw(texts),
        languages=draw(items),
        source=plain | draw(st.just({}) | st.fixed_dictionaries({"url": filled})),
        opening=draw(items),
        serves=draw(texts),
        bring=draw(texts),
    )


def _through_csv(tables: list[Table], folder: Path, findings: Findings) -> list[Table | None]:
    for table in tables:
        write_csv(table, folder / f"{table.name}.csv")
    return [read_csv(folder / f"{each.name}.csv", each.name, findings) for each in tables]


def _through_xlsx(tables: list[Table], folder: Path, findings: Findings) -> list[Table | None]:
    write_workbook(tables, folder / "all.xlsx")
    return [*read_workbook(folder / "all.xlsx", [table.name for table in tables], findings)]


@pytest.mark.parametrize("through", [_through_csv, _through_xlsx])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_content_is_lost(
    tmp_path: Path,
    through: Callable[[list[Table], Path, Findings], list[Table | None]],
    data: st.DataObject,
) -> None:
    written = Pack(
        SETTINGS,
        (data.draw(topics("asylum.apply")), data.draw(topics("safety.self_harm"))),
        (data.draw(services("one")), data.draw(services("two"))),
        (),
    )
    findings = Findings()
    read = through(to_tables(written), tmp_path, findings)
    assert all(read)
    topic_table, source_table, service_table = (table for table in read if table)
    assert tuple(to_topics(topic_table, source_table, findings)) == written.topics
    assert tuple(to_services(service_table, findings)) == written.services
    assert findings.items == []


@both
async def test_what_goes_out_comes_in_as_nothing_new(
    each_desk: Desk, tmp_path: Path, target: str
) -> None:
    desk, path = each_desk, tmp_path / target
    await desk.verify()
    await export_sheets(desk.database, path)
    result = await import_sheets(desk.database, path, "cli", desk.clock)
    assert (result.new_answers, result.new_services) == (0, 0)
    assert (result.unchanged_answers, result.unchanged_services) == (10, 4)


@both
async def test_an_empty_hub_has_nothing_to_export_nor_words_to_check_by(
    sqlite: Database, clock: ManualClock, tmp_path: Path, target: str
) -> None:
    with pytest.raises(NothingToExportError):
        await export_sheets(sqlite, tmp_path / target)


def _mend(folder: Path, name: str, before: str, after: str) -> None:
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf8")


async def test_a_changed_cell_waits_for_a_second_person(desk: Desk, tmp_path: Path) -> None:
    # PEER-10
    await desk.verify()
    await export_sheets(desk.database, tmp_path)
    _mend(tmp_path, "topics", "Nadie puede cobrarte", "Ninguna persona puede cobrarte")
    _mend(tmp_path, "services", "Av. España 734", "Av. España 800")
    result = await import_sheets(desk.database, tmp_path, "cli", desk.clock)
    assert (result.new_answers, result.new_services) == (1, 1)
    async with desk.database.read() as session:
        row = await desk.answer(session)
        assert (row.version, row.state, row.verified_by) == (2, "in_review", None)
        told = await session.scalar(select(Answer.version).where(Answer.state == "approved"))
        assert told == 1


@pytest.mark.parametrize(
    ("sheet", "before", "after", "finding"),
    [
        ("topics", '"legal"', '"love"', "topics.csv:2: error: need: unknown need 'love'"),
        ("topics", '"false","true"', '"maybe","true"', "topics.csv:2: error: sensitive: must be"),
        ("topics", "8:30", "9:30", "topics.csv:2: error: texts."),
        ("topics", '"topic"', '"tópico"', "topics.csv:1: error: tópico: unknown column"),
        ("topics", '"title.ht",', "", "topics.csv:1: error: file: lacks the columns title.ht"),
        ("topics", '"work.rights"', '"asylum.apply"', ": topic: asylum.apply stands in row 2 too"),
        ("sources", "2026-02-07", "7 de febrero", "sources.csv:2: error: date: "),
        ("sources", "Es gratis y atiende", "No es gratis", "sources.csv:2: error: says: "),
        (
            "sources",
            '"asylum.apply"',
            '"no.topic"',
            "sources.csv:2: error: topic: the sheet topics",
        ),
        ("services", '"150105"', '"999999"', "services.csv:3: error: city.area: no area"),
        ("services", '"legal"', '"money"', "services.csv:3: error: city.needs: "),
        ("services", '"near"', '"city"', "key: city stands in row"),
    ],
)
async def test_errors_name_file_row_and_column_and_nothing_is_imported(
    desk: Desk, tmp_path: Path, sheet: str, before: str, after: str, finding: str
) -> None:
    # SEC-50
    await export_sheets(desk.database, tmp_path)
    _mend(tmp_path, "topics", "Lleva agua", "Lleva mucha agua")  # something new that is right
    _mend(tmp_path, sheet, before, after)
    with pytest.raises(SheetError) as refused:
        await import_sheets(desk.database, tmp_path, "cli", desk.clock)
    assert finding in str(refused.value)
    async with desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == 10
        assert await session.scalar(select(func.count()).select_from(Service)) == 4


async def test_services_alone_may_come_and_topics_need_their_sources(
    desk: Desk, tmp_path: Path
) -> None:
    await export_sheets(desk.database, tmp_path)
    (tmp_path / "sources.csv").unlink()
    result = await import_sheets(desk.database, tmp_path / "services.csv", "cli", desk.clock)
    assert result.unchanged_services == 4
    with pytest.raises(SheetError, match="topics without sources"):
        await import_sheets(desk.database, tmp_path / "topics.csv", "cli", desk.clock)
    with pytest.raises(SheetError, match="is none of topics"):
        await import_sheets(desk.database, tmp_path / "other.csv", "cli", desk.clock)


async def test_a_new_service_and_a_code_that_lost_its_zero(desk: Desk, tmp_path: Path) -> None:
    area = replace(make_pack().areas[0], code="04", name="Arequipa")
    base = make_pack(services=(make_service("new", "04"),))
    pack = replace(base, areas=(*base.areas, area))
    await import_content(desk.database, write(tmp_path / "pack", pack), desk.clock)
    await export_sheets(desk.database, tmp_path)
    _mend(tmp_path, "services", '"04"', '"4"')
    result = await import_sheets(desk.database, tmp_path, "cli", desk.clock)
    assert result.new_services == 0
    async with desk.database.read() as session:
        [new] = [one for one in (await load_pack(session)).services if one.key == "new"]
        assert new.area == "04"
