"""How hard a new password would be to guess, in bits (SEC-20). Asks no network, keeps nothing.

What an attacker tries first costs few bits: leaked passwords (`leaked_passwords.md` names where the
list is from), words of this place, the member's own names, years, runs such as "abcd" and what was
typed before. The cheapest way to put a password together counts.
"""

import gzip
import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_OTHER = math.log2(10)  # a character that belongs to nothing known; as in zxcvbn
_RUN, _NAME, _AGAIN, _YEAR = 1.0, 1.0, 3.0, 6.5
_SHORTEST_AGAIN, _LONGEST_WORD = 3, 40
_SHORTEST_NAME = 3
_YEARS = re.compile(r"(?=((?:19|20)\d\d))")
_DISGUISES = str.maketrans("@4310$5!7+", "aaeiossitt")
_TAIL = re.compile(r"[\W\d_]+$")


def count_bits(password: str, names: Iterable[str] = ()) -> float:
    """Bits of the cheapest way to put the folded password together; `names` are the member's."""
    own = {part for name in names for part in re.split(r"[\W_]+", name.casefold())}
    own = {part for part in own if len(part) >= _SHORTEST_NAME}
    years = {found.start() for found in _YEARS.finditer(password)}
    plain = password.translate(_DISGUISES)
    bits = [0.0]
    for end in range(1, len(password) + 1):
        least = bits[-1] + _one_more(password, end)
        if end - 4 in years:
            least = min(least, bits[end - 4] + _YEAR)
        for begin in range(max(0, end - _LONGEST_WORD), end - _SHORTEST_AGAIN + 1):
            piece = _cost(password, plain, begin, end, own)
            least = min(least, bits[begin] + piece)
        bits.append(least)
    return bits[-1]


def is_leaked(password: str) -> bool:
    """Whether the folded password is in the lists, also with figures and marks put behind it."""
    ranks = _ranks()
    return any(form in ranks for form in (password, _TAIL.sub("", password)) if form)


def _one_more(password: str, end: int) -> float:
    """One character: cheap if it goes on as the one before, the next or the same."""
    if end > 1 and abs(ord(password[end - 1]) - ord(password[end - 2])) <= 1:
        return _RUN
    return _OTHER


def _cost(password: str, plain: str, begin: int, end: int, own: set[str]) -> float:
    piece = password[begin:end]
    if piece in own:
        return _NAME
    costs = [math.inf]
    if piece in password[:begin]:
        costs.append(_AGAIN)
    ranks = _ranks()
    if piece in ranks:
        costs.append(math.log2(ranks[piece] + 2))
    disguised = plain[begin:end]
    if disguised != piece and (disguised in ranks or disguised in own):
        costs.append(math.log2(ranks.get(disguised, 0) + 2) + 1)
    return min(costs)


@cache
def _ranks() -> dict[str, int]:
    """Words of the lists by how early they are tried; those of this place come first."""
    here = _FOLDER.joinpath("common_words.txt").read_text(encoding="utf8").split()
    with gzip.open(_FOLDER / "leaked_passwords.txt.gz", "rt", encoding="utf8") as file:
        words = dict.fromkeys([*here, *file.read().split()])
    return {word: rank for rank, word in enumerate(words)}
