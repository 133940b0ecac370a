"""How a message is written before anything compares it: small letters, no accents, no drawn-out
letters.

Used for training and for reading alike, so both see the same words. It must not guess languages or
correct spelling.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# A single repetition each: the time grows with the length of the text only (SEC-47).
_WORD = re.compile(r"\w+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")


class Word(NamedTuple):
    """A word of a message in its normal form, and where it stands in the original text."""

    form: str
    start: int
    end: int


def normalise(text: str) -> str:
    """`"Holaaa, ¿DÓNDE?"` becomes `"hola, ¿donde?"`; "carro" becomes "caro" on both sides."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _DRAWN_OUT.sub(r"\1", bare)


def words_of(text: str) -> Iterator[Word]:
    """Yield the words of a text with their positions in it."""
    for match in _WORD.finditer(text):
        yield Word(normalise(match.group()), match.start(), match.end())
