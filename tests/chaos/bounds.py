"""How often something may happen at most, given how often it was seen to."""

from math import exp, lgamma, log, log1p

_STEPS = 60  # halvings: more than a double can tell apart


def upper_bound(seen: int, tries: int, confidence: float = 0.95) -> float:
    """The exact one-sided bound (Clopper and Pearson): a larger share would have shown itself more
    often than `seen` times in `tries`, with this confidence. For none seen, about `3 / tries`."""
    if tries <= 0 or seen >= tries:
        return 1.0
    low, high = seen / tries, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(seen, tries, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(seen: int, tries: int, share: float) -> float:
    """The probability of so few, if each try has this chance."""
    if share >= 1:
        return 0.0
    if share <= 0:
        return 1.0
    return sum(
        exp(
            lgamma(tries + 1) - lgamma(number + 1) - lgamma(tries - number + 1)
            + number * log(share) + (tries - number) * log1p(-share)
        )
        for number in range(seen + 1)
    )  # fmt: skip
