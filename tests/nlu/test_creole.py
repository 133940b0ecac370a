"""The list by which the sentence encoder hears Creole: every line can be found, and only once."""

import re
import unicodedata
from pathlib import Path

LINES = Path("nlu/components/creole.tsv").read_text(encoding="utf-8").splitlines()
_LONGEST = 5  # words, as `creole_gloss` looks phrases up
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")


def as_looked_up(phrase: str) -> str:
    """Small letters without accents, drawn-out ones once, words one blank apart."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", phrase.lower())
        if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"\w+", _DRAWN_OUT.sub(r"\1", bare)))


def test_every_line_is_a_phrase_and_its_french() -> None:
    assert [line for line in LINES if line.count("\t") != 1] == []


def test_every_phrase_can_be_found_and_stands_once() -> None:
    phrases = [line.split("\t")[0] for line in LINES]
    assert [each for each in phrases if each != as_looked_up(each)] == []
    assert [each for each in phrases if not 0 < len(each.split()) <= _LONGEST] == []
    assert len(set(phrases)) == len(phrases) > 5000
    assert phrases == sorted(phrases)
