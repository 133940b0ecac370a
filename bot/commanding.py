"""Obeys commands and their buttons: updates, language, a person, data, erasure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import awaiting_phrases, form_phrases, own_time, phrases, service_phrases
from bot.awaiting import AwaitedBook
from bot.cases import CaseBook
from bot.commands import Command
from bot.dialogue import Action
from bot.forms import Forms
from bot.messages import Outbound
from bot.own_time import OwnTime
from bot.proof_phrases import say_date
from bot.turn import (
    Effect,
    Erase,
    ForgetArea,
    ForgetInterests,
    Keep,
    OptIn,
    OptOut,
    Outcome,
    Reading,
    Reply,
    SetLanguage,
    SetTimeZone,
    StopAwaiting,
    Turn,
)
from content.areas import AreaBook
from content.services import ServiceBook
from hub.i18n import Phrases

Choices = list[tuple[str, Action]]

# Buttons below MY DATA, each of which forgets one thing.
_FORGETTING: dict[str, Effect] = {
    "forget_area": ForgetArea(),
    "forget_topics": ForgetInterests(),
    "stop_waiting": StopAwaiting(),
    own_time.FORGET: SetTimeZone(None),
}


@dataclass(frozen=True)
class Commanding:
    phrases: Phrases
    areas: AreaBook
    services: ServiceBook
    platform: str
    message_days: int
    languages: Mapping[str, str]  # each with its own name
    unfinished: frozenset[str]  # those of them in which something lacks (`content.voice`)
    forms: Forms
    cases: CaseBook
    awaited: AwaitedBook
    own_time: OwnTime

    async def obey(self, turn: Turn, command: Command) -> Outcome:
        match command:
            case Command.PERSON:
                return await self._person(turn)
            case Command.MY_DATA:
                return await self._my_data(turn)
            case Command.TIME_ZONE:
                return self.own_time.ask(turn)
            case _:
                return self._reply(turn, command)

    def _reply(self, turn: Turn, command: Command) -> Outcome:
        """To the commands for which nothing has to be looked up."""
        _ = self.phrases.for_language(turn.language)
        match command:
            case Command.STOP:
                effect = OptOut(turn.language, "opt_out")
                return self._say(turn, command, phrases.opted_out(_), effects=(effect,))
            case Command.START:
                return self._ask_opt_in(turn)
            case Command.LANGUAGE:
                return self._say(turn, command, phrases.ask_language(_), self._language_choices())
            case Command.ERASE:
                return self._say(turn, command, phrases.ask_erase(_), _erase_choices(turn, self))
            case _:
                return self._say(turn, Command.HELP, phrases.help_text(_))

    async def act(self, turn: Turn, action: Action) -> Outcome:
        """Carry out a button of one of our commands."""
        _ = self.phrases.for_language(turn.language)
        match action.do:
            case "language":
                said = self._language_set(action.value)
                effect = SetLanguage(action.value, is_chosen=True)
                return self._say(turn, Command.LANGUAGE, said, effects=(effect,))
            case "opt_in":
                effects = (OptIn(turn.language),)
                return self._say(turn, Command.START, phrases.opted_in(_), effects=effects)
            case "erase":
                return self._say(turn, Command.ERASE, phrases.erased(_), effects=(Erase(),))
            case "keep":
                return self._say(turn, Command.ERASE, phrases.kept(_), effects=(Keep(),))
            case do if do in _FORGETTING:
                return self._forgotten(turn, _FORGETTING[do])
            case own_time.ASK | own_time.SET:
                return self.own_time.act(turn, action)
            case "person":
                return await self._person(turn)
            case _:
                return self._say(turn, Command.HELP, phrases.help_text(_))

    def _ask_opt_in(self, turn: Turn) -> Outcome:
        """Opting in takes a second, explicit yes: a word alone is not consent (HUM-06)."""
        _ = self.phrases.for_language(turn.language)
        if turn.person.has_updates:
            return self._say(turn, Command.START, phrases.already_opted_in(_))
        choices = [
            (phrases.opt_in_button(_), Action("opt_in")),
            (form_phrases.choose_topics_button(_), Action("begin", "dialogue.opt_in")),
        ]
        return self._say(turn, Command.START, phrases.ask_opt_in(_, self.platform), choices)

    async def _person(self, turn: Turn) -> Outcome:
        _ = self.phrases.for_language(turn.language)
        lines = await self.services.find_services("legal", turn.person.area, turn.language)
        text = phrases.person(_)
        if lines:
            text = f"{text}\n\n{service_phrases.services(_, lines, None)}"
        reading = Reading("handover", command=Command.PERSON)
        if turn.person.is_held(turn.now):
            text = f"{form_phrases.already_held(_)}\n\n{text}"
            return Outcome((Reply(Outbound(text)),), turn.dialogue, reading)
        asked = self.forms.ask(turn, "reason")
        [question] = asked.replies
        message = Outbound(f"{text}\n\n{question.message.text}", question.message.buttons)
        return Outcome((Reply(message),), asked.dialogue, reading)

    async def own_cases(self, turn: Turn) -> str | None:
        """What became of what this person passed on; None if nothing was."""
        _ = self.phrases.for_language(turn.language)
        lines = [
            form_phrases.case_line(
                _,
                case.kind,
                say_date(case.created_on, turn.language),
                form_phrases.standing(_, case.state, case.outcome),
            )
            for case in await self.cases.of(turn.person.tracker_id)
        ]
        return form_phrases.own_cases(_, lines) if lines else None

    async def _my_data(self, turn: Turn) -> Outcome:
        waits = await self.awaited.count(turn.person.tracker_id)
        said = await self._data(turn, waits)
        return self._say(turn, Command.MY_DATA, said, self._forgettable(turn, waits))

    def _forgettable(self, turn: Turn, waits: int) -> Choices | None:
        """Each of what was volunteered can be erased by itself (HUM-05)."""
        _ = self.phrases.for_language(turn.language)
        choices: Choices = []
        if turn.person.area:
            choices.append((form_phrases.forget_area_button(_), Action("forget_area")))
        if turn.person.has_interests:
            choices.append((form_phrases.forget_topics_button(_), Action("forget_topics")))
        choices += self.own_time.forgetting(turn)
        if turn.person.has_updates and not turn.person.time_zone:
            choices += self.own_time.offer(turn)
        if waits:
            choices.append((awaiting_phrases.stop_waiting_button(_), Action("stop_waiting")))
        return choices or None

    def _forgotten(self, turn: Turn, effect: Effect) -> Outcome:
        said = form_phrases.forgotten(self.phrases.for_language(turn.language))
        return self._say(turn, Command.MY_DATA, said, effects=(effect,))

    async def _data(self, turn: Turn, waits: int) -> str:
        _ = self.phrases.for_language(turn.language)
        area = self.areas.get(turn.person.area) if turn.person.area else None
        kept = phrases.my_data(
            _,
            language=self.languages.get(turn.language, turn.language),
            updates=turn.person.has_updates,
            days=self.message_days,
            area=area.name if area else None,
        )
        awaited = awaiting_phrases.own_awaited(_, waits) if waits else None
        parts = (kept, self.own_time.describe(turn), awaited, await self.own_cases(turn))
        return "\n\n".join(part for part in parts if part)

    def _language_set(self, language: str) -> str:
        _ = self.phrases.for_language(language)
        if language in self.unfinished:
            return phrases.language_in_part(_, self.languages.get(language, language))
        return phrases.language_set(_)

    def _language_choices(self) -> Choices:
        return [(name, Action("language", code)) for code, name in self.languages.items()]

    def _say(
        self,
        turn: Turn,
        command: Command,
        text: str,
        choices: Choices | None = None,
        effects: tuple[Effect, ...] = (),
    ) -> Outcome:
        dialogue, buttons = turn.dialogue.offer(choices) if choices else (turn.dialogue, ())
        reading = Reading("command", command=command)
        return Outcome((Reply(Outbound(text, buttons)),), dialogue, reading, effects)


def _erase_choices(turn: Turn, commanding: Commanding) -> Choices:
    _ = commanding.phrases.for_language(turn.language)
    return [
        (phrases.erase_button(_), Action("erase")),
        (phrases.keep_button(_), Action("keep")),
    ]
