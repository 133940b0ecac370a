"""Puts Haitian Creole into rough French, for the sentence encoder, which knows no Creole: word by
word, the longest known phrase first.

Nobody is shown it. The list, `creole.tsv`, holds a phrase in the form of `normalised_text` and its
French a line; a particle's French may be empty, and what is not listed stays as it is.
"""

from functools import cache
from pathlib import Path

from components.normalised_text import words_of

_FILE = Path(__file__).with_name("creole.tsv")
_LONGEST = 5  # words of a phrase


def gloss(text: str) -> str:
    """`"m pa ka dòmi"` becomes `"je ne peux pas dormir"`."""
    french = _read()
    said = [word.form for word in words_of(text)]
    glossed: list[str] = []
    at = 0
    while at < len(said):
        for length in range(_LONGEST, 0, -1):
            phrase = " ".join(said[at : at + length])
            if phrase in french:
                glossed.append(french[phrase])
                break
        else:
            length = 1
            glossed.append(said[at])
        at += length
    return " ".join(filter(None, glossed))


@cache
def _read() -> dict[str, str]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
