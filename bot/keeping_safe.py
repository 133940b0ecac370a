"""What is said at once to whoever tells of danger: the vetted text, and below it a place nearby if
one was said.

Nothing of the message is kept but the class (HUM-29): need and place are read for this answer only.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import form_phrases, phrases, service_phrases
from bot.danger import SafetyClass
from bot.dialogue import Action
from bot.looking import said_need
from bot.messages import Outbound
from bot.turn import HoldUpdates, Outcome, Reading, Reply, Turn
from content.answers import AnswerBook
from content.areas import Area, AreaBook
from content.distances import Distance
from content.services import ServiceBook
from hub.i18n import Phrases

CARE_LASTS = timedelta(hours=24)
CHILD_IS_SPARED = timedelta(days=30)

# The topic that a safety answer also settles, so that figures and context know what it was about.
_TOPICS = {
    SafetyClass.MEDICAL_EMERGENCY: "health.emergency",
    SafetyClass.PARTNER_VIOLENCE: "protection.gbv",
    SafetyClass.SEXUAL_VIOLENCE: "protection.gbv",
    SafetyClass.TRAFFICKING: "protection.trafficking",
    SafetyClass.AID_WORKER_ABUSE: "feedback.complaints",
    SafetyClass.SELF_HARM: "health.mental",
    SafetyClass.IMMEDIATE_DANGER: "emergency.numbers",
    SafetyClass.CHILD_RISK: "protection.child",
}
# What is named near a place that was said: what was looked for, else what helps in this class, the
# first that there is. Whoever was abused by somebody who gives aid is sent to no aid nearby: it may
# be where that person works.
_NAMED = frozenset(("shelter", "health", "psychosocial", "child_friendly_space", "legal", "food"))
_NEEDS: dict[SafetyClass, tuple[str, ...]] = {
    SafetyClass.MEDICAL_EMERGENCY: ("health",),
    SafetyClass.PARTNER_VIOLENCE: ("shelter", "psychosocial"),
    SafetyClass.SEXUAL_VIOLENCE: ("health", "psychosocial"),
    SafetyClass.CHILD_RISK: ("child_friendly_space",),
}
_NO_AID_NEARBY = SafetyClass.AID_WORKER_ABUSE
_LOOKED_AT = 8
_MOST_PLACES = 2

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class KeepingSafe:
    phrases: Phrases
    answers: AnswerBook
    areas: AreaBook
    services: ServiceBook

    async def answer(self, turn: Turn, found: SafetyClass) -> Outcome:
        dialogue = turn.dialogue.with_care(found, turn.now, CARE_LASTS).without_form()
        area = self.areas.find_in_text(turn.inbound.text)
        said = self._looked_for(turn.inbound.text, area)
        reading = Reading("safety", topic=_TOPICS[found], safety_class=found, slots=said)
        reply = await self._reply(turn, found, area, said)
        if found is SafetyClass.AID_WORKER_ABUSE:
            _ = self.phrases.for_language(turn.language)
            complain = (form_phrases.complain_button(_), Action("begin", "dialogue.complaint_aid"))
            dialogue, buttons = dialogue.offer([complain])
            reply = replace(reply, message=replace(reply.message, buttons=buttons))
        return Outcome((reply,), dialogue, reading, (HoldUpdates(_quiet_until(found, turn.now)),))

    async def _reply(
        self, turn: Turn, found: SafetyClass, area: Area | None, said: dict[str, str]
    ) -> Reply:
        """The vetted text, or words of last resort if the content cannot be read (INV-12)."""
        vetted = await _or_nothing(self.answers.safety(found, turn.language))
        if vetted is None:
            _ = self.phrases.for_language(turn.language)
            return Reply(Outbound(phrases.safety_fallback(_)), must_arrive=True)
        near = await _or_nothing(self._places(turn, found, area, said))
        # In one message, since the beginning of each is what a locked screen shows (HUM-26). Which
        # text it was is not recorded: beside the person's id it would tell what happened.
        text = "\n\n".join(part for part in (vetted.text.strip(), near) if part)
        return Reply(Outbound(text), must_arrive=True)

    def _looked_for(self, text: str, area: Area | None) -> dict[str, str]:
        """Need and place as this message says them."""
        need = said_need(text, self.areas.without_place(text), is_place_said=area is not None)
        named = {"need": need, "place": area.name if area else None}
        return {slot: value for slot, value in named.items() if value}

    async def _places(
        self, turn: Turn, found: SafetyClass, area: Area | None, said: dict[str, str]
    ) -> str | None:
        """Verified places in reach of a place that was said; lines of the whole country are in the
        vetted text already."""
        if area is None or found is _NO_AID_NEARBY:
            return None
        needs = (said.get("need"), *_NEEDS.get(found, ()))
        for need in (each for each in needs if each in _NAMED):
            services = await self.services.find_services(need, area.code, turn.language, _LOOKED_AT)
            near = [each for each in services if each.distance is not Distance.NATIONAL]
            if near:
                _ = self.phrases.for_language(turn.language)
                return service_phrases.services(_, near[:_MOST_PLACES], area.name)
        return None


async def _or_nothing(reading: Awaitable[_Read]) -> _Read | None:
    """None if it fails: a safety answer must leave even when the database does not answer."""
    try:
        return await reading
    except Exception:  # whatever it is: INV-12
        return None


def _quiet_until(found: SafetyClass, now: datetime) -> datetime:
    """The end of a whole day, so that the moment of a disclosure stands nowhere. Who may be a child
    gets no updates for longer, since nobody asks for an age (HUM-31)."""
    lasting = CHILD_IS_SPARED if found is SafetyClass.CHILD_RISK else CARE_LASTS
    day = (now + lasting).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
