"""Says what Rasa (or the matcher) asked for: verified answers, options, services, small talk.

Only approved, unexpired content leaves here as fact (INV-13).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot import phrases, service_phrases
from bot.commands import Command
from bot.dialogue import Action, Dialogue
from bot.due import due_responses
from bot.form_fields import form_of
from bot.forms import RESPONSES, Forms, form_choices, is_asking
from bot.helping import Helping, asked_about, asks_whether_helped, rating_choices
from bot.looking import DIRECTORY, clear_need, read_what_is_looked_for
from bot.messages import Outbound
from bot.proof_phrases import step_name
from bot.readings import about_the_likeliest, reading_of
from bot.speaking import Speaking
from bot.turn import Outcome, Reading, Reply, SetArea, Told, Turn
from bot.understanding import Response, Scored, Understanding
from content.answers import Answer, AnswerBook, BeingChecked
from content.areas import Area, AreaBook
from content.services import ServiceBook
from hub.i18n import Phrases, Translate

_MOST_OPTIONS = 3
_MOST_SERVICES = 3
_NEEDS_OFFERED = ("shelter", "food", "health", "legal", "immigration_office", "psychosocial")

# What a short question after an answer asks for: the step of that answer, or the whole again.
_FOLLOW_UPS: dict[str, str | None] = {
    "utter_ask_cost": "cost",
    "utter_ask_where": "where",
    "utter_ask_time": "time",
    "utter_ask_needs": "what_you_need",
    "utter_ask_problem": "if_it_goes_wrong",
    "utter_more": None,
}

_RATINGS = {"utter_helped": True, "utter_not_helped": False}

Choices = list[tuple[str, Action]]
SmallTalk = Callable[[Translate], str]

_SMALL_TALK: dict[str, tuple[str, SmallTalk]] = {
    "utter_greeting": ("smalltalk", phrases.greeting),
    "utter_thanks": ("smalltalk", phrases.thanks),
    "utter_goodbye": ("smalltalk", phrases.goodbye),
    "utter_affirm": ("smalltalk", phrases.greeting),
    "utter_deny": ("smalltalk", phrases.form_left),
    "utter_form_left": ("smalltalk", phrases.form_left),
    "utter_complaint_bot": ("smalltalk", phrases.complaint),
    "utter_helped": ("smalltalk", phrases.thanks),
    "utter_not_helped": ("smalltalk", phrases.complaint),
    "utter_insult": ("smalltalk", phrases.hostile),
    "utter_out_of_scope": ("unknown", phrases.out_of_scope),
}


@dataclass(frozen=True)
class Answering:
    phrases: Phrases
    answers: AnswerBook
    areas: AreaBook
    services: ServiceBook
    platform: str
    options_at_least: float
    languages: Mapping[str, str]  # each with its own name
    forms: Forms
    helping: Helping
    speaking: Speaking | None = None  # where voice is on and can be made

    async def respond(self, turn: Turn, understood: Understanding) -> Outcome:
        """The outcome for everything that was asked to be said, in order."""
        understood = self._with_what_is_looked_for(turn, understood)
        reading = reading_of(understood)
        outcomes: list[Outcome] = []
        due = due_responses(turn, understood)
        for response in due:
            outcome = await self._one(turn, response, understood, reading)
            turn = replace(turn, dialogue=outcome.dialogue)
            if is_asking(due[-1]) and response is not due[-1]:
                outcome = _without_buttons(outcome)
            outcomes.append(outcome)
        replies = tuple(reply for outcome in outcomes for reply in outcome.replies)
        effects = tuple(effect for outcome in outcomes for effect in outcome.effects)
        told = tuple(each.reading.topic for each in outcomes if each.reading.topic)
        reading = replace(outcomes[0].reading, topics=told)
        return Outcome(replies, turn.dialogue, reading, effects)

    async def _one(
        self, turn: Turn, response: Response, understood: Understanding, reading: Reading
    ) -> Outcome:
        topic = turn.dialogue.topic
        if response.name in RESPONSES:
            return await self._of_a_form(turn, response, reading)
        if response.name in _RATINGS and topic:
            helped = _RATINGS[response.name]
            return await self.helping.rate(turn, topic, helped=helped, reading=reading)
        return await self._say_one(turn, response, understood, reading)

    async def _say_one(
        self, turn: Turn, response: Response, understood: Understanding, reading: Reading
    ) -> Outcome:
        match response.name:
            case "utter_answer":
                topic = response.slots.get("topic") or understood.intent or ""
                return await self.tell(turn, topic, reading)
            case "utter_find_service" | "utter_ask_need" | "utter_ask_place":
                return await self._find(turn, {**understood.slots, **response.slots}, reading)
            case "utter_handover" | "utter_human":
                return await self._hand_over(turn, reading)
            case "utter_language":
                return self._offer_languages(turn, reading)
            case "utter_who_are_you":
                said = phrases.who_are_you(self._(turn), self.platform)
                return self._say(turn, said, replace(reading, kind="smalltalk", topic=None))
            case name if name in _FOLLOW_UPS and (turn.dialogue.unchosen or turn.dialogue.topic):
                return await self._follow_up(turn, _FOLLOW_UPS[name], reading)
            case name if name in _SMALL_TALK:
                kind, phrase = _SMALL_TALK[name]
                said = phrase(self._(turn))
                return self._say(turn, said, replace(reading, kind=kind, topic=None))
            case _:
                return await self._offer_options(turn, understood, reading)

    async def _of_a_form(self, turn: Turn, response: Response, reading: Reading) -> Outcome:
        is_nowhere = response.name == "utter_ask_area" and "unknown" in response.slots
        forms = self.forms
        outcome = forms.ask_again_where(turn) if is_nowhere else await forms.respond(turn, response)
        said = outcome.reading
        reading = replace(reading, kind=said.kind, topic=None, command=said.command)
        return replace(outcome, reading=reading)

    async def tell(self, turn: Turn, topic: str, reading: Reading) -> Outcome:
        """The verified answer of a topic, with what may come next as buttons."""
        found = await self.answers.find(topic, turn.language)
        reading = replace(reading, kind="answer", topic=topic)
        if isinstance(found, BeingChecked):
            said = phrases.being_checked(self._(turn), found, turn.language)
            form = form_choices(self._(turn), topic)
            return (
                self._offer(turn, said, form, reading) if form else self._say(turn, said, reading)
            )
        if found is None:
            return await self.admit_ignorance(turn, replace(reading, kind="unknown", topic=None))
        return await self._told(turn, found, reading)

    async def _told(self, turn: Turn, found: Answer, reading: Reading) -> Outcome:
        text = phrases.answer(self._(turn), found, turn.language)
        reply, dialogue = await self.verified_reply(turn, found, text, None)
        replies: tuple[Reply, ...] = (reply,)
        place, need = self._place_said(turn), self._need_beneath(turn, found)
        if need and place is not None:
            near = await self._services_text(turn, need, place)
            replies = (*replies, Reply(Outbound(near))) if near else replies
            reading = replace(reading, slots={"need": need, "place": place.name, **reading.slots})
        return Outcome(replies, dialogue, reading)

    async def tell_step(self, turn: Turn, value: str, reading: Reading) -> Outcome:
        """The step that a button names, of the version that it came with; if that is no longer
        told, what is: a newer version from its beginning, or that it is being checked."""
        topic, version, name = value.split(":")
        found = await self.answers.find(topic, turn.language)
        step = found.step(name) if isinstance(found, Answer) else None
        if not isinstance(found, Answer) or step is None or str(found.version) != version:
            return await self.tell(turn, topic, reading)
        text = phrases.step(self._(turn), found, step, turn.language)
        reply, dialogue = await self.verified_reply(turn, found, text, name)
        return Outcome((reply,), dialogue, replace(reading, kind="answer", topic=topic))

    async def listen(self, turn: Turn, value: str, reading: Reading) -> Outcome:
        """The voice that a button offers; what it is about as text, if no voice is given now."""
        played = await self.speaking.play(turn, value) if self.speaking else None
        return played or await self.tell(turn, value.partition(":")[0], reading)

    async def _follow_up(self, turn: Turn, name: str | None, reading: Reading) -> Outcome:
        """The step of the last answer that a short question asks for, else that answer again.

        While nobody has said what the last message is about, that has to be asked again.
        """
        if offered := tuple(Scored(each, 0) for each in turn.dialogue.unchosen):
            return await self._offer_topics(turn, offered, replace(reading, alternatives=offered))
        topic = turn.dialogue.topic or ""
        found = await self.answers.find(topic, turn.language)
        turn = replace(turn, dialogue=_out_of_form(turn.dialogue))
        if isinstance(found, Answer) and found.need and self._place_said(turn) is not None:
            return await self._find(turn, {"need": found.need}, replace(reading, topic=topic))
        step = found.step(name) if name and isinstance(found, Answer) else None
        if not isinstance(found, Answer) or step is None:
            return await self.tell(turn, topic, reading)
        return await self.tell_step(turn, f"{topic}:{found.version}:{step.step}", reading)

    async def verified_reply(
        self, turn: Turn, found: Answer, text: str, step: str | None
    ) -> tuple[Reply, Dialogue]:
        """A version's text with the choices that it is told with."""
        choices = await self._next_choices(turn, found, step)
        dialogue = replace(turn.dialogue, topic=found.topic)
        if step is None and self.speaking:
            choices += self.speaking.choices(turn, found)
        if step is None and asks_whether_helped(turn, found):
            choices += rating_choices(self._(turn), found.topic)
            dialogue = asked_about(dialogue, found.topic)
        dialogue, buttons = dialogue.offer(choices)
        told = (Told(found.topic, found.version, found.answer_id, found.language),)
        return Reply(Outbound(text, buttons), told), dialogue

    async def _next_choices(self, turn: Turn, found: Answer, step: str | None) -> Choices:
        """At most three: the next step, places, a person; related topics where there is room."""
        _ = self._(turn)
        choices: Choices = []
        if following := found.after(step):
            value = f"{found.topic}:{found.version}:{following.step}"
            choices.append((step_name(_, following.step), Action("step", value)))
        if found.need:
            choices.append((phrases.near_me_button(_), Action("services", found.need)))
        person: Choices = []
        if found.handover:
            person = [(phrases.contact_person_button(_), Action("person"))]
        titles = await self.answers.titles(turn.language)
        related = [(titles[key], Action("topic", key)) for key in found.related if key in titles]
        form = form_choices(_, found.topic)
        choices = choices[: _MOST_OPTIONS - len(person) - len(form)]
        room = _MOST_OPTIONS - len(choices) - len(person) - len(form)
        return [*choices, *related[:room], *form, *person]

    async def offer_services(self, turn: Turn, need: str) -> Outcome:
        """Places for a need, where the person is known to be; else ask where that is."""
        return await self._find(turn, {"need": need}, Reading("services"))

    async def _find(self, turn: Turn, slots: dict[str, str], reading: Reading) -> Outcome:
        need, area = slots.get("need"), self._area(turn, slots.get("place"))
        known = {name: value for name, value in {"need": need}.items() if value}
        if area is not None:
            known["place"] = area.name
        reading = replace(about_the_likeliest(reading), kind="services", slots=known)
        if need is None:
            return await self._ask_need(turn, reading)
        if area is None:
            return self._ask_place(turn, slots, reading)
        text = await self._services_text(turn, need, area)
        turn = replace(turn, dialogue=await self._about(turn.dialogue, need, reading.topic))
        _ = self._(turn)
        person = (phrases.contact_person_button(_), Action("person"))
        outcome = (
            self._say(turn, text, reading)
            if text
            else self._offer(turn, phrases.no_services(_), [person], reading)
        )
        return replace(outcome, effects=(SetArea(area.code),))

    async def _about(self, dialogue: Dialogue, need: str, topic: str | None) -> Dialogue:
        """What a short question after these places is about: the topic, else one that they are told
        with."""
        if topic in (None, DIRECTORY):
            needs = await self.answers.topics_with_need()
            topic = next((each for each, other in needs.items() if other == need), topic)
        return replace(dialogue, topic=topic)

    async def _ask_need(self, turn: Turn, reading: Reading) -> Outcome:
        """Of the most usual needs those for which the pack has any service."""
        _ = self._(turn)
        there = await self.services.find_needs()
        offered = [need for need in _NEEDS_OFFERED if need in there]
        choices = [(phrases.need_name(_, need), Action("slots", need)) for need in offered]
        return self._offer(turn, phrases.ask_need(_), choices, reading)

    def _ask_place(self, turn: Turn, slots: dict[str, str], reading: Reading) -> Outcome:
        _ = self._(turn)
        said = phrases.place_unknown(_) if slots.get("place") else phrases.ask_place(_)
        return self._say(turn, said, reading)

    async def _services_text(self, turn: Turn, need: str, area: Area) -> str | None:
        found = await self.services.find_services(need, area.code, turn.language, _MOST_SERVICES)
        return service_phrases.services(self._(turn), found, area.name) if found else None

    async def _hand_over(self, turn: Turn, reading: Reading) -> Outcome:
        _ = self._(turn)
        lines = await self.services.find_services("legal", turn.person.area, turn.language)
        said = phrases.person(_)
        if lines:
            said = f"{said}\n\n{service_phrases.services(_, lines, None)}"
        reading = replace(reading, kind="handover", topic=None, command=Command.PERSON)
        return self._say(turn, said, reading)

    def _offer_languages(self, turn: Turn, reading: Reading) -> Outcome:
        choices = [(name, Action("language", code)) for code, name in self.languages.items()]
        reading = replace(reading, kind="command", topic=None, command=Command.LANGUAGE)
        return self._offer(turn, phrases.ask_language(self._(turn)), choices, reading)

    async def _offer_options(
        self, turn: Turn, understood: Understanding, reading: Reading
    ) -> Outcome:
        likely = tuple(
            each for each in understood.ranking if each.confidence >= self.options_at_least
        )
        return await self._offer_topics(turn, likely, replace(reading, topic=None))

    async def _offer_topics(
        self, turn: Turn, likely: tuple[Scored, ...], reading: Reading
    ) -> Outcome:
        titles = await self.answers.titles(turn.language)
        topics = phrases.topic_choices(titles, likely, _MOST_OPTIONS)
        if not topics:
            return await self.admit_ignorance(turn, replace(reading, kind="unknown"))
        _ = self._(turn)
        choices = [(titles[topic], Action("topic", topic)) for topic in topics]
        choices.append((phrases.none_of_these(_), Action("unknown")))
        return self._offer(turn, phrases.unsure(_), choices, replace(reading, kind="options"))

    async def admit_ignorance(self, turn: Turn, reading: Reading) -> Outcome:
        """An honest "I do not know", with ways on (HUM-41)."""
        _ = self._(turn)
        choices: Choices = [
            (phrases.need_name(_, "legal"), Action("slots", "legal")),
            (phrases.contact_person_button(_), Action("person")),
        ]
        return self._offer(turn, phrases.unknown(_), choices, reading)

    def _with_what_is_looked_for(self, turn: Turn, understood: Understanding) -> Understanding:
        """Need and place as this message tells them; places to be told if it asks where."""
        text = turn.inbound.text
        if not text:
            return understood
        area = self._place_said(turn)
        return read_what_is_looked_for(
            understood,
            text,
            self.areas.without_place(text),
            area.name if area else None,
            is_place_known=area is not None or turn.person.area is not None,
        )

    def _need_beneath(self, turn: Turn, found: Answer) -> str | None:
        """What places beneath an answer are for: what was plainly told, else what it is about."""
        return clear_need(self.areas.without_place(turn.inbound.text)) or found.need

    def place_of(self, turn: Turn) -> str | None:
        """The place that a turn is about, as a name that the form understands."""
        code = turn.inbound.area or turn.person.area
        area = self.areas.get(code) if code else None
        return area.name if area else None

    def _area(self, turn: Turn, said: str | None) -> Area | None:
        if turn.inbound.area:
            return self.areas.get(turn.inbound.area)
        if said:
            return self.areas.resolve(said)
        return self._place_said(turn) or (
            self.areas.get(turn.person.area) if turn.person.area else None
        )

    def _place_said(self, turn: Turn) -> Area | None:
        return self.areas.find_in_text(turn.inbound.text) if turn.inbound.text else None

    def _offer(self, turn: Turn, text: str, choices: Choices, reading: Reading) -> Outcome:
        dialogue, buttons = turn.dialogue.offer(choices)
        return Outcome((Reply(Outbound(text, buttons)),), dialogue, reading)

    def _say(self, turn: Turn, text: str, reading: Reading) -> Outcome:
        return Outcome((Reply(Outbound(text)),), turn.dialogue, reading)

    def _(self, turn: Turn) -> Translate:
        return self.phrases.for_language(turn.language)


def _out_of_form(dialogue: Dialogue) -> Dialogue:
    """Rasa may have begun to ask for what the last answer is about already."""
    return replace(dialogue, rasa=None) if form_of(dialogue.rasa) else dialogue


def _without_buttons(outcome: Outcome) -> Outcome:
    """Before a form's question, so that digits can only mean its answers."""
    bare = tuple(
        replace(reply, message=replace(reply.message, buttons=())) for reply in outcome.replies
    )
    return replace(outcome, replies=bare)
