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


# Small words of Haitian Creole that the other languages do not have.
_CREOLE_WORDS = """
mwen m'ap pou nan ki gen ap eske yon ak moun papye kat kote travay vle kijan azil rezidans refij
nou kisa konbyen pitit refijye pewou peye bay bezwen etranje chanje peyi ye paske jwen ayisyen
isit fet rive lan soti paspo menm lekol lajan dwe genyen tounen manje nimewo fanmi pemi oswa
kounye fwontye voye kob depi ayiti pale kay apre mwa epi rele manman kont louvri biwo vin janm
fok entevyou asirans kanpay dosye diplom repon konen kiyes chak vini randevou koute ekri anvan
tibebe selman polis mache ane wout pote kile ekspire lopital domi depote vaksen lakay inivesite
fek fanm anko siyen gason cheche anpil sit poukont tanpri bonjou mesi kouman konben fe pa'm
pou'm sa'a kap yap lap nap kijanm m'gen m'pa map poukisa kounya dokiman pwoblem maladi dokte
timoun ede
"""
_CREOLE = frozenset(_CREOLE_WORDS.split())
_LEAST_CREOLE = 0.15


def is_creole(text: str) -> bool:
    """Whether a message is in Haitian Creole, by its small words."""
    words = normalise(text).replace("\u2019", "'").split()
    found = sum(word.strip('.,;:!?¿¡()"') in _CREOLE for word in words)
    return found > 0 and found >= _LEAST_CREOLE * len(words)
