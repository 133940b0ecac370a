"""While a person of the platform holds a case the bot is silent, except where it must not be."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import form_phrases, phrases
from bot.case_desk import HOLD_LASTS, Desk, read_words
from bot.case_models import Case, CaseMessage
from bot.cases import MessageKind
from bot.channels.registry import CAPABILITIES
from bot.dialogue import Dialogue
from bot.messages import InboundKind
from bot.models import Conversation
from hub.app.housekeeping import Housekeeping
from hub.staff.accounts import NewStaff, create_staff
from hub.staff.models import StaffMember
from hub.staff.roles import Role
from tests.bot.test_forms import KEEP_IT, PASS_ON, SKIP, begin, family, said_in_cases
from tests.bot.words import consents, messages, rows, vetted_answer, words
from tests.chat import Chat, run_until_quiet


async def hand_over(chat: Chat, reason: str = "health") -> None:
    await chat.says("PERSONA")
    await chat.presses(family(reason))
    await chat.presses(SKIP)
    await chat.presses(SKIP)
    await chat.presses(PASS_ON)


async def member(chat: Chat) -> str:
    details = NewStaff("dora", "Dora", "Organización D", (Role.DESK,), ("health and nutrition",))
    hub = chat.hub
    async with hub.database.write() as session:
        made = await create_staff(
            session, hub.vault, details, "!", now=hub.clock.now(), actor="cli"
        )
    return made.staff_id


def desk(chat: Chat) -> Desk:
    hub = chat.hub
    return Desk(hub.vault, hub.conversation.phrases, hub.config.platform, CAPABILITIES)


async def take(chat: Chat) -> str:
    """Somebody takes the only case; their id."""
    staff_id = await member(chat)
    async with chat.hub.database.write() as session:
        case = (await session.scalars(select(Case))).one()
        person = await session.get_one(StaffMember, staff_id)
        await desk(chat).take(session, case, person, chat.hub.clock.now())
    await run_until_quiet(chat.hub)
    return staff_id


async def said(chat: Chat) -> list[str]:
    async with chat.hub.database.read() as session:
        case = (await session.scalars(select(Case))).one()
        found = await read_words(session, chat.hub.vault, case)
    return [one.text or "" for one in found if one.kind is MessageKind.SAID]


async def test_who_takes_a_case_is_announced_and_their_answer_arrives(chat: Chat) -> None:
    await hand_over(chat)
    staff_id = await take(chat)
    hub = chat.hub
    async with hub.database.write() as session:
        case = (await session.scalars(select(Case))).one()
        person = await session.get_one(StaffMember, staff_id)
        await desk(chat).answer(session, case, person, "Ven mañana.", hub.clock.now())
    await run_until_quiet(hub)
    announced, answered = [shown.text for shown in chat.phone.phone(chat.address)][-2:]
    assert announced == words(form_phrases.somebody_reads, "es", hub.config.platform)
    assert answered == words(form_phrases.from_person, "es", "Ven mañana.")


async def test_the_bot_is_silent_and_hands_on(chat: Chat) -> None:
    # INV-1: the message ends as passed on
    await hand_over(chat)
    await take(chat)
    for text in ("hola, soy yo", "1", "¿dónde vacunan a los niños gratis?"):
        await chat.says(text)
        chat.hears_nothing()
    assert await said(chat) == ["hola, soy yo", "1", "¿dónde vacunan a los niños gratis?"]
    assert (await messages(chat.hub))[-1].reason == "passed_on"


async def test_danger_is_answered_all_the_same_and_handed_on(chat: Chat) -> None:
    # INV-12, HUM-22
    await hand_over(chat)
    await take(chat)
    await chat.says("mi esposo me pega y quiere matarme")
    assert chat.heard[0].text == await vetted_answer(chat, "partner_violence")
    assert await said(chat) == ["mi esposo me pega y quiere matarme"]
    [case] = await rows(chat.hub, select(Case))
    assert case.is_sensitive


async def test_abuse_by_an_aid_worker_is_not_handed_to_whoever_holds_the_case(chat: Chat) -> None:
    # HUM-30: they may be whom it is about
    await hand_over(chat)
    await take(chat)
    await chat.says("el voluntario me pidió sexo a cambio de ayuda")
    assert words(form_phrases.complain_button) in chat.buttons
    assert await said(chat) == []


@pytest.mark.parametrize("word", ["BAJA", "AYUDA", "BORRAR", "MIS DATOS"])
async def test_commands_work_all_the_same(chat: Chat, word: str) -> None:
    # HUM-07
    await hand_over(chat)
    await take(chat)
    await chat.says(word)
    assert chat.heard
    assert await said(chat) == []


async def test_the_person_goes_back_to_the_assistant(chat: Chat) -> None:
    await hand_over(chat)
    await take(chat)
    await chat.says("ASISTENTE")
    chat.hears(words(form_phrases.back_with_assistant))
    await chat.says("¿dónde vacunan a los niños gratis?")
    assert chat.heard
    await chat.says("MIS DATOS")
    chat.hears(words(form_phrases.standing, "es", "closed", "left"))


async def test_silence_ends_when_whoever_holds_it_does_nothing(chat: Chat) -> None:
    await hand_over(chat)
    await take(chat)
    chat.clock.advance(HOLD_LASTS + timedelta(minutes=1))
    await chat.says("¿dónde vacunan a los niños gratis?")
    assert chat.heard
    assert await said(chat) == []


async def test_a_pin_is_handed_on_as_a_place_only(chat: Chat) -> None:
    # HUM-04
    await hand_over(chat)
    await take(chat)
    await chat.sends(InboundKind.LOCATION, area="240101")
    chat.hears_nothing()
    assert await said(chat) == ["Tumbes"]


async def test_a_rumour_silences_nobody(chat: Chat) -> None:
    await begin(chat, "dialogue.rumour")
    await chat.says("dicen que regalan el carnet en la plaza")
    await chat.presses(SKIP)
    await chat.presses(KEEP_IT)
    await take(chat)
    await chat.says("hola")
    assert chat.heard


async def test_what_is_kept_is_forgotten_in_time(chat: Chat) -> None:
    # HUM-29: words in a case have an end too
    await hand_over(chat)
    await take(chat)
    await chat.says("hola, soy yo")
    await chat.says("ASISTENTE")
    days = chat.hub.config.retention.case_days
    chat.clock.advance(timedelta(days=days - 1))
    await forget(chat)
    assert len(await rows(chat.hub, select(Case))) == 1
    chat.clock.advance(timedelta(days=2))
    await forget(chat)
    assert await rows(chat.hub, select(Case)) == []
    assert await rows(chat.hub, select(CaseMessage)) == []
    assert await consents(chat.hub) == []


async def forget(chat: Chat) -> None:
    hub = chat.hub
    keeping = Housekeeping(hub.database, hub.inbox, hub.outbox, hub.config.retention, hub.clock)
    await keeping.forget_cases()


async def dialogues(chat: Chat) -> list[Dialogue]:
    """What the bot remembers of each person, as it is kept."""
    kept = await rows(chat.hub, select(Conversation))
    vault = chat.hub.vault
    return [
        Dialogue.load(vault.open("conversations", "state", row.contact_id, row.state_sealed))
        for row in kept
        if row.state_sealed is not None
    ]


@pytest.mark.parametrize(
    "said",
    [
        "la organización D pide plata en el comedor",
        "el voluntario de la organización D me pidió sexo a cambio de ayuda",
    ],
)
async def test_an_organisation_named_in_a_complaint_is_barred_from_it(
    chat: Chat, said: str
) -> None:
    # HUM-30: also where the words disclose what the safety answer is for
    await member(chat)
    await begin(chat, "dialogue.complaint_aid")
    await chat.presses(words(form_phrases.kind_name, "es", "money"))
    await chat.says(said)
    await chat.presses(SKIP)
    await chat.presses(words(form_phrases.no_reply_button))
    await chat.presses(KEEP_IT)
    [case] = await rows(chat.hub, select(Case))
    [dora] = await rows(chat.hub, select(StaffMember).where(StaffMember.username == "dora"))
    assert case.barred == [dora.organisation_id]
    assert await said_in_cases(chat) == [said]
    assert not any(dialogue.told for dialogue in await dialogues(chat))


async def test_a_disclosure_that_is_not_passed_on_is_kept_nowhere(chat: Chat) -> None:
    # HUM-29, HUM-30
    await begin(chat, "dialogue.complaint_aid")
    await chat.presses(words(form_phrases.kind_name, "es", "money"))
    await chat.says("el voluntario de la organización D me pidió sexo a cambio de ayuda")
    assert any(dialogue.told for dialogue in await dialogues(chat))
    await chat.presses(SKIP)
    await chat.presses(words(form_phrases.no_reply_button))
    await chat.presses(words(form_phrases.no_button))
    assert await rows(chat.hub, select(Case)) == []
    assert not any(dialogue.told for dialogue in await dialogues(chat))


async def test_asking_for_a_person_while_one_reads_says_so(chat: Chat) -> None:
    await hand_over(chat)
    await take(chat)
    await chat.says("PERSONA")
    chat.hears(words(form_phrases.already_held), words(phrases.person))
