"""`python -m tests.chaos --runs 10 --people 5000 --seed 7 --database both`, or `make chaos`."""

import argparse
import asyncio
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from hub.vault import Vault
from tests.chaos.people import Template
from tests.chaos.plan import draw
from tests.chaos.run import Outcome, Run
from tests.databases import PostgresServer

FAILED = Path("build/chaos")
DATABASES = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="on each database")
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # ends the processes on the way out
        signal.signal(number, signal.default_int_handler)
    databases = DATABASES if asked.database == "both" else (asked.database,)
    print(f"seed {asked.seed}", flush=True)
    numbers = range(asked.first, asked.first + asked.runs)
    outcomes = [
        outcome
        for database in databases
        for outcome in asyncio.run(_run_all(database, asked.seed, numbers, asked.people))
    ]
    print(summary(outcomes))
    return 1 if any(each.verdict.violations for each in outcomes) else 0


@asynccontextmanager
async def world(database: str, people: int) -> AsyncIterator[Template]:
    """A template with so many people, and its server, until the end."""
    with tempfile.TemporaryDirectory(prefix="chasqui-chaos-") as folder:
        server = PostgresServer.start() if database == "postgresql" else None
        try:
            template = Template(Path(folder), server, Vault.generate())
            await template.fill(people)
            yield template
        finally:
            if server is not None:
                server.stop()


async def run_one(template: Template, seed: int, number: int, people: int) -> Outcome:
    """A run; what it leaves behind is kept if it found anything."""
    plan = draw(seed, number, people, on_postgres=template.server is not None)
    name = f"run_{seed}_{number}"
    folder = template.folder / name
    outcome = await Run(plan, template, folder, name).go()
    if outcome.verdict.violations:
        kind = "sqlite" if template.server is None else "postgresql"
        files = [*folder.glob("*.log"), *template.folder.glob(f"{name}.db*")]
        outcome.save(FAILED / f"{kind}-{seed}-{number}", *files)
    template.drop(name)
    return outcome


async def _run_all(database: str, seed: int, numbers: Sequence[int], people: int) -> list[Outcome]:
    outcomes = []
    async with world(database, people) as template:
        for number in numbers:
            outcome = await run_one(template, seed, number, people)
            print(f"{database} {number}: {line(outcome)}", flush=True)
            outcomes.append(outcome)
    return outcomes


def line(outcome: Outcome) -> str:
    verdict = outcome.verdict
    figures = (
        f"{outcome.seconds:.1f} s, {verdict.reached} reached, {outcome.senders_lost} senders "
        f"killed, {outcome.restarts} restarts of the database, {outcome.refusals} faults, "
        f"{verdict.in_doubt} in doubt"
    )
    if not verdict.violations:
        return figures
    some = "".join(f"\n  {each}" for each in verdict.violations[:10])
    return f"{figures}, {len(verdict.violations)} VIOLATIONS{some}"


def summary(outcomes: Sequence[Outcome]) -> str:
    runs = len(outcomes)
    bad = sum(bool(each.verdict.violations) for each in outcomes)
    text = (
        f"{runs} runs, {sum(each.verdict.reached for each in outcomes)} messages accepted, "
        f"{sum(each.senders_lost for each in outcomes)} senders killed, "
        f"{sum(each.restarts for each in outcomes)} restarts of the database, "
        f"{sum(each.verdict.in_doubt for each in outcomes)} in doubt; "
        f"{bad} runs with violations"
    )
    if bad or not runs:
        return text
    return f"{text}: with 95 % confidence fewer than {3 / runs:.1%} of such runs have one"


if __name__ == "__main__":
    sys.exit(main())
