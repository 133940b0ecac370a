"""When somebody reads what people pass on, said honestly: also that nobody does (HUM-32)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import form_phrases
from content.opening import Week
from hub.i18n import Translate


@dataclass(frozen=True)
class Duty:
    """The desk's hours as the deployment sets them; `week` is empty where there are none."""

    week: Week
    timezone: ZoneInfo

    def say(self, _: Translate, now: datetime) -> str:
        """Who reads now, or from when on."""
        local = now.astimezone(self.timezone)
        if not self.week.spans:
            return form_phrases.no_fixed_hours(_)
        if self.week.is_open(local):
            return form_phrases.person_reads(_, self.week.closes(local), local)
        opens = self.week.opens(local)
        return form_phrases.nobody_reads_now(_, opens or local, local)
