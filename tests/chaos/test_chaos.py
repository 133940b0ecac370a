"""The short form of `make chaos`: two runs on each database, which meet every failpoint."""

import re
from pathlib import Path

import pytest

from tests.chaos.plan import draw, sending_points
from tests.chaos.results import Result
from tests.chaos.series import Lane, run_one

pytestmark = [pytest.mark.crash, pytest.mark.timeout(400)]

SEED, PEOPLE = 7, 300
_ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
async def test_nothing_is_untrue_after_everything_went_wrong(database: str) -> None:
    # INV-3, INV-4, INV-5, INV-6, PEER-01, PEER-03, PEER-04, F-04, F-05, REL-04
    died_at = set()
    async with Lane.open(database, PEOPLE) as lane:
        for number in range(2):
            outcome = await run_one(lane, SEED, number)
            line = Result.of(outcome, database, number, "this one").line()
            assert not outcome.verdict.violations, line
            assert outcome.verdict.reached > PEOPLE // 2
            died_at |= set(outcome.died_at)
    assert died_at == set(sending_points()), "each numbered point killed somebody once"


def test_every_failpoint_of_the_source_is_met_by_a_test_that_kills() -> None:
    # REL-04: those of sending in `tests.chaos`, those of answering in `test_crashes`
    crashes = (_ROOT / "tests/end_to_end/test_crashes.py").read_text(encoding="utf8")
    named = set(re.findall(r'"([a-z]+\.[a-z_]+)"', crashes))
    sources = [path for part in ("bot", "broadcast") for path in (_ROOT / part).glob("*.py")]
    points = {
        point
        for path in sources
        for point in re.findall(r'\bhit\("([a-z_.]+)"\)', path.read_text(encoding="utf8"))
    }
    assert points - named - set(sending_points()) == set()


def test_a_seed_says_what_goes_wrong() -> None:
    plans = [draw(SEED, number, PEOPLE, on_postgres=True) for number in (0, 0, 1)]
    assert plans[0] == plans[1]
    assert plans[0].happenings != plans[2].happenings
    halves = {point.partition(":")[0] for plan in plans for point in plan.deaths}
    assert halves == set(sending_points())
