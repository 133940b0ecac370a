"""One line for each run, in a file that later runs add to, and what all lines say together."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.chaos.bounds import upper_bound
from tests.chaos.plan import sending_points
from tests.chaos.run import Outcome

_SHOWN = 10


@dataclass(frozen=True)
class Result:
    at: str
    commit: str
    database: str
    seed: int
    number: int
    people: int
    seconds: float
    processor_seconds: float
    calls: int
    reached: int
    by_template: int
    in_doubt: int
    senders_lost: int
    senders_frozen: int
    restarts: int
    refusals: int
    died_at: dict[str, int]
    happened: dict[str, int]
    violations: list[str]

    @classmethod
    def of(cls, outcome: Outcome, database: str, number: int, commit: str) -> Self:
        verdict = outcome.verdict
        return cls(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            commit=commit,
            database=database,
            seed=outcome.plan.seed,
            number=number,
            people=outcome.plan.people,
            seconds=round(outcome.seconds, 1),
            processor_seconds=round(outcome.processor_seconds, 1),
            calls=outcome.calls,
            reached=verdict.reached,
            by_template=verdict.by_template,
            in_doubt=verdict.in_doubt,
            senders_lost=outcome.senders_lost,
            senders_frozen=outcome.senders_frozen,
            restarts=outcome.restarts,
            refusals=outcome.refusals,
            died_at=dict(Counter(outcome.died_at)),
            happened=dict(outcome.happened),
            violations=verdict.violations,
        )

    def is_of(self, database: str, seed: int, people: int) -> bool:
        return (self.database, self.seed, self.people) == (database, seed, people)

    def line(self) -> str:
        figures = (
            f"{self.database} {self.number}: {self.seconds:.1f} s, {self.processor_seconds:.1f} s "
            f"of processor time, {self.reached} reached, {self.senders_lost} senders killed, "
            f"{self.senders_frozen} frozen, {self.restarts} restarts of the database, "
            f"{self.refusals} faults, {self.in_doubt} in doubt"
        )
        if not self.violations:
            return figures
        some = "".join(f"\n  {each}" for each in self.violations[:_SHOWN])
        return f"{figures}, {len(self.violations)} VIOLATIONS{some}"


@dataclass(frozen=True)
class Results:
    path: Path

    def add(self, result: Result) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf8") as file:
            file.write(json.dumps(asdict(result)) + "\n")

    def read(self) -> list[Result]:
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf8").splitlines()
        known = {each.name for each in fields(Result)}
        return [
            Result(**{name: value for name, value in json.loads(line).items() if name in known})
            for line in lines
        ]


def summary(results: Sequence[Result]) -> str:
    """All together; the bounds are exact, one-sided, for 95 %."""
    if not results:
        return "no runs"
    parts = [
        _totals(results),
        _counts("died at", _points(results)),
        _counts("happened", sum((Counter(each.happened) for each in results), Counter[str]())),
        *_bounds(results),
    ]
    return "\n".join(parts)


def _totals(results: Sequence[Result]) -> str:
    runs = len(results)
    databases = Counter(each.database for each in results)
    commits = {each.commit for each in results}
    return (
        f"{runs} runs ({_listed(databases)}) of {len(commits)} versions, "
        f"{sum(each.reached for each in results):,} messages accepted "
        f"({sum(each.by_template for each in results):,} by template) of "
        f"{sum(each.calls for each in results):,} calls, "
        f"{sum(each.refusals for each in results):,} faults of providers, "
        f"{sum(each.in_doubt for each in results):,} in doubt; "
        f"{sum(each.senders_lost for each in results):,} senders killed, "
        f"{sum(each.senders_frozen for each in results):,} frozen, "
        f"{sum(each.restarts for each in results):,} restarts of the database; "
        f"{sum(each.seconds for each in results) / runs:.1f} s a run, "
        f"{sum(each.processor_seconds for each in results) / runs:.1f} s of processor time"
    )


def _points(results: Iterable[Result]) -> Counter[str]:
    """Those that killed nobody are listed too."""
    points = Counter(dict.fromkeys(sending_points(), 0))
    for each in results:
        points.update(each.died_at)
    return points


def _counts(what: str, counts: Counter[str]) -> str:
    return f"{what}: {_listed(counts)}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _bounds(results: Sequence[Result]) -> Iterable[str]:
    runs, bad = len(results), sum(bool(each.violations) for each in results)
    yield (
        f"{bad} of {runs} runs with a violation: with 95 % confidence at most "
        f"{upper_bound(bad, runs):.2%} of such runs have one"
    )
    calls, faults = (
        sum(each.calls for each in results),
        sum(len(each.violations) for each in results),
    )
    yield (
        f"{faults} violations in {calls:,} calls: at most {upper_bound(faults, calls):.2g} a call, "
        "as far as the calls of a run are independent, which they are not quite"
    )
