"""What people type, made fit: never an exception, never unclean, never too long (SEC-40)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import find_command
from bot.danger import find_danger
from bot.language import detect_language
from bot.text import LONGEST, clean, fold, words

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
_FORBIDDEN = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}


@given(anything)
def test_clean_is_clean(text: str) -> None:
    # SEC-40, SEC-41
    found = clean(text)
    assert len(found) <= LONGEST
    assert clean(found) == found
    found.encode("utf-8")
    assert unicodedata.is_normalized("NFC", found)
    assert "\x00" not in found
    assert not _FORBIDDEN & {ord(char) for char in found}


@given(anything)
def test_matching_never_raises_and_is_settled(text: str) -> None:
    # SEC-40
    once = fold(text)
    assert fold(once) == once
    assert all(word == word.casefold() and word for word in words(text))
    find_command(text)
    find_danger(text)
    detect_language(text)


@given(st.sampled_from(["BAJA", "refugio", "mi esposo me pega"]), st.data())
def test_invisible_characters_change_nothing(text: str, data: st.DataObject) -> None:
    # SEC-40, HUM-20
    hidden = st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u061c\U000e0041")
    position = data.draw(st.integers(0, len(text)))
    assert words(text[:position] + data.draw(hidden) + text[position:]) == words(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  hola \n", "hola"),
        ("linea\nlinea\ttab", "linea\nlinea\ttab"),
        ("a\x00b\x1b[31mc\x9b", "ab[31mc"),
        ("e\u0301", "é"),
        ("x" * 10_000, "x" * LONGEST),
        ("\ud800", "?"),
        ("\u202eabc\u2069", "abc"),
        ("a" + "\u0335" * 50, "a" + "\u0335" * 3),
    ],
)
def test_cleaning(written: str, kept: str) -> None:
    # SEC-40
    assert clean(written) == kept


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("¡Holaaaa, QUÉ tal?!", ["hola", "que", "tal"]),
        ("ＢＡＪＡ", ["baja"]),
        ("l’école", ["l'ecole"]),
        ("\ufdfd", words("\ufdfd")),
        ("", []),
    ],
)
def test_words(written: str, said: list[str]) -> None:
    assert words(written) == said
