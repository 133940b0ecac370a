"""Try asking: type a question, and read what the bot would answer and why.

It is the real conversation with somebody made up. Nothing is stored and nothing is sent.
"""

from dataclasses import dataclass

from starlette.responses import Response

from bot.bubbles import CHANNELS, Bubble, show
from bot.channels.registry import CAPABILITIES
from bot.rehearsing import Rehearsal, Rehearser
from bot.turn import Outcome, Told
from hub.console.frame import Page, Visitor
from hub.console.menu import CONTENT
from hub.console.talk_words import Explainer, Fact
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.roles import Permission

LONGEST_QUESTION = 1000
_MOST_EARLIER = 10


@dataclass(frozen=True)
class _Asked:
    text: str
    earlier: tuple[str, ...]
    language: str
    channel: str


@dataclass(frozen=True)
class _Answered:
    bubbles: list[Bubble]
    told: list[Told]
    facts: list[Fact]
    reason: str | None


async def show_form(visitor: Visitor) -> Response:
    return _render(visitor, _Asked("", (), "", CHANNELS[0]))


async def ask(visitor: Visitor) -> Response:
    asked = _read(visitor)
    if errors := _find_errors(visitor, asked):
        return _render(visitor, asked, errors=errors)
    rehearser = visitor.console.rehearser
    if rehearser is None:
        return _render(visitor, asked)
    return _render(visitor, asked, await _answer(visitor, rehearser, asked))


def _read(visitor: Visitor) -> _Asked:
    lines = [line.strip() for line in visitor.field("earlier").splitlines()]
    language, channel = visitor.field("language"), visitor.field("channel")
    return _Asked(
        visitor.field("text"),
        tuple(line for line in lines if line),
        language if language in visitor.console.config.languages else "",
        channel if channel in CHANNELS else CHANNELS[0],
    )


def _find_errors(visitor: Visitor, asked: _Asked) -> dict[str, str]:
    _ = visitor._
    errors = {}
    if not asked.text:
        errors["text"] = _("Write what a person would ask")
    if len(asked.text) > LONGEST_QUESTION or any(len(e) > LONGEST_QUESTION for e in asked.earlier):
        errors["text"] = _("At most %(limit)s characters") % {"limit": LONGEST_QUESTION}
    if len(asked.earlier) > _MOST_EARLIER:
        errors["earlier"] = _("At most %(limit)s messages") % {"limit": _MOST_EARLIER}
    return errors


async def _answer(visitor: Visitor, rehearser: Rehearser, asked: _Asked) -> _Answered:
    capabilities = CAPABILITIES[asked.channel]
    rehearsal = Rehearsal.begin(asked.language or None)
    for said in asked.earlier:
        _outcome, rehearsal = await rehearser.say(rehearsal, said, capabilities)
    outcome, rehearsal = await rehearser.say(rehearsal, asked.text, capabilities)
    explainer = await make_explainer(visitor, rehearser)
    return _Answered(
        bubbles=bubbles_of(outcome, asked.channel),
        told=[told for reply in outcome.replies for told in reply.told],
        facts=explainer.explain(outcome, rehearsal.person.language),
        reason=outcome.reason,
    )


def bubbles_of(outcome: Outcome, channel: str) -> list[Bubble]:
    return [show(reply.message, channel) for reply in outcome.replies]


async def make_explainer(visitor: Visitor, rehearser: Rehearser) -> Explainer:
    answering = rehearser.conversation.answering

    def name_place(code: str) -> str:
        area = answering.areas.get(code)
        return area.name if area else code

    return Explainer(
        visitor._,
        names_for(visitor._, visitor.console.config.names),
        await answering.answers.titles(visitor.language),
        name_place,
    )


def _render(
    visitor: Visitor,
    asked: _Asked,
    answered: _Answered | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    return visitor.render(
        "try.html",
        status=422 if errors else 200,
        asked=asked,
        answered=answered,
        errors=errors or {},
        channels=channel_names(visitor),
        languages=visitor.console.config.names,
        limit=LONGEST_QUESTION,
        is_there=visitor.console.rehearser is not None,
    )


def channel_names(visitor: Visitor) -> list[tuple[str, str]]:
    return list(zip(CHANNELS, (visitor._("WhatsApp"), visitor._("Telegram")), strict=True))


PAGES = (
    Page("/try", Permission.ANSWERS_READ, show_form, nav=noop("Try asking"), nav_under=CONTENT),
    Page("/try", Permission.ANSWERS_READ, ask, method="POST"),
)
