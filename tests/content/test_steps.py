"""Steps that may be asked for after an answer: read, written, kept, and bound to the approval."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from content.check import check_pack
from content.commands import export_content, import_content
from content.findings import Findings
from content.formatting import write_pack
from content.models import AnswerText
from content.pack import StepContent
from content.reading import read_pack
from content.review import edit_answer, submit_answer, verify_answer
from content.rows import read_topic
from content.states import MoveRefusedError
from hub.clock import ManualClock
from hub.database import Database
from tests.content.conftest import Desk
from tests.content.packs import STEPS, make_pack, make_topic, write

TOPIC = "topics/asylum.apply.yml"


def findings_of(folder: Path) -> list[tuple[str, str]]:
    return [(found.field, found.message) for found in check_pack(folder).findings]


def test_steps_are_read_in_the_order_of_telling(tmp_path: Path) -> None:
    folder = write(tmp_path, make_pack(make_topic(more=STEPS[::-1])))
    pack = read_pack(folder, Findings())
    assert pack is not None
    assert [step.step for step in pack.topics[0].more] == ["where", "cost"]
    assert len(write_pack(pack, folder)) == 1
    assert write_pack(pack, folder) == []


def test_steps_count_for_the_digest_and_a_topic_without_keeps_its_old_one() -> None:
    plain = make_topic()
    other = replace(STEPS[0], texts=STEPS[0].texts | {"ht": "Yon lòt tèks."})
    assert plain.digest() != make_topic(more=(other, STEPS[1])).digest()
    assert plain.digest() != make_topic(more=()).digest()
    # of the release before steps: what was approved then is still what was approved
    before = make_topic(more=(), sources=({"id": "s1", "name": "Diario"},))
    assert before.digest() == "79a2d945676061c7859ad48755f6f26dcde1107591f6d988568a7430e2d8467a"


@pytest.mark.parametrize(
    ("before", "after", "field", "message"),
    [
        ("step: where", "step: when", "more[1].step", "unknown step 'when'"),
        ("step: cost", "step: where", "more[2].step", "is there twice"),
        ("step: cost", "stepp: cost", "more[2].stepp", "unknown key"),
        (
            "      ht: |\n        Ale",
            "      xx: |\n        Ale",
            "more.where",
            "lacks the language ht",
        ),
    ],
)
def test_findings_about_steps(
    tmp_path: Path, before: str, after: str, field: str, message: str
) -> None:
    folder = write(tmp_path)
    path = folder / TOPIC
    text = path.read_text("utf8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf8")
    found = [(name, said) for name, said in findings_of(folder) if name == field]
    assert len(found) == 1
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Muy corto.", "60 are needed"),
        ("Pregunta en la oficina, que es gratis. " * 12, "400 are allowed"),
        ("Envíanos tu pasaporte por este chat y te decimos a qué oficina debes ir.", "identity"),
        ("Cuesta 20 soles en la oficina y nadie puede cobrarte más por el trámite.", "lacks 20"),
    ],
)
def test_a_step_keeps_the_rules_of_a_text(tmp_path: Path, text: str, message: str) -> None:
    step = replace(STEPS[1], texts=STEPS[1].texts | {"es": text})
    found = findings_of(write(tmp_path, make_pack(make_topic(more=(step,)))))
    assert any(name.startswith("more.cost.") and message in said for name, said in found)


async def test_steps_survive_the_way_through_the_database(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in")
    await import_content(database, folder, clock)
    await export_content(database, tmp_path / "out")
    assert (tmp_path / "out" / TOPIC).read_bytes() == (folder / TOPIC).read_bytes()


async def test_an_approval_is_bound_to_the_steps_too(each_desk: Desk) -> None:  # SEC-27
    desk = each_desk
    async with desk.database.write() as session:
        row = await desk.answer(session)
        words = await session.get_one(AnswerText, (row.id, "ht"))
        words.steps = {**words.steps, "cost": "Peye 500."}
        await session.flush()
        with pytest.raises(MoveRefusedError, match="not the text that you saw"):
            await verify_answer(session, row.id, desk.verifier, row.hash, desk.clock.now())


async def test_an_edit_changes_adds_and_removes_steps(desk: Desk) -> None:
    time = StepContent("time", {key: STEPS[1].texts[key] for key in ("es", "en", "ht")})
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = replace(await read_topic(session, row), more=(STEPS[0], time))
        row = await edit_answer(session, row.id, content, desk.author, desk.clock.now())
        await submit_answer(session, row.id, desk.author, desk.clock.now())
        assert await read_topic(session, row) == content
        rows = await session.scalars(select(AnswerText).where(AnswerText.answer_id == row.id))
        assert {tuple(sorted(words.steps)) for words in rows} == {("time", "where")}
