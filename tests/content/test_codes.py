"""Codes of versions: made when approved, unlike words and numbers, each of one version only."""

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from content.codes import ALPHABET, LENGTH, codes_for, find_codes
from content.models import Answer
from content.review import edit_answer, submit_answer
from content.rows import read_topic
from tests.content.conftest import Desk


@given(st.text(max_size=20), st.integers(min_value=1, max_value=99), st.text(max_size=20))
def test_a_code_is_neither_a_word_nor_a_number(topic: str, version: int, digest: str) -> None:
    for code in islice(codes_for(topic, version, digest), 3):
        assert re.fullmatch(f"[{ALPHABET}]{{{LENGTH}}}", code)
        assert not code.isdigit()
        assert not code.isalpha()
        assert find_codes(f"¿Es cierto? código {code.lower()}, dicen") == [code]


def test_codes_of_versions_differ_and_stay() -> None:
    assert next(codes_for("a.b", 1, "x")) == next(codes_for("a.b", 1, "x"))
    firsts = {next(codes_for("a.b", version, "x")) for version in range(500)}
    assert len(firsts) > 495


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("7KH3PX", ["7KH3PX"]),
        ("7kh 3px", ["7KH3PX"]),
        ("7KH-3PX.", ["7KH3PX"]),
        ("ayuda", []),
        ("204312", []),
        ("XV7KH3PX", []),
        ("PTP2026", []),
        ("llama al 105", []),
    ],
)
def test_finding_codes(text: str, codes: list[str]) -> None:
    assert find_codes(text) == codes


async def test_a_version_gets_its_code_when_it_is_approved(each_desk: Desk) -> None:
    desk = each_desk
    async with desk.database.write() as session:
        assert (await desk.answer(session)).code is None
    await desk.verify()
    async with desk.database.write() as session:
        first = await desk.answer(session)
        assert first.code == next(codes_for(first.topic, 1, first.hash))
        content = await read_topic(session, first)
        draft = await edit_answer(session, first.id, content, desk.author, desk.clock.now())
        await submit_answer(session, draft.id, desk.author, desk.clock.now())
    await desk.verify()
    async with desk.database.read() as session:
        codes = list(await session.scalars(select(Answer.code).where(Answer.topic == desk.topic)))
    assert len(set(codes)) == 2
    assert None not in codes


async def test_a_code_that_is_taken_gives_way_to_the_next(desk: Desk) -> None:
    async with desk.database.write() as session:
        row, other = await desk.answer(session), await desk.answer(session, "work.rights")
        first, second = islice(codes_for(row.topic, row.version, row.hash), 2)
        other.code = first
    await desk.verify()
    async with desk.database.read() as session:
        assert (await desk.answer(session)).code == second
