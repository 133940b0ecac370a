"""When somebody reads what people pass on, said honestly: also that nobody does (HUM-32)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import form_phrases
from bot.rostering import Roster
from content.opening import Week
from hub.i18n import Translate

ReadRoster = Callable[[datetime], Awaitable[Roster | None]]


async def no_roster(now: datetime) -> Roster | None:
    """Where nobody keeps one."""
    del now
    return None


@dataclass(frozen=True)
class Duty:
    """The roster that staff keep; while there is none, the desk's hours as the deployment sets
    them, where `week` is empty if there are none."""

    week: Week
    timezone: ZoneInfo
    read_roster: ReadRoster = no_roster

    async def say(self, _: Translate, now: datetime) -> str:
        """Who reads now, or from when on."""
        local = now.astimezone(self.timezone)
        roster = await self.read_roster(now)
        if roster is not None:
            return self._say_roster(_, roster, local)
        if not self.week.spans:
            return form_phrases.no_fixed_hours(_)
        if self.week.is_open(local):
            return form_phrases.person_reads(_, self.week.closes(local), local)
        opens = self.week.opens(local)
        return form_phrases.nobody_reads_now(_, opens or local, local)

    def _say_roster(self, _: Translate, roster: Roster, local: datetime) -> str:
        until = roster.covered_until(local)
        if until is not None:
            return form_phrases.person_reads(_, until.astimezone(self.timezone), local)
        begins = roster.next_start(local)
        if begins is None:
            return form_phrases.nobody_on_roster(_)
        return form_phrases.nobody_reads_now(_, begins.astimezone(self.timezone), local)
