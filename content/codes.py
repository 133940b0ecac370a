"""The short code of an approved version: what people send to learn whether a text is ours.

Six characters without vowels, so that no word is a code, and without 0, 1, I, L and O, which are
mistaken for each other; always with a letter and a digit, so that no number is one either.
"""

import hashlib
import re
from collections.abc import Iterator

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6
_DIGITS = frozenset("23456789")
_WRITTEN = re.compile(rf"(?<![0-9A-Z])([{ALPHABET}]{{3}})[- ]?([{ALPHABET}]{{3}})(?![0-9A-Z])")


def codes_for(topic: str, version: int, digest: str) -> Iterator[str]:
    """Codes of a version, the first first; the next ones are for when it is taken already."""
    number = 0
    while True:
        spelled = f"{topic}\n{version}\n{digest}\n{number}".encode()
        code = _spell(int.from_bytes(hashlib.sha256(spelled).digest(), "big"))
        if _is_mixed(code):
            yield code
        number += 1


def find_codes(text: str) -> list[str]:
    """Everything in a message that could be a code, however it is written."""
    found = ("".join(parts) for parts in _WRITTEN.findall(text.upper()))
    return [code for code in found if _is_mixed(code)]


def _is_mixed(code: str) -> bool:
    return not _DIGITS.isdisjoint(code) and not _DIGITS.issuperset(code)


def _spell(value: int) -> str:
    letters = []
    for _ in range(LENGTH):
        value, place = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
