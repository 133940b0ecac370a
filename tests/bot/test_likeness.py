"""Which questions are taken for the same: pairs of ordinary ones, and what is known to go wrong."""

from pathlib import Path

import pytest

from bot.lexical import LexicalMatcher
from bot.likeness import Nearest

EXAMPLES = Path(__file__).parent.parent.parent / "nlu" / "data"

ALIKE = [
    ("donde puedo cortarme el pelo gratis", "donde me puedo cortar el pelo gratis?"),
    ("homologar licencia conducir", "quiero homologar mi licencia de conducir"),
    (
        "puedo homologar mi licencia de conducir venezolana",
        "como homologo la licencia de conducir de venezuela",
    ),
    ("hay wifi gratis en la plaza", "hay wifi gratis en la plasa"),
    ("puedo viajar en omnibus con mi gato", "puedo viajar en ominbus con mi gato"),
    ("quiero saber si puedo llevar mi gato en el bus", "puedo viajar con mi gato en el bus"),
    ("how do i open a bank account", "can i open a bank account here"),
]
DIFFERENT = [
    ("donde puedo cortarme el pelo gratis", "donde puedo comer gratis"),
    ("quiero saber como saco la licencia", "quiero saber como saco el pasaporte"),
    ("hay wifi gratis en la plaza", "hay bano gratis en la plaza"),
    ("donde venden papas", "donde venden ropas"),
    ("cuanto cuesta una casa", "cuanto cuesta un pasaje"),
    ("como vendo mi carro", "como compro un carro"),
    ("can i open a bank account here", "can i open a business here"),
]


@pytest.fixture(scope="module")
def matcher() -> LexicalMatcher:
    return LexicalMatcher.read(EXAMPLES)


def _meet(matcher: LexicalMatcher, first: str, second: str) -> bool:
    nearest = Nearest(matcher.rarity)
    nearest.add("group", [first])
    return nearest.find(second) == "group"


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_these_are_the_same_question(matcher: LexicalMatcher, first: str, second: str) -> None:
    assert _meet(matcher, first, second)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_these_are_different_questions(matcher: LexicalMatcher, first: str, second: str) -> None:
    assert not _meet(matcher, first, second)


@pytest.mark.parametrize("text", ["", "???", "🙂"])
def test_what_says_nothing_is_like_nothing(matcher: LexicalMatcher, text: str) -> None:
    assert not _meet(matcher, text, text)
