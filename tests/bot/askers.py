"""People who wait for an answer, and staff who have them told, for tests of both."""

from dataclasses import replace

from sqlalchemy import select

from bot import awaiting_phrases
from bot.asker_desk import UNDO, find_askers, tell_askers
from bot.question_desk import learn
from bot.question_models import AwaitedAnswer
from broadcast.asker_telling import TALKING, AskerTelling
from hub.app.background import build_asker_telling
from hub.config import CaseTemplate
from hub.staff.models import StaffMember
from tests.bot.questions import groups
from tests.bot.test_holding import member
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import rows, words
from tests.chat import Chat, run_until_quiet

CAT = "puedo viajar con mi gato en el bus"
TOPIC = "housing.rent"
LATER = words(awaiting_phrases.tell_later_button)


def knows_nothing(chat: Chat) -> Chat:
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_unsure", ("", 0.0))))
    return chat


async def awaited(chat: Chat) -> list[AwaitedAnswer]:
    return await rows(chat.hub, select(AwaitedAnswer).order_by(AwaitedAnswer.agreed_on))


async def asks_to_be_told(chat: Chat) -> None:
    knows_nothing(chat)
    await chat.says(CAT)
    if "whatsapp" in chat.channel:
        await chat.says("3")  # where there are no buttons
    else:
        await chat.presses(LATER)
    await groups(chat.hub)


async def sort(chat: Chat, topic: str = TOPIC) -> tuple[str, str]:
    """Staff choose the topic for the only group; its id and that of who did it."""
    (group,) = await groups(chat.hub)
    staff_id = await member(chat)
    async with chat.hub.database.write() as session:
        person = await session.get_one(StaffMember, staff_id)
        await learn(session, group.id, topic, ["mi gato"], person, chat.clock.now())
    return group.id, staff_id


async def have_told(chat: Chat, topic: str = TOPIC) -> int:
    """Staff have them told; how many. The time to call it off passes, and nobody writes."""
    group_id, staff_id = await sort(chat, topic)
    now = chat.clock.now()
    async with chat.hub.database.write() as session:
        person = await session.get_one(StaffMember, staff_id)
        (group,) = [each for each in await groups(chat.hub) if each.id == group_id]
        askers = await find_askers(session, group, now.date())
        assert askers.answer is not None
        people = await tell_askers(session, group_id, askers.answer.id, person, now)
    chat.clock.advance(max(UNDO, TALKING))
    return people


async def pass_time(chat: Chat, telling: AskerTelling | None = None) -> None:
    """What the hub says of its own accord is heard."""
    before = {shown.number for shown in chat.phone.phone(chat.address)}
    while await (telling or build_asker_telling(chat.hub)).step():
        await run_until_quiet(chat.hub)
    found = chat.phone.phone(chat.address)
    chat.heard = [each for each in found if each.number not in before]


def with_template(chat: Chat, body: str, sid: str) -> AskerTelling:
    return replace(
        build_asker_telling(chat.hub), templates={"es": CaseTemplate(sid=sid, body=body)}
    )
