"""A message that signals danger: the vetted answer first, then care, whatever else is broken."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot import phrases
from bot.channels.base import Capabilities
from bot.danger import SafetyClass, _passages, find_danger
from bot.keeping_safe import CARE_LASTS, CHILD_IS_SPARED
from bot.messages import InboundKind
from bot.models import Conversation, OutboxRow
from bot.rehearsing import Rehearsal
from bot.text import words as said_words
from bot.understanding import Scored
from content.answers import Answer
from hub.app.hub import Hub
from tests.bot.understanders import Failing, Scripted, understood, with_understanding
from tests.bot.words import (
    LANGUAGES,
    contacts,
    keep_house,
    messages,
    rows,
    vetted_answer,
    words,
)
from tests.chat import Chat

DISCLOSURE = "mi esposo me pega"
CAPABILITIES = Capabilities(4096, 8, 64, None, receipts=False, can_look_up=False)
SIGNALS = {
    SafetyClass.SELF_HARM: "ya no quiero vivir",
    SafetyClass.PARTNER_VIOLENCE: DISCLOSURE,
    SafetyClass.SEXUAL_VIOLENCE: "me violaron anoche",
}
# Words that would tell somebody who glances at the screen what this chat is about.
TELLING = (
    *("violencia", "violación", "suicid", "trata", "abuso", "refugi", "asilo", "migra"),
    *("violence", "viol", "suicide", "trafficking", "abuse", "refugee", "asylum", "rape"),
    *("violência", "tráfico", "abus", "vyolans", "kadejak", "trafik", "swisid"),
)
_PREVIEW = 40


@pytest.mark.parametrize("safety_class", SIGNALS)
async def test_the_vetted_answer_comes_first(chat: Chat, safety_class: SafetyClass) -> None:
    # HUM-20, INV-12, INV-13
    await chat.says(SIGNALS[safety_class])
    assert chat.heard[0].text == await vetted_answer(chat, safety_class)


@pytest.mark.parametrize(
    ("said", "lasting"), [(DISCLOSURE, CARE_LASTS), ("tengo 15 años y estoy solo", CHILD_IS_SPARED)]
)
async def test_nobody_gets_updates_after_a_disclosure(
    chat: Chat, said: str, lasting: timedelta
) -> None:
    # HUM-23, HUM-31
    await chat.says(said)
    [contact] = await contacts(chat.hub)
    over = chat.hub.clock.now() + lasting
    assert contact.quiet_until is not None
    assert over <= contact.quiet_until <= over + timedelta(days=1)
    # The moment of the disclosure is not to be told from it, and it is forgotten when it is over.
    assert (contact.quiet_until.hour, contact.quiet_until.minute) == (0, 0)
    chat.clock.advance(lasting + timedelta(days=1))
    await keep_house(chat.hub)
    [contact] = await contacts(chat.hub)
    assert contact.quiet_until is None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_line_is_neutral(chat: Chat, language: str) -> None:
    # HUM-26, HUM-27: it is what the lock screen shows
    texts = [words(phrases.safety_fallback, language), words(phrases.care, language)]
    for safety_class in SafetyClass:
        vetted = await chat.hub.conversation.answers.safety(safety_class, language)
        assert vetted is not None
        assert vetted.language == language
        texts.append(vetted.text)
    for shown in texts:
        preview = shown[:_PREVIEW].casefold()
        assert [word for word in TELLING if word in preview] == []
        assert find_danger(shown.splitlines()[0]) is None


@pytest.mark.parametrize(
    "frame",
    [
        "hola, {}",
        "{}, chao",
        "gracias. {}",
        "1 {}",
        "BAJA {}",
        "{} MENU",
        "{} 👋",
        "¡¡{}!!",
        "mi amiga dice: {}",
        "{}. igual todo bien jaja",
        "buenas noches, {}, cómo desactivo este chat",
    ],
)
async def test_nothing_else_in_the_message_masks_it(chat: Chat, frame: str) -> None:
    # HUM-22
    await chat.says("hola")
    await chat.says(frame.format(DISCLOSURE))
    chat.hears(await vetted_answer(chat, SafetyClass.PARTNER_VIOLENCE))
    assert len(chat.heard) == 1


@pytest.mark.parametrize(
    ("language", "said", "safety_class"),
    [
        (
            "es",
            "que papeles piden para el colegio, mi marido me pega, y hasta cuando hay vacantes",
            SafetyClass.PARTNER_VIOLENCE,
        ),
        (
            "es",
            "que papeles piden para matricular al nene mi marido me pega y hasta cuando hay cupo",
            SafetyClass.PARTNER_VIOLENCE,
        ),
        (
            "en",
            "what do I need for the permit, he beats me every night, and how much is the fee",
            SafetyClass.PARTNER_VIOLENCE,
        ),
        (
            "pt",
            "oi, onde renovo o protocolo do refugio, meu padrasto abusa de mim, e quanto custa",
            SafetyClass.SEXUAL_VIOLENCE,
        ),
        (
            "fr",
            "bonjour, combien coute la carte, je veux en finir avec ma vie, et ou est le bureau",
            SafetyClass.SELF_HARM,
        ),
        (
            "ht",
            "ki kote biwo migrasyon an ye mari m ap bat mwen chak swa epi ki le yo ouvri mesi",
            SafetyClass.PARTNER_VIOLENCE,
        ),
    ],
)
async def test_danger_told_in_passing_is_heard_without_rasa(
    chat: Chat, language: str, said: str, safety_class: SafetyClass
) -> None:
    # HUM-22, INV-12: with commas and, as who speaks into the phone sends it, without
    await chat.says(said)
    chat.hears(await vetted_answer(chat, safety_class, language))


@pytest.mark.parametrize(
    "said",
    [
        "que papeles piden en el colegio, el trafico hoy me mata, y hasta que fecha hay vacantes",
        "what does the school ask for my boys fight over the remote all day and how much is it",
        "bonjou, ki papye lekòl la mande, chalè a ap touye nou, epi jiska kilè gen plas",
    ],
)
def test_a_harmless_aside_between_questions_is_none(said: str) -> None:
    assert find_danger(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "soy de venezuela. me quiero morir. quiero sacar cita para el carnet",
        "soy de venezuela y me quiero morir, quiero sacar cita para el carnet",
        "necesito el carnet, la cita es el lunes, ya no quiero vivir y no se donde queda",
    ],
)
async def test_rasa_cannot_mask_plain_words_by_the_harmless_ones_around_them(
    chat: Chat, said: str
) -> None:
    # HUM-22
    chat.hub = _calm(chat.hub)
    await chat.says(said)
    chat.hears(await vetted_answer(chat, SafetyClass.SELF_HARM))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "ma belle-mère a appris TikTok, au secours"),
        ("pt", "o aluguel aqui é de matar, tem algum auxílio?"),
    ],
)
async def test_rasa_decides_about_a_phrase_among_harmless_words(
    chat: Chat, language: str, said: str
) -> None:
    # HUM-20, INV-12: without Rasa it is danger
    with_rasa = _calm(chat.hub)
    await chat.says(said)
    chat.hears(await vetted_answer(chat, SafetyClass.IMMEDIATE_DANGER, language))
    chat.hub = with_rasa
    await chat.says(said)
    assert await vetted_answer(chat, SafetyClass.IMMEDIATE_DANGER, language) not in chat.text


@pytest.mark.parametrize(
    "said",
    [
        "quando cai o auxílio?",
        "meu auxílio já foi aprovado?",
        "¿ya sale el auxilio de transporte?",
        "onde fica o pronto-socorro?",
        "la posta de El Socorro a qué hora abre",
    ],
)
async def test_a_benefit_or_a_place_of_that_name_is_no_cry(chat: Chat, said: str) -> None:
    # HUM-20: what is not all of the message is left to Rasa
    chat.hub = _calm(chat.hub)
    await chat.says(said)
    assert words(phrases.care) not in chat.text
    for language in ("es", "pt"):
        safety = await vetted_answer(chat, SafetyClass.IMMEDIATE_DANGER, language)
        assert safety not in chat.text


@pytest.mark.parametrize(
    ("language", "cry"),
    [
        ("es", "auxilio"),
        ("es", "buenas noches auxilio"),
        ("pt", "socorro por favor"),
        ("fr", "au secours!!"),
        ("ht", "sekou, tanpri"),
    ],
)
async def test_rasa_cannot_mask_a_cry_that_is_nearly_all_of_a_message(
    chat: Chat, language: str, cry: str
) -> None:
    # HUM-20
    await chat.says({"es": "hola", "pt": "português", "fr": "français", "ht": "kreyòl"}[language])
    chat.hub = _calm(chat.hub)
    await chat.says(cry)
    chat.hears(await vetted_answer(chat, SafetyClass.IMMEDIATE_DANGER, language))


@pytest.mark.parametrize(
    "word", ["ok", "tengo miedo", "no quiero hablar", "era broma", "qué hago", "gracias"]
)
async def test_the_next_short_turns_keep_the_care_frame(chat: Chat, word: str) -> None:
    # HUM-23: no small talk, no "no entendí"
    goodbye = understood("utter_goodbye", ("dialogue.goodbye", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(goodbye))
    await chat.says(DISCLOSURE)
    for _ in range(3):
        await chat.says(word)
        assert chat.text == words(phrases.care)


async def test_not_understood_is_no_answer_after_it(chat: Chat) -> None:
    # HUM-23: neither "I do not know" nor a choice of topics
    for answer in (understood("utter_unsure"), understood("utter_unsure", ("asylum.apply", 0.4))):
        chat.hub = with_understanding(chat.hub, Scripted(answer))
        await chat.says(DISCLOSURE)
        await chat.says("otra vez lo mismo que le dije")
        assert chat.text == words(phrases.care)


async def test_a_question_after_it_is_answered(chat: Chat) -> None:
    # HUM-23
    answer = understood("utter_answer", ("asylum.apply", 0.9), slots={"topic": "asylum.apply"})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says(DISCLOSURE)
    await chat.says("¿y cómo pido refugio con mis hijos?")
    found = await chat.hub.conversation.answers.find("asylum.apply", "es")
    assert isinstance(found, Answer)
    chat.hears(found.text.strip())


async def test_care_ends_after_its_time(chat: Chat) -> None:
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_thanks")))
    await chat.says(DISCLOSURE)
    chat.clock.advance(CARE_LASTS + timedelta(hours=1))
    await chat.says("gracias")
    chat.hears(words(phrases.thanks))


async def test_care_lasts_as_long_as_it_says(chat: Chat) -> None:
    # HUM-23: for a day, also with the house kept meanwhile
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_thanks")))
    await chat.says(DISCLOSURE)
    chat.clock.advance(CARE_LASTS - timedelta(hours=1))
    await keep_house(chat.hub)
    await chat.says("gracias")
    assert chat.text == words(phrases.care)


async def test_a_place_that_was_said_brings_help_nearby_below_the_same_beginning(
    chat: Chat,
) -> None:
    # HUM-24, HUM-26: in one message, so that a locked screen shows nothing else
    await chat.says("mi esposo me pega, busco un albergue en Tumbes")
    services = chat.hub.conversation.answering.services
    assert not await services.find_services("shelter", "24", "es"), "then it would be named"
    named = [each.name for each in await services.find_services("psychosocial", "24", "es")]
    said = chat.heard[0].text
    vetted = await vetted_answer(chat, SafetyClass.PARTNER_VIOLENCE)
    assert said.startswith(vetted)
    assert any(name in said.removeprefix(vetted) for name in named)


async def test_help_nearby_leaves_no_place_behind(chat: Chat) -> None:
    # HUM-29
    await chat.says("hola")
    await chat.says("mi esposo me pega, busco un albergue en Tumbes")
    (contact,) = await contacts(chat.hub)
    (talk,) = await rows(chat.hub, select(Conversation))
    assert talk.state_sealed is not None
    state = chat.hub.vault.open("conversations", "state", contact.id, talk.state_sealed)
    assert (contact.area, "umbes" in state) == (None, False)


async def test_what_was_looked_for_is_read_beside_danger(chat: Chat) -> None:
    outcome, _ = await chat.hub.rehearser.say(
        Rehearsal.begin("es"), "mi esposo me pega, busco un albergue en Tumbes", CAPABILITIES
    )
    assert outcome.reading.safety_class is SafetyClass.PARTNER_VIOLENCE
    assert outcome.reading.slots == {"need": "shelter", "place": "Tumbes"}


async def test_whoever_was_abused_by_aid_is_sent_to_no_aid_nearby(chat: Chat) -> None:
    await chat.says("en el albergue de Tumbes el de la ong me pide sexo para darme comida")
    assert chat.heard[0].text == await vetted_answer(chat, SafetyClass.AID_WORKER_ABUSE)


async def test_the_answer_leaves_although_no_place_can_be_read(chat: Chat) -> None:
    # INV-12
    await chat.says("hola")
    async with chat.hub.database.write() as session:
        await session.execute(text("DROP TABLE services"))
    await chat.says("mi esposo me pega, busco un albergue en Tumbes")
    assert chat.heard[0].text == await vetted_answer(chat, SafetyClass.PARTNER_VIOLENCE)


async def test_the_answer_leaves_although_no_content_can_be_read(chat: Chat) -> None:
    # INV-12: words of last resort, in the person's language
    await chat.says("English")
    async with chat.hub.database.write() as session:
        await session.execute(text("DROP TABLE answer_texts"))
    await chat.says("my husband beats me")
    assert chat.text == words(phrases.safety_fallback, "en")
    assert "105" in chat.text


async def test_the_answer_leaves_although_every_text_has_expired(chat: Chat) -> None:
    # INV-12, HUM-25, F-35: an old number is never told as if it were good
    chat.clock.advance(timedelta(days=3650))
    await chat.says(DISCLOSURE)
    assert chat.heard[0].text == words(phrases.safety_fallback)


async def test_the_answer_leaves_although_understanding_fails(chat: Chat) -> None:
    # INV-12, HUM-20
    broken = Failing(understood("utter_thanks"), is_poison=lambda _: True)
    chat.hub = with_understanding(chat.hub, broken)
    await chat.says(DISCLOSURE)
    assert "100" in chat.heard[0].text
    assert broken.attempts == 0


async def test_the_answer_is_sent_again_rather_than_lost(chat: Chat) -> None:
    # INV-12: in doubt, a help line is better twice than not at all
    await chat.says(DISCLOSURE)
    sent = await rows(chat.hub, select(OutboxRow).order_by(OutboxRow.seq))
    assert [row.repeat_in_doubt for row in sent] == [True, False, False]


async def test_a_disclosure_in_an_edited_message_or_caption_is_heard(chat: Chat) -> None:
    # HUM-20, F-34
    await chat.says("hola")
    for kind in (InboundKind.EDITED, InboundKind.IMAGE):
        await chat.sends(kind, text=DISCLOSURE)
        assert "Línea 100" in chat.text


async def test_a_disclosure_beside_a_pressed_button_is_heard(chat: Chat) -> None:
    # HUM-22: whatever else the message chooses
    await chat.says("AVISOS")
    token = chat.phone.phone(chat.address)[-1].buttons[0].token
    await chat.sends(InboundKind.CHOICE, choice=token, text=DISCLOSURE)
    assert "Línea 100" in chat.text


async def test_a_disclosure_leaves_no_text_behind(chat: Chat) -> None:
    # HUM-29: only the class and until when, sealed in the dialogue; not which answer was told
    await chat.says("hola")
    await chat.says(DISCLOSURE)
    (contact,) = await contacts(chat.hub)
    hello, disclosure = await messages(chat.hub)
    assert hello.payload_sealed is not None
    assert disclosure.payload_sealed is None
    assert all(row.content == [] for row in await rows(chat.hub, select(OutboxRow)))
    (talk,) = await rows(chat.hub, select(Conversation))
    assert talk.state_sealed is not None
    state = chat.hub.vault.open("conversations", "state", contact.id, talk.state_sealed)
    assert "partner_violence" in state
    assert [word for word in ("esposo", "pega") if word in said_words(state)] == []


@given(st.lists(st.sampled_from(["uno", "dos", "tres"]), min_size=1, max_size=60))
def test_no_seven_words_in_a_row_are_torn_apart(beads: list[str]) -> None:
    said = [f"{word}{at}" for at, word in enumerate(beads)]
    passages = [" ".join(each) for each in _passages(" ".join(said))]
    for at in range(len(said) - 6):
        assert any(" ".join(said[at : at + 7]) in each for each in passages)


def test_a_line_and_a_stop_end_a_passage_and_signs_are_no_words() -> None:
    told = "hola, 😭 violada 😭, - - -\nqué papeles piden. hasta cuándo hay cupo"
    assert list(_passages(told)) == [
        ["que", "papeles", "piden"],
        ["hasta", "cuando", "hay", "cupo"],
    ]


def test_a_long_message_costs_not_much_more_than_its_length() -> None:
    # SEC-40: of 4,096 characters no word is weighed in more than three passages.
    said = ("palabra " * 512).strip()
    assert sum(map(len, _passages(said))) <= 3 * len(said.split())


def _calm(hub: Hub) -> Hub:
    """The same hub, where Rasa sees no danger in anything."""
    calm = understood("utter_thanks", danger=Scored("self_harm", 0.02))
    return with_understanding(hub, Scripted(calm))
