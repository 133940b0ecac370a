"""One token bucket a channel for all processes that send for it: a row that each takes from.

Fails closed: who cannot reach the row sends nothing (and could claim nothing either). Each change
is one plain UPDATE, whose new values are worked out from the row as it is once it is locked; to
read the row first and then write it grants the same tokens twice.
"""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Float, Update, cast, func, literal, update

from bot.models import RateBucket
from bot.rates import Rate
from hub.clock import Clock
from hub.database import Database, insert_if_new

# Who got less than asked for asks again when there is more, not at each message that ends.
_LONGEST_REST_SECONDS = 0.1
_ROUNDING = 1e-4  # a double holds moments since 1970 to a quarter of a microsecond


@dataclass
class SharedBucket:
    """See `bot.rates.Pace`. On PostgreSQL only.

    The bucket is kept as the moment at which it was or will be empty: it holds what has flowed in
    since. Moments come from the clock of whoever asks. One that is ahead makes the others find a
    little less, never all of them together more.
    """

    database: Database
    clock: Clock
    channel: str
    rate: Rate
    # Until when not to ask again, for bulk and for replies.
    _rests: dict[bool, float] = field(default_factory=dict)

    async def take(self, wanted: int, now: float, *, bulk: bool) -> int:
        if wanted <= 0 or now < self._rests.get(bulk, now):
            return 0
        granted = await self._change(self._taken(wanted, self._moment(), bulk=bulk))
        if granted < wanted:
            missing = (wanted - granted) / self.rate.per_second
            self._rests[bulk] = now + min(missing, _LONGEST_REST_SECONDS)
        return granted

    async def give_back(self, unused: int) -> None:
        if unused > 0:
            earlier = RateBucket.empty_at - unused / self.rate.per_second
            row = self._row().values(
                empty_at=func.greatest(earlier, RateBucket.frozen_until), granted=0
            )
            await self._change(row)

    async def freeze(self, seconds: float, now: float) -> None:
        del now
        until = self._moment() + seconds
        await self._change(
            self._row().values(
                empty_at=func.greatest(RateBucket.empty_at, until),
                frozen_until=func.greatest(RateBucket.frozen_until, until),
                granted=0,
            )
        )

    def _taken(self, wanted: int, now: float, *, bulk: bool) -> Update:
        full_since = now - self.rate.capacity / self.rate.per_second
        empty_at = func.greatest(RateBucket.empty_at, full_since)
        kept = self.rate.kept if bulk else 0.0
        tokens = (literal(now, Float) - empty_at) * self.rate.per_second - kept + _ROUNDING
        granted: ColumnElement[int] = func.greatest(0, func.least(wanted, func.floor(tokens)))
        return self._row().values(
            empty_at=empty_at + cast(granted, Float) / self.rate.per_second, granted=granted
        )

    def _row(self) -> Update:
        return update(RateBucket).where(RateBucket.channel == self.channel)

    async def _change(self, change: Update) -> int:
        """Run a change and return what it granted. It applies to any row, so none means a first
        use."""
        statement = change.returning(RateBucket.granted)
        granted = await self.database.write_alone(statement)
        if granted is None:
            await self._make_row()
            granted = await self.database.write_alone(statement)
        return granted or 0

    async def _make_row(self) -> None:
        async with self.database.write() as session:
            await insert_if_new(
                session, RateBucket, channel=self.channel, empty_at=0.0, frozen_until=0.0, granted=0
            )

    def _moment(self) -> float:
        return self.clock.now().timestamp()
