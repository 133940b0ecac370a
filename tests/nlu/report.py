"""Prints what an evaluation found, keeps its record, and writes the page `docs/understanding.md`
with its picture.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.nlu.judging import ranked_topics
from tests.nlu.tallies import GROUPS, Answer, Tallies, interval

RECORD = Path("nlu/evaluation/results.json")
PAGE = Path("docs/understanding.md")
PICTURE = Path("docs/images/confusions.svg")
_MARKS = ("<!-- figures -->", "<!-- end of figures -->")
_MOST_CONFUSIONS = 25
_CELL = 8

Figures = dict[str, dict[str, Any]]


def figures_of(tallies: Tallies) -> Figures:
    return {
        name: {group: tally.share(languages) for group, languages in GROUPS.items()}
        for name, tally in sorted(tallies.items())
    }


def read_figures() -> Figures:
    """The figures of the last record, to show what a change did."""
    if not RECORD.exists():
        return {}
    return dict(json.loads(RECORD.read_text(encoding="utf8"))["figures"])


def print_table(tallies: Tallies, before: Figures) -> None:
    print(f"{'':46}" + "".join(f"{group:>18}" for group in GROUPS))
    for name, row in figures_of(tallies).items():
        cells = (_cell(value, before.get(name, {}).get(group)) for group, value in row.items())
        print(f"{name:46}" + "".join(cells))


def _cell(value: float | None, before: float | None) -> str:
    if value is None:
        return f"{'-':>18}"
    change = f" ({value - before:+.3f})" if before is not None else ""
    return f"{f'{value:.3f}{change}':>18}"


def write_record(tallies: Tallies) -> None:
    record = {"on": datetime.now(UTC).date().isoformat(), "figures": figures_of(tallies)}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


def write_report(tallies: Tallies) -> None:
    """Replace what stands between the marks of the page, and the picture."""
    lines = [f"`make nlu-test` on {datetime.now(UTC).date().isoformat()}.", "", *_rows(tallies)]
    confusions = _confusions(tallies)
    lines += [
        "",
        "### What is taken for what",
        "",
        "| asked | taken for | times |",
        "|---|---|---|",
    ]
    lines += [
        f"| {asked} | {got} | {times} |"
        for (asked, got), times in confusions.most_common(_MOST_CONFUSIONS)
    ]
    lines += ["", f"![Confusions between families of topics]({PICTURE.relative_to('docs')})"]
    page = PAGE.read_text(encoding="utf8")
    before, rest = page.split(_MARKS[0])
    after = rest.split(_MARKS[1])[1]
    figures = "\n".join(lines)
    PAGE.write_text(f"{before}{_MARKS[0]}\n{figures}\n{_MARKS[1]}{after}", encoding="utf8")
    PICTURE.write_text(_picture(tallies), encoding="utf8")


def _rows(tallies: Tallies) -> list[str]:
    head = [
        "| figure | " + " | ".join(GROUPS) + " |",
        "|---|" + "---|" * len(GROUPS),
    ]
    return head + [
        f"| {name} | "
        + " | ".join(_with_interval(*tally.counts(langs)) for langs in GROUPS.values())
        + " |"
        for name, tally in sorted(tallies.items())
    ]


def _with_interval(hits: int, total: int) -> str:
    if not total:
        return "–"
    low, high = interval(hits, total)
    return f"{hits / total:.3f} ({low:.2f} to {high:.2f}; {hits} of {total})"


def _pairs(tallies: Tallies) -> list[tuple[str, str]]:
    return [
        (str(message["topic"]), _first(answer))
        for message, answer in tallies["right topic first"].missed
    ]


def _first(answer: Answer) -> str:
    ranked = ranked_topics(answer)
    return ranked[0] if ranked else str(answer["kind"])


def _confusions(tallies: Tallies) -> Counter[tuple[str, str]]:
    return Counter(_pairs(tallies))


def _family(topic: str) -> str:
    return topic.split(".")[0]


def _picture(tallies: Tallies) -> str:
    """A square for each pair of families, darker for more; the numbers stand in it."""
    counted = Counter((_family(asked), _family(got)) for asked, got in _pairs(tallies))
    names = sorted({name for pair in counted for name in pair})
    most, step, left = max(counted.values(), default=1), 3 * _CELL, 110
    size = left + step * len(names) + _CELL
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
            'font-family="sans-serif" font-size="11" role="img">'
        ),
        "<title>Messages of one family of topics taken for another</title>",
    ]
    for at, name in enumerate(names):
        place = left + at * step + 15
        parts.append(f'<text x="{left - 6}" y="{place}" text-anchor="end">{name}</text>')
        parts.append(
            f'<text transform="translate({place},{left - 6}) rotate(-60)" '
            f'text-anchor="start">{name}</text>'
        )
    for (asked, got), times in sorted(counted.items()):
        x, y = left + names.index(got) * step, left + names.index(asked) * step
        shade = 95 - round(60 * times / most)
        parts.append(
            f'<rect x="{x}" y="{y}" width="{step - 2}" height="{step - 2}" '
            f'fill="hsl(210 60% {shade}%)"/>'
            f'<text x="{x + step / 2 - 1}" y="{y + 15}" text-anchor="middle">{times}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
