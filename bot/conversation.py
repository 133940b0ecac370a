"""One turn of a conversation: notice, commands, danger, choices, then understanding.

The stages are tried in that order and the first that knows what to do ends the turn. Nothing here
writes: effects and replies come back as data. No database session is held while Rasa is asked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot import phrases
from bot.answering import Answering
from bot.awaiting import Awaiting
from bot.case_answers import Waiting
from bot.channels.base import Capabilities
from bot.choosing import Choosing
from bot.commanding import Commanding
from bot.commands import find_command, find_language
from bot.danger import SafetyClass, find_danger
from bot.dialogue import Action, Dialogue
from bot.form_fields import COMPLAINT, WORDS, asked_in, form_of
from bot.form_following import at, follow
from bot.form_turns import FormTurns
from bot.granting import Granting
from bot.keeping_safe import CARE_LASTS, KeepingSafe
from bot.language import choose_language
from bot.leaving import Leaving
from bot.looking import DIRECTORY
from bot.messages import FULL_TEXT, Inbound, InboundKind, Outbound
from bot.proving import Proving
from bot.text import fold
from bot.turn import (
    Effect,
    HeardAnswer,
    OptOut,
    Outcome,
    PassOn,
    Person,
    Reading,
    Reply,
    SetArea,
    SetLanguage,
    Turn,
    Unblock,
)
from bot.unanswered import note_question
from bot.understanding import Question, Understander
from content.answers import AnswerBook
from hub.i18n import Phrases, Translate

_UNREADABLE = {
    InboundKind.VOICE,
    InboundKind.IMAGE,
    InboundKind.VIDEO,
    InboundKind.DOCUMENT,
    InboundKind.STICKER,
    InboundKind.CONTACT,
    InboundKind.UNSUPPORTED,
}


Stage = Callable[[Turn], Awaitable[Outcome | None]]
FullText = Callable[[str], Awaitable[Waiting | None]]


@dataclass(frozen=True)
class Thresholds:
    """Confidences of Rasa: `danger` at which danger that only it notices counts, `hint` from which
    the answer is followed by a word that brings help; `leave` and `ask_leave`: see `bot.leaving`;
    `wish`: see `bot.granting`.
    """

    danger: float
    hint: float
    leave: float
    ask_leave: float
    wish: float


@dataclass(frozen=True)
class Conversation:
    """Takes turns. `languages` are the deployment's; `default` is told when none is known."""

    phrases: Phrases
    answers: AnswerBook
    answering: Answering
    commanding: Commanding
    proving: Proving
    understander: Understander
    platform: str
    message_days: int
    thresholds: Thresholds
    languages: tuple[str, ...]
    default: str
    awaiting: Awaiting
    full_text: FullText  # by tracker id; see `broadcast.full_text`

    async def take_turn(
        self,
        person: Person,
        dialogue: Dialogue,
        inbound: Inbound,
        capabilities: Capabilities,
        now: datetime,
    ) -> Outcome:
        """Read one message and say what to answer and what changes."""
        language = self._language(person, inbound)
        noticed = find_danger(inbound.text)
        turn = Turn(person, dialogue, inbound, capabilities, now, language, noticed)
        outcome = _forget_numbers(await self._first(turn))
        if outcome.reason is not None:
            return outcome
        outcome = self.awaiting.offer(turn, note_question(turn, outcome))
        outcome = self.commanding.own_time.with_offer(turn, outcome)
        outcome = self._with_plea(turn, self._form_turns.with_way_back(turn, outcome))
        outcome = self._with_notice(turn, self._with_language(turn, outcome))
        return replace(outcome, dialogue=outcome.dialogue.without_told())

    @property
    def _form_turns(self) -> FormTurns:
        return FormTurns(self.answering, self.commanding, self._understand, self._with_safety)

    @property
    def _keeping_safe(self) -> KeepingSafe:
        answering = self.answering
        return KeepingSafe(self.phrases, self.answers, answering.areas, answering.services)

    @property
    def _leaving(self) -> Leaving:
        from_ = self.thresholds
        return Leaving(self.phrases, self.commanding, from_.leave, from_.ask_leave)

    @property
    def _granting(self) -> Granting:
        return Granting(self.commanding, self.thresholds.wish)

    @property
    def _choosing(self) -> Choosing:
        form_turns, understand = self._form_turns, self._understand
        return Choosing(
            self.answering, self.commanding, self.awaiting, form_turns, self._leaving, understand
        )

    async def _with_safety(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Before a form goes on: what helps whoever was abused by somebody who gives aid."""
        safe = await self._keeping_safe.answer(turn, SafetyClass.AID_WORKER_ABUSE)
        first = tuple(
            replace(reply, message=replace(reply.message, buttons=())) for reply in safe.replies
        )
        dialogue = outcome.dialogue.with_care(SafetyClass.AID_WORKER_ABUSE, turn.now, CARE_LASTS)
        if turn.inbound.text and form_of(dialogue.rasa) == COMPLAINT:
            dialogue = dialogue.telling(turn.inbound.text)
        effects = (*safe.effects, *outcome.effects)
        return Outcome((*first, *outcome.replies), dialogue, safe.reading, effects)

    async def _first(self, turn: Turn) -> Outcome:
        stages: tuple[Stage, ...] = (
            self._provider_notice,
            self._danger,
            self._full_text,
            self._choice,
            self._command,
            self._leaving.answer,
            self._form_turns.held,
            self._form_turns.own_words,
            self.commanding.own_time.answer,
            self.proving.answer,
            self._not_text,
            self._location,
        )
        for stage in stages:
            outcome = await stage(turn)
            if outcome is not None:
                return outcome
        understood = await self._understand(turn)
        return self._with_care(turn, self._leaving.ask(turn, understood))

    async def _provider_notice(self, turn: Turn) -> Outcome | None:
        """Blocked: an opt-out, and silence, since nothing would arrive (HUM-07)."""
        if turn.inbound.kind is InboundKind.BLOCKED:
            effect = OptOut(turn.language, "blocked")
            return Outcome((), turn.dialogue, Reading("command"), (effect,), "blocked")
        if turn.inbound.kind is InboundKind.UNBLOCKED:
            return Outcome((), turn.dialogue, Reading("command"), (Unblock(),), "unblocked")
        return None

    async def _danger(self, turn: Turn) -> Outcome | None:
        """Before commands and choices: nothing in the message may mask a disclosure (HUM-22)."""
        found = turn.noticed
        if found is None:
            return None
        safety_class = found.safety_class
        if _is_asked_about(turn, safety_class):
            understood = await self._understand(turn) if found.is_sure else None
            return understood and await self._with_safety(turn, understood)
        if not found.is_sure and not await self._is_danger_to_rasa(turn):
            return None
        outcome = await self._keeping_safe.answer(turn, safety_class)
        if not turn.person.is_held(turn.now) or safety_class is SafetyClass.AID_WORKER_ABUSE:
            return outcome  # whoever holds the case may be whom it is about
        passed = PassOn(turn.inbound.text, is_sensitive=True)
        return replace(outcome, effects=(*outcome.effects, passed))

    async def _is_danger_to_rasa(self, turn: Turn) -> bool:
        """A second opinion, which also knows sense; without Rasa the first one stands (INV-12)."""
        question = Question(turn.person.tracker_id, turn.inbound.text, state=turn.dialogue.rasa)
        danger = (await self.understander.understand(question)).danger
        return danger is None or danger.confidence >= self.thresholds.danger

    async def _full_text(self, turn: Turn) -> Outcome | None:
        """The button of a template, or its words where the channel showed no button."""
        if turn.inbound.choice != FULL_TEXT and fold(turn.inbound.text) not in _SEE_ALL:
            return None
        found = await self.full_text(turn.person.tracker_id)
        if found is None:
            return None
        if found.topic is None:
            return self._say(turn, found.text, Reading("answer"))
        told = await self.answering.tell(turn, found.topic, Reading("answer"))
        if not any(reply.told for reply in told.replies):
            return told  # being checked again: they wait on
        return replace(told, effects=(*told.effects, HeardAnswer(found.topic)))

    async def _choice(self, turn: Turn) -> Outcome | None:
        if turn.inbound.choice is None and turn.person.is_held(turn.now):
            return None  # digits are for whoever reads
        action = turn.dialogue.chosen(turn.inbound.choice, turn.inbound.text)
        if action is not None:
            return await self._choosing.act(turn, action)
        if turn.inbound.kind is InboundKind.CHOICE:
            return self._say(turn, phrases.stale_button(self._(turn)), Reading("unknown"))
        return None

    async def _command(self, turn: Turn) -> Outcome | None:
        if turn.inbound.kind is not InboundKind.TEXT:
            return None
        command = find_command(turn.inbound.text)
        if command is not None:
            turn = replace(turn, dialogue=turn.dialogue.without_form())
            return await self.commanding.obey(turn, command)
        language = find_language(turn.inbound.text, self.commanding.languages.items())
        if language in self.languages:
            return await self.commanding.act(turn, Action("language", language))
        return None

    async def _not_text(self, turn: Turn) -> Outcome | None:
        kind = turn.inbound.kind
        if kind is InboundKind.EDITED:
            return self._say(turn, phrases.edited(self._(turn)), Reading("unknown"))
        if kind in _UNREADABLE and not turn.inbound.text:
            return self._say(turn, phrases.only_text(self._(turn)), Reading("unknown"))
        return None

    def _with_care(self, turn: Turn, outcome: Outcome) -> Outcome:
        """After a disclosure small talk and doubt keep the care frame; a question is answered."""
        if not turn.dialogue.in_care(turn.now) or outcome.reading.kind not in _CARE_INSTEAD_OF:
            return outcome
        reading = Reading(
            "safety", safety_class=SafetyClass(turn.dialogue.care_class or "self_harm")
        )
        return self._say(turn, phrases.care(self._(turn)), reading)

    async def _location(self, turn: Turn) -> Outcome | None:
        if turn.inbound.kind is not InboundKind.LOCATION:
            return None
        if turn.inbound.area is None:
            return self._say(turn, phrases.place_unknown(self._(turn)), Reading("unknown"))
        if asked_in(turn.dialogue.rasa) == "area":
            here = at(turn.dialogue, turn.inbound.area, self.answering.areas)
            if here is not None:
                return await self._form_turns.inform(turn, here)
        outcome = await self._understand(turn, intent=DIRECTORY, slots={})
        return replace(outcome, effects=(*outcome.effects, SetArea(turn.inbound.area)))

    async def _understand(
        self, turn: Turn, *, intent: str | None = None, slots: dict[str, str] | None = None
    ) -> Outcome:
        given = dict(slots or {})
        place = self.answering.place_of(turn)
        if intent == DIRECTORY and place:
            given["place"] = place
        question = Question(
            sender=turn.person.tracker_id,
            text=turn.inbound.text,
            intent=intent,
            slots=given,
            state=turn.dialogue.rasa,
        )
        understood = await self.understander.understand(question)
        danger = understood.danger
        if danger is not None and danger.confidence >= self.thresholds.danger:
            found = SafetyClass(danger.topic)
            if not _is_asked_about(turn, found):
                return await self._keeping_safe.answer(turn, found)
        granted = await self._leaving.obey(turn, understood)
        granted = granted or await self._granting.obey(turn, understood)
        if granted is not None:
            return granted
        may_leave = self._leaving.is_likely(turn, understood)
        is_chosen = intent is not None
        turn, understood = follow(turn, understood, self.answering.areas, is_chosen=is_chosen)
        outcome = await self.answering.respond(turn, understood)
        outcome = replace(outcome, reading=replace(outcome.reading, may_leave=may_leave))
        if danger is None or danger.confidence < self.thresholds.hint:
            return outcome
        # Too little for an alarm, too much for silence: the answer, and a word that brings help.
        hint = Reply(Outbound(phrases.if_not_safe(self._(turn))))
        reading = replace(outcome.reading, may_be_danger=True)
        return replace(outcome, replies=(*outcome.replies, hint), reading=reading)

    def _with_language(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Remember the language of the message; a chosen one is set by its own effect."""
        chosen = any(isinstance(effect, SetLanguage) for effect in outcome.effects)
        if chosen or turn.person.language == turn.language:
            return outcome
        effect: Effect = SetLanguage(turn.language, is_chosen=False)
        return replace(outcome, effects=(*outcome.effects, effect))

    def _with_plea(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Who sent numbers or addresses is asked not to, after the answer; never in danger, and not
        when a word was obeyed, such as the one to be left alone (HUM-03)."""
        withheld = turn.inbound.withheld
        if not withheld:
            return outcome
        reading = replace(outcome.reading, withheld=withheld)
        outcome = replace(outcome, reading=reading)
        if reading.safety_class is not None or reading.kind == "command":
            return outcome
        plea = Reply(Outbound(phrases.withheld(self._(turn))))
        return replace(outcome, replies=(*outcome.replies, plea))

    def _with_notice(self, turn: Turn, outcome: Outcome) -> Outcome:
        """The first contact is told who this is before anything else (HUM-09), except in danger:
        then the safety answer comes first."""
        if turn.person.is_noticed:
            return outcome
        texts = phrases.notice(self._(turn), self.platform, self.message_days)
        notice = tuple(Reply(Outbound(text)) for text in texts)
        in_danger = outcome.reading.safety_class is not None
        replies = (*outcome.replies, *notice) if in_danger else (*notice, *outcome.replies)
        return replace(outcome, replies=replies)

    def _language(self, person: Person, inbound: Inbound) -> str:
        return choose_language(
            inbound.text,
            chosen=person.language if person.language_is_chosen else None,
            previous=person.language,
            hint=inbound.language_hint,
            supported=self.languages,
            default=self.default,
        )

    def _say(self, turn: Turn, text: str, reading: Reading) -> Outcome:
        return Outcome((Reply(Outbound(text)),), turn.dialogue, reading)

    def _(self, turn: Turn) -> Translate:
        return self.phrases.for_language(turn.language)


_SEE_ALL = frozenset(("ver todo", "ver tudo", "see all", "voir tout", "we tout"))
_CARE_INSTEAD_OF = frozenset(("smalltalk", "unknown", "options"))


def _is_asked_about(turn: Turn, found: SafetyClass) -> bool:
    """Whether the form of complaints has asked for just this, so that the words belong to it."""
    state = turn.dialogue.rasa
    return found is SafetyClass.AID_WORKER_ABUSE and (
        form_of(state) == COMPLAINT and asked_in(state) in WORDS
    )


def _forget_numbers(outcome: Outcome) -> Outcome:
    """Digits mean the options of the last answer only: an old "1" must not do an old thing.
    A voice comes beside its answer, whose options stay."""
    if any(reply.message.buttons or reply.message.audio for reply in outcome.replies):
        return outcome
    return replace(outcome, dialogue=replace(outcome.dialogue, numbered=()))
