"""Says what the forms ask and what comes of them. Rasa (or `bot.form_walking`) decides what is
asked; here it gets its words and buttons, and at the end, after an explicit yes, its effect.

Every field can be skipped with one button, and nothing is kept before the yes (HUM-05, HUM-06).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot import form_phrases, phrases
from bot.cases import Asked, CaseKind
from bot.commands import Command
from bot.dialogue import Action
from bot.duty import Duty
from bot.form_fields import (
    COMPLAINT,
    FAMILIES,
    FIELDS,
    HANDOVER,
    NO,
    OPT_IN,
    RUMOUR,
    SAID,
    SKIP,
    VALUES,
    WORDS,
    YES,
    form_of,
    given,
    interests_of,
    slot_in,
)
from bot.messages import Outbound
from bot.turn import Effect, ForgetArea, OpenCase, OptIn, Outcome, Reading, Reply, SetArea, Turn
from bot.understanding import Response
from content.areas import AreaBook
from hub.i18n import Phrases, Translate

Choices = list[tuple[str, Action]]
Slots = Mapping[str, str]

_ASKS = {f"utter_ask_{name}": name for fields in FIELDS.values() for name in fields}
_ENDS = {f"utter_{form.removesuffix('_form')}_done": form for form in FIELDS}
CONTINUE = "utter_continue"
RESPONSES = frozenset((*_ASKS, *_ENDS, CONTINUE))


_OFFERED_BY = {
    "rumours.check": "dialogue.rumour",
    "cash.rumours": "dialogue.rumour",
    "feedback.complaints": "dialogue.complaint_aid",
}


def form_choices(_: Translate, topic: str) -> Choices:
    """The form that goes with an answer: telling what one heard, or what was done to one."""
    intent = _OFFERED_BY.get(topic)
    if intent is None:
        return []
    names = {
        "dialogue.rumour": form_phrases.tell_rumour_button(_),
        "dialogue.complaint_aid": form_phrases.complain_button(_),
    }
    return [(names[intent], Action("begin", intent))]


def is_asking(response: Response) -> bool:
    """Whether it asks something by a form, so that its buttons are the ones that count."""
    return response.name in _ASKS


def is_end(response: Response) -> bool:
    return response.name in _ENDS


@dataclass(frozen=True)
class Forms:
    phrases: Phrases
    areas: AreaBook
    duty: Duty
    platform: str

    async def respond(self, turn: Turn, response: Response) -> Outcome:
        """One of `RESPONSES`."""
        if response.name in _ENDS:
            when = await self.duty.say(self._(turn), turn.now)
            return self._end(turn, _ENDS[response.name], response.slots, when)
        field = _ASKS.get(response.name)
        if field == "consent":
            when = await self.duty.say(self._(turn), turn.now)
            return self.ask(turn, field, response.slots, when)
        if field is not None:
            return self.ask(turn, field, response.slots)
        reading = self._reading(form_of(turn.dialogue.rasa))
        return self._say(turn, form_phrases.resumed(self._(turn)), reading)

    def ask(self, turn: Turn, field: str, slots: Slots | None = None, when: str = "") -> Outcome:
        """The question for a field, with its buttons. `when` somebody reads goes into the last."""
        _ = self._(turn)
        form = form_of(turn.dialogue.rasa) or _form_with(field)
        if field == "consent":
            text, choices = self._confirmation(turn, form, slots or {}, when)
        else:
            text, choices = self._question(turn, field)
            if field != "reply":
                choices.append((form_phrases.skip_button(_), _choose(field, SKIP)))
        asked_instead = turn.dialogue.notes.get("question")
        if asked_instead:
            button = form_phrases.was_a_question_button(_)
            choices.append((button, Action("question", asked_instead)))
        dialogue, buttons = turn.dialogue.offer(choices)
        return Outcome((Reply(Outbound(text, buttons)),), dialogue, self._reading(form))

    def ask_again_where(self, turn: Turn) -> Outcome:
        """A place that nobody knows."""
        outcome = self.ask(turn, "area")
        [reply] = outcome.replies
        text = phrases.place_unknown(self._(turn))
        said = replace(reply, message=replace(reply.message, text=text))
        return replace(outcome, replies=(said,))

    def add_interest(self, turn: Turn, family: str) -> Outcome:
        """One more family of topics; asked on until they say that that is all."""
        chosen = [*self._chosen(turn), family]
        notes = {**turn.dialogue.notes, "interest": ",".join(dict.fromkeys(chosen))}
        return self.ask(replace(turn, dialogue=replace(turn.dialogue, notes=notes)), "interest")

    def _question(self, turn: Turn, field: str) -> tuple[str, Choices]:
        _ = self._(turn)
        if field == "interest":
            return self._ask_interest(turn)
        if field in _NAMED:
            ask, name = _NAMED[field]
            return ask(_), [(name(_, value), _choose(field, value)) for value in VALUES[field]]
        if field == "area":
            return form_phrases.ask_area(_), self._known_area(turn)
        if field == "reply":
            yes, no = form_phrases.wants_reply_button(_), form_phrases.no_reply_button(_)
            return form_phrases.ask_reply(_), [(yes, _choose(field, YES)), (no, _choose(field, NO))]
        choices: Choices = []
        if field == "claim" and "begun" in turn.dialogue.notes:
            choices.append((form_phrases.what_i_wrote_button(_), _choose(field, SAID)))
        return _ASK_WORDS[field](_), choices

    def _ask_interest(self, turn: Turn) -> tuple[str, Choices]:
        _ = self._(turn)
        chosen = self._chosen(turn)
        choices = [
            (form_phrases.topic_family(_, family), Action("interest", family))
            for family in FAMILIES
            if family not in chosen
        ]
        if not chosen:
            every = (form_phrases.all_topics_button(_), _choose("interest", SKIP))
            return form_phrases.ask_interest(_), [*choices, every]
        enough = (form_phrases.that_is_all_button(_), _choose("interest", ",".join(chosen)))
        text = form_phrases.ask_more_interests(_, self._name_families(_, chosen))
        return text, [enough, *choices]

    def _known_area(self, turn: Turn) -> Choices:
        area = self.areas.get(turn.person.area) if turn.person.area else None
        return [(area.name, _choose("area", area.code))] if area else []

    def _confirmation(self, turn: Turn, form: str, slots: Slots, when: str) -> tuple[str, Choices]:
        """What would be kept, word for word as it is asked, and the yes or no to it."""
        _ = self._(turn)
        area = self._area_name(turn)
        if form == OPT_IN:
            chosen = given(slots.get("interest"))
            topics = self._name_families(_, chosen.split(",")) if chosen else _all_topics(_)
            question = phrases.ask_opt_in(_, self.platform)
            text = form_phrases.confirm_opt_in(_, question, topics, area)
            yes = phrases.opt_in_button(_)
        elif form == HANDOVER:
            reason = given(slots.get("reason"))
            about = form_phrases.topic_family(_, reason) if reason else None
            text = form_phrases.confirm_handover(_, about, area, when)
            yes = form_phrases.pass_on_button(_)
        elif form == RUMOUR:
            text, yes = form_phrases.confirm_rumour(_), form_phrases.keep_it_button(_)
        else:
            kind = given(slots.get("kind"))
            text = form_phrases.confirm_complaint(
                _, form_phrases.kind_name(_, kind) if kind else None, area
            )
            yes = form_phrases.keep_it_button(_)
        if form in (HANDOVER, COMPLAINT) and self._said(turn):
            text = f"{form_phrases.your_words(_)}\n\n{text}"
        no = form_phrases.no_button(_)
        return text, [(yes, _choose("consent", YES)), (no, _choose("consent", NO))]

    def _end(self, turn: Turn, form: str, slots: Slots, when: str) -> Outcome:
        _ = self._(turn)
        effects: tuple[Effect, ...] = ()
        if slots.get("consent") != YES:
            text = form_phrases.not_kept(_)
        elif form == OPT_IN:
            text, effects = phrases.opted_in(_), self._opt_in(turn, slots)
        elif form == RUMOUR and not self._said(turn):
            text = form_phrases.not_kept(_)  # nothing was told that could be checked
        else:
            effects = (OpenCase(self._asked(turn, form, slots)),)
            text = {
                HANDOVER: form_phrases.handed_over(_, when),
                RUMOUR: form_phrases.rumour_kept(_),
                COMPLAINT: form_phrases.complaint_kept(_, when),
            }[form]
        outcome = self._say(turn, text, self._reading(form))
        dialogue = replace(outcome.dialogue, notes={})
        return replace(outcome, dialogue=dialogue, effects=effects)

    def _opt_in(self, turn: Turn, slots: Slots) -> tuple[Effect, ...]:
        area = turn.dialogue.notes.get("area")
        where: Effect = SetArea(area) if area else ForgetArea()
        return (OptIn(turn.language, interests_of(slots.get("interest"))), where)

    def _asked(self, turn: Turn, form: str, slots: Slots) -> Asked:
        reason = {HANDOVER: "reason", RUMOUR: "heard", COMPLAINT: "kind"}[form]
        chosen = given(slots.get(reason))
        is_grave = form == COMPLAINT or chosen == "safety" or turn.dialogue.in_care(turn.now)
        return Asked(
            kind={
                HANDOVER: CaseKind.HANDOVER,
                RUMOUR: CaseKind.RUMOUR,
                COMPLAINT: CaseKind.COMPLAINT,
            }[form],
            reason=chosen,
            area=turn.dialogue.notes.get("area"),
            language=turn.language,
            wants_reply=form == HANDOVER or slots.get("reply") == YES,
            is_sensitive=is_grave,
            said=self._said(turn),
            told=turn.dialogue.told,
        )

    def _said(self, turn: Turn) -> tuple[str, ...]:
        notes = turn.dialogue.notes
        return tuple(notes[name] for name in WORDS if name in notes)

    def _chosen(self, turn: Turn) -> list[str]:
        noted = turn.dialogue.notes.get("interest") or slot_in(turn.dialogue.rasa, "interest") or ""
        return [family for family in noted.split(",") if family in FAMILIES]

    def _area_name(self, turn: Turn) -> str | None:
        code = turn.dialogue.notes.get("area")
        area = self.areas.get(code) if code else None
        return area.name if area else None

    def _name_families(self, _: Translate, families: list[str]) -> str:
        return ", ".join(form_phrases.topic_family(_, family) for family in families)

    def _reading(self, form: str | None) -> Reading:
        if form == OPT_IN:
            return Reading("command", command=Command.START)
        return Reading("handover", command=Command.PERSON if form == HANDOVER else None)

    def _say(self, turn: Turn, text: str, reading: Reading) -> Outcome:
        return Outcome((Reply(Outbound(text)),), turn.dialogue, reading)

    def _(self, turn: Turn) -> Translate:
        return self.phrases.for_language(turn.language)


_NAMED: dict[str, tuple[Callable[[Translate], str], Callable[[Translate, str], str]]] = {
    "reason": (form_phrases.ask_reason, form_phrases.topic_family),
    "heard": (form_phrases.ask_heard, form_phrases.heard_name),
    "kind": (form_phrases.ask_kind, form_phrases.kind_name),
}
_ASK_WORDS: dict[str, Callable[[Translate], str]] = {
    "matter": form_phrases.ask_matter,
    "claim": form_phrases.ask_claim,
    "organisation": form_phrases.ask_organisation,
}


def _all_topics(_: Translate) -> str:
    return form_phrases.all_topics_button(_)


def _choose(field: str, value: str) -> Action:
    return Action("form", f"{field}={value}")


def _form_with(field: str) -> str:
    return next(form for form, fields in FIELDS.items() if field in fields)
