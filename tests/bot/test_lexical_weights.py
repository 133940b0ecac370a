"""What the matcher learnt is kept for the next start, and never taken for something else."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from bot.lexical import LearningMatcher, LexicalMatcher
from bot.lexical_learning import ExamplesError, is_kept
from bot.understanding import Scored

CARD = ["quiero mi carné de extranjería", "cómo saco el carné", "perdí mi carné"]
SCHOOL = ["quiero inscribir a mi hija en la escuela", "hay cupo en el colegio", "matrícula escolar"]
HEALTH = ["dónde vacunan a los niños", "necesito un médico", "me duele la cabeza"]
ASKED = ("perdí el carné de mi hija", "colejio", "vacunas", "hola")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    write(folder, "card", CARD)
    write(folder, "school", SCHOOL)
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "var" / "matcher"


def write(folder: Path, intent: str, texts: Iterable[str]) -> None:
    path = folder / "es" / f"{intent}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    examples = "".join(f"- {text}\n" for text in texts)
    path.write_text(yaml.safe_dump({"nlu": [{"intent": intent, "examples": examples}]}), "utf8")


def rank(matcher: LexicalMatcher) -> list[list[Scored]]:
    return [matcher.rank(text) for text in ASKED]


def test_a_second_start_reads_what_the_first_learnt(folder: Path, kept: Path) -> None:
    first = LexicalMatcher.read(folder, kept)
    made = kept.stat().st_ino  # learning anew would put another file in its place
    second = LexicalMatcher.read(folder, kept)
    assert kept.stat().st_ino == made
    assert rank(second) == rank(first) == rank(LexicalMatcher.read(folder))
    assert second.rank("carné")[0].topic == "card"
    assert second.rarity("carne") == first.rarity("carne") < second.rarity("ornitorrinco")


def test_another_example_is_learnt_at_once(folder: Path, kept: Path) -> None:
    LexicalMatcher.read(folder, kept)
    write(folder, "health", HEALTH)
    assert LexicalMatcher.read(folder, kept).rank("vacunan")[0].topic == "health"
    (folder / "es" / "health.yml").unlink()
    assert "health" not in {each.topic for each in LexicalMatcher.read(folder, kept).rank("mi")}


@pytest.mark.parametrize("part", [b"", b"format", b"school", b"colegio"])
def test_a_damaged_file_is_not_believed(folder: Path, kept: Path, part: bytes) -> None:
    right = rank(LexicalMatcher.read(folder, kept))
    damaged = bytearray(kept.read_bytes())
    damaged[damaged.index(part)] ^= 1
    kept.write_bytes(damaged)
    assert rank(LexicalMatcher.read(folder, kept)) == right
    assert kept.read_bytes() != damaged


@pytest.mark.parametrize("content", [b"", b"[]\n", b"{}\n", b"\xff\x00", b'{"format": 1}'])
def test_a_file_of_something_else_is_not_believed(folder: Path, kept: Path, content: bytes) -> None:
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert LexicalMatcher.read(folder, kept).rank("carné")[0].topic == "card"


def test_without_a_place_to_keep_it_the_matcher_answers(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")
    matcher = LexicalMatcher.read(folder, tmp_path / "var" / "matcher")
    assert matcher.rank("carné")[0].topic == "card"


async def test_the_hub_learns_in_another_process_and_reads_what_that_kept(
    folder: Path, kept: Path
) -> None:
    assert not is_kept(folder, kept)
    matcher = await LearningMatcher(folder, kept).learn()
    assert is_kept(folder, kept)
    assert rank(matcher) == rank(LexicalMatcher.read(folder))


async def test_where_the_other_process_can_keep_nothing_the_hub_learns_itself(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("no folder")
    matcher = await LearningMatcher(folder, tmp_path / "var" / "matcher").learn()
    assert matcher.rank("carné")[0].topic == "card"


async def test_examples_that_are_missing_are_named(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(ExamplesError, match="nowhere: no examples here"):
        await LearningMatcher(tmp_path / "nowhere", kept).learn()
