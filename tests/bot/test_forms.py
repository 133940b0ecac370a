"""The forms as transcripts: updates, a person, a rumour, a complaint; left, taken up, skipped."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import form_phrases, phrases
from bot.case_models import Case, CaseMessage, Rating
from bot.cases import CASE_TEXT_VERSION, count_ratings
from hub.app.housekeeping import Housekeeping
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import address, consents, contacts, rows, vetted_answer, words
from tests.chat import Chat

Say = Callable[..., str]
SKIP = words(form_phrases.skip_button)
RESUME = words(form_phrases.resume_button)
PASS_ON = words(form_phrases.pass_on_button)
KEEP_IT = words(form_phrases.keep_it_button)
NO = words(form_phrases.no_button)


def family(name: str) -> str:
    return words(form_phrases.topic_family, "es", name)


async def cases(chat: Chat) -> list[Case]:
    return await rows(chat.hub, select(Case).order_by(Case.created_at))


async def said_in_cases(chat: Chat) -> list[str]:
    kept = await rows(chat.hub, select(CaseMessage).order_by(CaseMessage.seq))
    vault = chat.hub.vault
    return [vault.open("case_messages", "text", row.id, row.text_sealed) for row in kept]


async def test_a_person_is_asked_for_with_reason_words_area_and_consent(chat: Chat) -> None:
    # HUM-29, HUM-32: nothing is kept before the yes
    await chat.says("PERSONA")
    chat.hears(words(phrases.person), words(form_phrases.ask_reason))
    await chat.presses(family("papers"))
    chat.hears(words(form_phrases.ask_matter))
    await chat.says("me robaron los papeles en el terminal y no sé qué hacer")
    chat.hears(words(form_phrases.ask_area))
    await chat.says("Tumbes")
    chat.hears(family("papers"), "Tumbes", words(form_phrases.no_fixed_hours))
    chat.hears(words(form_phrases.your_words))
    assert await cases(chat) == []
    await chat.presses(PASS_ON)
    chat.hears(words(form_phrases.handed_over, "es", words(form_phrases.no_fixed_hours)))
    [case] = await cases(chat)
    assert (case.kind, case.reason, case.owner, case.state) == (
        "handover",
        "papers",
        "protection",
        "open",
    )
    assert (case.area or "").startswith("24")
    assert (case.language, case.consent_version) == ("es", CASE_TEXT_VERSION)
    assert await said_in_cases(chat) == ["me robaron los papeles en el terminal y no sé qué hacer"]


@pytest.mark.parametrize("way_out", ["no", "button"])
async def test_a_no_keeps_nothing(chat: Chat, way_out: str) -> None:
    # HUM-29
    await chat.says("PERSONA")
    await chat.presses(family("health"))
    await chat.says("mi mamá necesita diálisis y nadie la atiende")
    await chat.presses(SKIP)
    if way_out == "no":
        await chat.says("no")
    else:
        await chat.presses(NO)
    assert await cases(chat) == []
    assert await said_in_cases(chat) == []


async def test_every_field_may_be_skipped_with_one_tap(chat: Chat) -> None:
    # HUM-05
    await chat.says("PERSONA")
    for _ in range(3):
        await chat.presses(SKIP)
    await chat.presses(PASS_ON)
    [case] = await cases(chat)
    assert (case.reason, case.area, await said_in_cases(chat)) == (None, None, [])
    await chat.says("AVISOS")
    await chat.presses(words(form_phrases.choose_topics_button))
    await chat.presses(words(form_phrases.all_topics_button))
    await chat.presses(SKIP)
    await chat.presses(words(phrases.opt_in_button))
    [contact] = await contacts(chat.hub)
    assert (contact.interests, contact.area) == ([], None)
    assert len(await consents(chat.hub)) == 1


async def test_opting_in_with_topics_and_area(chat: Chat) -> None:
    # HUM-05, HUM-06
    await chat.says("AVISOS")
    await chat.presses(words(form_phrases.choose_topics_button))
    chat.hears(words(form_phrases.ask_interest))
    await chat.presses(family("health"))
    chat.hears(words(form_phrases.ask_more_interests, "es", family("health")))
    await chat.presses(family("basic_needs"))
    await chat.presses(words(form_phrases.that_is_all_button))
    await chat.says("estoy en Tacna")
    chat.hears(f"{family('health')}, {family('basic_needs')}", "Tacna")
    assert await consents(chat.hub) == []
    await chat.presses(words(phrases.opt_in_button))
    chat.hears(words(phrases.opted_in))
    [contact] = await contacts(chat.hub)
    assert contact.interests == ["health and nutrition", "basic needs", "cash"]
    assert (contact.area or "").startswith("23")
    assert (await address(chat.hub)).opted_in_at is not None


async def test_topics_and_area_are_forgotten_one_by_one(chat: Chat) -> None:
    # HUM-05
    await test_opting_in_with_topics_and_area(chat)
    await chat.says("MIS DATOS")
    await chat.presses(words(form_phrases.forget_area_button))
    [contact] = await contacts(chat.hub)
    assert (contact.area, len(contact.interests)) == (None, 3)
    await chat.presses(words(form_phrases.forget_topics_button))
    [contact] = await contacts(chat.hub)
    assert contact.interests == []
    assert (await address(chat.hub)).opted_in_at is not None


async def test_an_unknown_place_is_asked_for_again(chat: Chat) -> None:
    await chat.says("PERSONA")
    await chat.presses(family("work"))
    await chat.presses(SKIP)
    await chat.says("Xyzzylandia")
    chat.hears(words(phrases.place_unknown))
    await chat.says("Tacna")
    chat.hears("Tacna")
    assert PASS_ON in chat.buttons


@pytest.mark.parametrize(
    "word", ["AYUDA", "IDIOMA", "MIS DATOS", "¿dónde vacunan a los niños gratis?"]
)
async def test_a_form_is_left_by_anything_and_taken_up_again(chat: Chat, word: str) -> None:
    await chat.says("PERSONA")
    await chat.presses(family("school"))
    await chat.presses(SKIP)
    await chat.says(word)
    assert RESUME in chat.buttons
    await chat.says("seguir")
    chat.hears(words(form_phrases.resumed), words(form_phrases.ask_area))
    await chat.says("Tumbes")
    await chat.presses(PASS_ON)
    [case] = await cases(chat)
    assert case.reason == "school"


@pytest.mark.parametrize("word", ["BAJA", "BORRAR"])
async def test_words_that_end_things_end_them_without_more(chat: Chat, word: str) -> None:
    # HUM-07: mid-form too, and one confirmation
    await chat.says("PERSONA")
    await chat.presses(family("school"))
    await chat.says(word)
    assert len(chat.heard) == 1
    assert RESUME not in chat.buttons


async def test_a_question_where_words_are_asked_is_answered(chat: Chat) -> None:
    await chat.says("PERSONA")
    await chat.presses(family("papers"))
    await chat.says("¿dónde vacunan a los niños gratis?")
    assert words(form_phrases.ask_area) not in chat.text
    assert RESUME in chat.buttons
    await chat.presses(RESUME)
    chat.hears(words(form_phrases.ask_matter))


async def test_danger_comes_first_in_any_form_and_is_not_kept(chat: Chat) -> None:
    # HUM-22, HUM-29
    await chat.says("PERSONA")
    await chat.presses(family("safety"))
    await chat.says("mi esposo me pega y quiere matarme")
    assert chat.heard[0].text == await vetted_answer(chat, "partner_violence")
    await chat.says("seguir")
    await chat.presses(SKIP)
    await chat.presses(SKIP)
    await chat.presses(PASS_ON)
    [case] = await cases(chat)
    assert case.is_sensitive
    assert await said_in_cases(chat) == []


async def test_a_rumour_is_kept_and_its_end_told(chat: Chat) -> None:
    # HUM-46
    await begin(chat, "dialogue.rumour")
    chat.hears(words(form_phrases.ask_claim))
    await chat.says("dicen que desde el lunes regalan el carnet en la plaza")
    chat.hears(words(form_phrases.ask_heard))
    await chat.presses(words(form_phrases.heard_name, "es", "whatsapp"))
    await chat.presses(KEEP_IT)
    chat.hears(words(form_phrases.rumour_kept))
    [case] = await cases(chat)
    assert (case.kind, case.reason, case.owner) == ("rumour", "whatsapp", "communications")
    assert await said_in_cases(chat) == ["dicen que desde el lunes regalan el carnet en la plaza"]
    await chat.says("¿qué pasó?")
    chat.hears(words(form_phrases.standing, "es", "open", None))
    await chat.says("MIS DATOS")
    chat.hears(words(form_phrases.standing, "es", "open", None))


@pytest.mark.parametrize(
    ("topic", "button", "question"),
    [
        ("rumours.check", form_phrases.tell_rumour_button, form_phrases.ask_claim),
        ("feedback.complaints", form_phrases.complain_button, form_phrases.ask_kind),
    ],
)
async def test_the_answer_that_goes_with_a_form_leads_to_it(
    chat: Chat, topic: str, button: Say, question: Say
) -> None:
    hub = chat.hub
    answer = understood("utter_answer", (topic, 0.9), slots={"topic": topic})
    chat.hub = with_understanding(hub, Scripted(answer))
    await chat.says("oí algo en el grupo de la iglesia")
    chat.hub = hub
    await chat.presses(words(button))
    chat.hears(words(question))
    assert len(chat.heard) == 1  # the answer is not told again


async def test_a_complaint_is_kept_apart_with_little(chat: Chat) -> None:
    # HUM-30
    await begin(chat, "dialogue.complaint_aid")
    chat.hears(words(form_phrases.ask_kind))
    await chat.presses(words(form_phrases.kind_name, "es", "money"))
    await chat.says("en el comedor de la plaza nos cobran cinco soles por la lista")
    await chat.presses(SKIP)
    await chat.presses(words(form_phrases.no_reply_button))
    await chat.presses(KEEP_IT)
    [case] = await cases(chat)
    assert (case.kind, case.reason, case.wants_reply, case.is_sensitive) == (
        "complaint",
        "money",
        False,
        True,
    )


async def test_abuse_by_an_aid_worker_is_answered_with_safety_and_a_way_to_complain(
    chat: Chat,
) -> None:
    # HUM-22, HUM-30
    vetted = await vetted_answer(chat, "aid_worker_abuse")
    await chat.says("el voluntario me pidió sexo a cambio de ayuda")
    assert chat.heard[0].text == vetted
    await chat.presses(words(form_phrases.complain_button))
    chat.hears(words(form_phrases.ask_kind))
    await chat.presses(words(form_phrases.kind_name, "es", "abuse"))
    assert chat.heard[0].text == vetted
    chat.hears(words(form_phrases.ask_organisation))


async def test_an_answer_that_did_not_help_leads_to_other_ways(chat: Chat) -> None:
    await chat.says("¿dónde vacunan a los niños gratis?")
    await chat.presses(words(form_phrases.not_helped_button))
    chat.hears(words(form_phrases.sorry_it_did_not))
    assert words(phrases.contact_person_button) in chat.buttons
    [count] = await rows(chat.hub, select(Rating))
    assert (count.helped, count.count) == (False, 1)
    await chat.says("¿dónde vacunan a los niños gratis?")
    assert words(form_phrases.helped_button) not in chat.buttons


async def test_a_voice_counts_once_and_of_nobody(chat: Chat) -> None:
    await chat.says("¿dónde vacunan a los niños gratis?")
    helped = words(form_phrases.helped_button)
    for _ in range(3):
        await chat.presses(helped)
        chat.hears(words(form_phrases.glad_it_helped))
    async with chat.hub.database.read() as session:
        counted = await count_ratings(session, chat.clock.now().date())
        later = await count_ratings(session, chat.clock.now().date() + timedelta(days=1))
    assert (counted, later) == ([("health.vaccination", 1, 0)], [])


async def test_no_answer_is_rated_after_a_disclosure(chat: Chat) -> None:
    # HUM-23
    await chat.says("mi esposo me pega")
    await chat.says("¿dónde vacunan a los niños gratis?")
    assert words(form_phrases.helped_button) not in chat.buttons


async def test_asking_twice_for_a_person_waits_once(chat: Chat) -> None:
    for _ in range(2):
        await chat.says("PERSONA")
        for _ in range(3):
            await chat.presses(SKIP)
        await chat.presses(PASS_ON)
    assert len(await cases(chat)) == 1


async def test_erasing_takes_cases_along(chat: Chat) -> None:
    # HUM-11
    await test_a_rumour_is_kept_and_its_end_told(chat)
    await chat.says("BORRAR")
    await chat.presses(words(phrases.erase_button))
    await come_due(chat)
    assert await cases(chat) == []
    assert await rows(chat.hub, select(CaseMessage)) == []


async def begin(chat: Chat, intent: str) -> None:
    hub = chat.hub
    name = f"utter_{intent.removeprefix('dialogue.')}"
    chat.hub = with_understanding(hub, Scripted(understood(name, (intent, 0.9))))
    await chat.says("quiero contar algo que oí en el grupo")
    chat.hub = hub


async def come_due(chat: Chat) -> None:
    chat.clock.advance(timedelta(minutes=3))
    hub = chat.hub
    keeping = Housekeeping(hub.database, hub.inbox, hub.outbox, hub.config.retention, hub.clock)
    await keeping.erase()
