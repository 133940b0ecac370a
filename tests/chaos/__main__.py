"""`python -m tests.chaos --runs 10 --people 5000 --seed 7 --database both`, or `make chaos`."""

import argparse
import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.fleet import warm_up
from tests.chaos.results import Result, Results, summary
from tests.chaos.series import Lane, run_one

RESULTS = Path("build/chaos/results.jsonl")
DATABASES = ("sqlite", "postgresql")


def main() -> int:
    asked = _read_arguments()
    for number in (signal.SIGINT, signal.SIGTERM):  # ends the processes on the way out
        signal.signal(number, signal.default_int_handler)
    results = Results(asked.results)
    before = results.read()
    seed = asked.seed if asked.seed is not None else _seed_of(before)
    print(f"seed {seed}, results in {asked.results}", flush=True)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    for database in databases:
        done = {each.number for each in before if each.is_of(database, seed, asked.people)}
        wanted = range(asked.first, asked.first + asked.runs)
        numbers = iter([number for number in wanted if number not in done])
        asyncio.run(_run_all(database, seed, numbers, asked, results))
    found = [
        each
        for each in results.read()
        if any(each.is_of(database, seed, asked.people) for database in databases)
    ]
    print(summary(found))
    return 1 if any(each.violations for each in found) else 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="on each database, in all")
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seed", type=int, help="else that of the results so far, or a new one")
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="runs")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="a line for each run; what is there is done"
    )
    return parser.parse_args()


def _seed_of(before: list[Result]) -> int:
    return before[-1].seed if before else secrets.randbelow(10**6)


async def _run_all(
    database: str, seed: int, numbers: Iterator[int], asked: argparse.Namespace, results: Results
) -> None:
    """Several lanes, each with a server and a template of its own; each takes the next number."""
    commit = _commit()
    warm_up()

    async def go() -> None:
        number = next(numbers, None)
        if number is None:
            return
        async with Lane.open(database, asked.people) as lane:
            while number is not None:
                outcome = await run_one(lane, seed, number)
                result = Result.of(outcome, database, number, commit)
                results.add(result)
                print(result.line(), flush=True)
                number = next(numbers, None)

    async with asyncio.TaskGroup() as group:
        for _ in range(asked.at_once):
            group.create_task(go())


def _commit() -> str:
    """With a mark if what runs is not what was committed."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
