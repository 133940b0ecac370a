"""What people type, made fit to store, to show and to match. Never raises on any text (SEC-40)."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 4096  # characters kept of one message; Telegram's own limit
_MOST_MARKS = 3  # combining marks kept on one letter
# A turn reads the same message a dozen times. No more than the messages under way are remembered.
_TEXTS_AT_HAND = 32

_INVISIBLE = {
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xE0000, 0xE0080),
    0x00AD,
    0x061C,
    0xFEFF,
}
_SPACES = re.compile(r"\s+")
_LETTERS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_REPEATS = re.compile(r"(\w)\1{2,}")


def clean(text: str) -> str:
    """The text as it is stored and shown: valid Unicode, NFC, no controls, bidi marks or zalgo."""
    cut = text[: LONGEST * 2]
    if cut.isascii() and cut.isprintable():  # as most are: nothing below would change them
        return cut[:LONGEST].strip()
    if cut.isprintable():  # all of it is visible; accents are letters of their own when composed
        composed = unicodedata.normalize("NFC", cut)
        if not any(map(unicodedata.combining, composed)):
            return composed[:LONGEST].strip()
    valid = cut.encode("utf-8", "replace").decode("utf-8")
    kept = (char for char in valid if _is_visible(char))
    composed = unicodedata.normalize("NFC", "".join(kept))
    return _limit_marks(composed)[:LONGEST].strip()


@lru_cache(maxsize=_TEXTS_AT_HAND)
def fold(text: str) -> str:
    """The text as it is matched: lower case, no accents, one space, a letter thrice is once."""
    plain = unicodedata.normalize("NFKD", clean(text)).casefold()
    if not plain.isascii():
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _REPEATS.sub(r"\1", _SPACES.sub(" ", plain)).strip()


def words(text: str) -> list[str]:
    """The words of the folded text, without punctuation, emoji and symbols."""
    return list(_words(text))


@lru_cache(maxsize=_TEXTS_AT_HAND)
def _words(text: str) -> tuple[str, ...]:
    return tuple(split_words(fold(text)))


def split_words(folded: str) -> list[str]:
    """The words of a text that is folded already, or of a part of it."""
    return _LETTERS.findall(folded.replace("’", "'"))


def _is_visible(char: str) -> bool:
    if char in "\n\t":
        return True
    return ord(char) not in _INVISIBLE and unicodedata.category(char) not in (
        "Cc",
        "Cs",
        "Co",
        "Cn",
    )


def _limit_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)
