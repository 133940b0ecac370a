"""What a message is made of, for whatever learns from messages: its words, pairs of neighbours, and
the three- and four-letter parts of its words, which forgive typos.
"""

from collections import Counter
from functools import lru_cache
from itertools import pairwise

from bot.text import words


def parts_of(text: str) -> Counter[str]:
    """How often each feature occurs; a part begins and ends with `_` where its word does."""
    said = words(text)
    parts = [*said, *(f"{first} {second}" for first, second in pairwise(said))]
    for word in said:
        parts += _letters(word)
    return Counter(parts)


def letters_of(text: str) -> Counter[str]:
    """How often each three- and four-letter part occurs."""
    return Counter(part for word in words(text) for part in _letters(word))


@lru_cache(maxsize=20_000)
def _letters(word: str) -> tuple[str, ...]:
    padded = f"_{word}_"
    return tuple(
        padded[start : start + size] for size in (3, 4) for start in range(len(padded) - size + 1)
    )
