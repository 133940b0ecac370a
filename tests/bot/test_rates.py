"""The pace of a channel: never faster than allowed, replies before bulk, nothing while frozen."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.rates import Bucket, Rate

START = 1_000_000.0  # a monotonic clock begins anywhere
rates = st.floats(min_value=0.2, max_value=100)
reserves = st.floats(min_value=0, max_value=1)


@dataclass(frozen=True)
class Ask:
    after: float
    wanted: int
    bulk: bool
    unused: int  # of what was granted, given back at once
    freeze: float | None


asks = st.lists(
    st.builds(
        Ask,
        after=st.floats(min_value=0, max_value=5),
        wanted=st.integers(0, 200),
        bulk=st.booleans(),
        unused=st.integers(0, 200),
        freeze=st.none() | st.floats(min_value=0.1, max_value=10),
    ),
    max_size=60,
)


@given(rates, reserves, asks)
async def test_never_faster_than_the_rate(rate: float, reserve: float, pattern: list[Ask]) -> None:
    """In any window that a request begins and another ends: rate times its length, and a burst."""
    bucket, now = Bucket(Rate(rate, reserve)), START
    sent: list[tuple[float, int]] = []
    for ask in pattern:
        now += ask.after
        granted = await bucket.take(ask.wanted, now, bulk=ask.bulk)
        assert 0 <= granted <= ask.wanted
        unused = min(ask.unused, granted)
        await bucket.give_back(unused)
        sent.append((now, granted - unused))
        if ask.freeze is not None:
            await bucket.freeze(ask.freeze, now)
    burst = max(1.0, rate)
    for first in range(len(sent)):
        total = 0
        for moment, count in sent[first:]:
            total += count
            assert total <= rate * (moment - sent[first][0]) + burst + 1e-6


@given(rates, reserves, asks)
async def test_nothing_leaves_while_frozen_and_no_burst_follows(
    rate: float, reserve: float, pattern: list[Ask]
) -> None:
    # F-21
    bucket, now, until = Bucket(Rate(rate, reserve)), START, START
    since_thaw = 0
    for ask in pattern:
        now += ask.after
        granted = await bucket.take(ask.wanted, now, bulk=ask.bulk)
        if now < until:
            assert granted == 0
            assert bucket.is_frozen(now)
        elif until > START:
            since_thaw += granted
            assert since_thaw <= rate * (now - until) + 1e-6
        if ask.freeze is not None:
            await bucket.freeze(ask.freeze, now)
            until, since_thaw = max(until, now + ask.freeze), 0


@given(st.floats(min_value=8, max_value=100), st.floats(min_value=0, max_value=0.75))
async def test_bulk_leaves_the_reserve_to_replies(rate: float, reserve: float) -> None:
    # PEER-13
    paced = Rate(rate, reserve)
    bucket = Bucket(paced)
    bulk = await bucket.take(1000, START, bulk=True)
    reply = await bucket.take(1000, START, bulk=False)
    assert reply >= int(paced.capacity * reserve)
    assert bulk + reply <= paced.capacity
    assert bulk <= paced.capacity * (1 - reserve) + 1e-9  # 60 * 0.45 is a little less than 27


@given(rates, reserves)
async def test_bulk_is_never_starved_by_the_reserve_alone(rate: float, reserve: float) -> None:
    """Also at one message a second, as a provider's trial account allows."""
    bucket, now = Bucket(Rate(rate, reserve)), START
    granted = 0
    for _ in range(20):
        granted += await bucket.take(1, now, bulk=True)
        now += 1 / rate
    assert granted > 0


@given(rates, st.integers(1, 50))
async def test_an_idle_bucket_gives_no_more_than_one_burst(rate: float, seconds: int) -> None:
    bucket = Bucket(Rate(rate, 0.2))
    await bucket.take(1000, START, bulk=False)
    assert await bucket.take(10_000, START + seconds * 100, bulk=False) <= max(1.0, rate)


async def test_a_longer_freeze_is_not_shortened() -> None:
    # F-21
    bucket = Bucket(Rate(10, 0.2))
    await bucket.freeze(30, START)
    await bucket.freeze(1, START)
    assert bucket.is_frozen(START + 29)
    assert not bucket.is_frozen(START + 30)
