"""One measured thing beside its plain baseline, and the table of all of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """`values` and `baseline_values` hold one value of the same unit for each repetition."""

    subject: str
    what: str
    unit: str
    values: Sequence[float]
    baseline: str
    baseline_values: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """Each repetition beside the baseline of that repetition."""
        pairs = zip(self.values, self.baseline_values, strict=True)
        return [value / base for value, base in pairs]


HEADINGS = ("subject", "what", "median", "lowest to highest", "plain baseline", "ratio")


def cells(figure: Figure) -> tuple[str, ...]:
    base = show(median(figure.baseline_values))
    ratios = figure.ratios
    return (
        figure.subject,
        figure.what,
        f"{show(median(figure.values))} {figure.unit}",
        _spread(figure.values),
        f"{figure.baseline}: {base}",
        f"x{show(median(ratios))} ({_spread(ratios)})",
    )


def as_markdown(figures: Iterable[Figure]) -> str:
    rows = [HEADINGS, tuple("-" * 3 for _ in HEADINGS), *(cells(each) for each in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def milliseconds(seconds: Iterable[float], share: float) -> float:
    return percentile(seconds, share) * 1000


def show(value: float) -> str:
    """Three significant digits, and no more than are there."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}" if value < 1 else f"{value:.2f}"


def _spread(values: Sequence[float]) -> str:
    return f"{show(min(values))} to {show(max(values))}"
