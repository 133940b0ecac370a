"""Those who asked and want to be told: a second look at what each would get, then telling them.

Nobody is shown, and numbers only to those who may tell. The answer is one that two people stood
for already, so one more person is enough here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.asker_desk import Reach, call_off, find_askers, read_reach, tell_askers
from bot.awaiting import announce_in_words
from bot.bubbles import Bubble, show
from bot.channels.registry import CAPABILITIES
from bot.messages import Outbound
from bot.question_desk import QuestionsRefusedError
from bot.question_models import QuestionGroup
from content.answers import Answer
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import Act, Page, Visitor
from hub.console.pages.trying import channel_names
from hub.console.question_views import load_topics
from hub.console.words import names_for
from hub.i18n import FALLBACK
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_SIMULATED = "simulator."
_WINDOWS = {
    name: can.session_window for name, can in CAPABILITIES.items() if can.session_window is not None
}


@dataclass(frozen=True, slots=True)
class PhoneShown:
    """What a phone of one channel would show, and the template that stands for it outside the
    window, if there is one."""

    channel: str
    name: str
    bubbles: Sequence[Bubble]
    template: Bubble | None


async def show_askers(visitor: Visitor) -> Response:
    console, group_id = visitor.console, _id(visitor)
    async with console.database.read() as session:
        group = await session.get(QuestionGroup, group_id)
        if group is None:
            raise NotFoundError
        askers = await find_askers(session, group, visitor.now.date())
        reach = await read_reach(session, group_id, _WINDOWS, visitor.now)
        topics = await load_topics(session, visitor.language)
    languages = list(dict.fromkeys(each.language for each in reach))
    chosen = visitor.query("phone_language")
    language = chosen if chosen in languages else next(iter(languages), FALLBACK)
    return visitor.render(
        "question_askers.html",
        group=group,
        askers=askers,
        title=topics.get(group.topic or "", group.topic),
        reach=reach,
        channels={**dict(channel_names(visitor)), **_simulated_names(visitor)},
        by_template=_by_template(visitor, reach),
        phones=await _phones(visitor, group.topic or "", language),
        languages=languages,
        shown=language,
        quiet=console.config.broadcast.quiet,
        names=names_for(visitor._, console.config.names),
    )


async def tell(visitor: Visitor, session: AsyncSession) -> Response:
    member = await session.get_one(StaffMember, visitor.staff.id)
    answer_id = visitor.field("answer_id")
    try:
        await tell_askers(session, _id(visitor), answer_id, member, visitor.now)
    except QuestionsRefusedError as error:
        raise ConflictError(_id(visitor)) from error
    done = visitor._("They are told from in a minute on, each at a good moment.")
    return visitor.done(f"/questions/{_id(visitor)}", done)


async def tell_nobody(visitor: Visitor, session: AsyncSession) -> Response:
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await call_off(session, _id(visitor), member, visitor.now)
    except QuestionsRefusedError as error:
        raise ConflictError(_id(visitor)) from error
    done = visitor._("Called off: whoever was not told yet goes on waiting.")
    return visitor.done(f"/questions/{_id(visitor)}", done)


async def _phones(visitor: Visitor, topic: str, language: str) -> list[PhoneShown]:
    """Nothing where no bot is at hand, or where the answer was withdrawn just now."""
    console = visitor.console
    if console.rehearser is None:
        return []
    found = await console.rehearser.conversation.answers.find(topic, language)
    if not isinstance(found, Answer):
        return []
    (_step, message), *_rest = await console.rehearser.tell(found, language)
    speak = console.bot.for_language(language)
    template = console.config.questions.templates.get(language)
    phones = []
    for channel, name in channel_names(visitor):
        told = announce_in_words(speak, message, channel)
        announced = show(Outbound(template.body), channel) if template else None
        is_limited = channel in _WINDOWS
        bubbles = [show(each, channel) for each in told]
        phones.append(PhoneShown(channel, name, bubbles, announced if is_limited else None))
    return phones


def _by_template(visitor: Visitor, reach: Sequence[Reach]) -> dict[tuple[str, str], bool]:
    """By language and channel, whether who is outside the window gets a template."""
    templates = visitor.console.config.questions.templates
    return {(each.language, each.channel): each.language in templates for each in reach}


def _simulated_names(visitor: Visitor) -> dict[str, str]:
    return {f"{_SIMULATED}{channel}": name for channel, name in channel_names(visitor)}


def _id(visitor: Visitor) -> str:
    return visitor.path("group_id")


_ONE = "/questions/{group_id}"
PAGES = (
    Page(f"{_ONE}/askers", Permission.QUESTIONS_TELL, show_askers),
    Act(f"{_ONE}/askers/tell", Permission.QUESTIONS_TELL, tell),
    # Stopping is easier than starting.
    Act(f"{_ONE}/call-off", Permission.QUESTIONS_SORT, tell_nobody),
)
