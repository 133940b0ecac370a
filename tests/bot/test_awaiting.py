"""Who got no answer may ask to be told when there is one; only that yes keeps who asked."""

from datetime import timedelta

import pytest

from bot import awaiting_phrases, form_phrases, phrases
from bot.question_models import AwaitState, QuestionGroup
from bot.understanding import Scored
from tests.bot.askers import CAT, LATER, awaited, knows_nothing
from tests.bot.canaries import find_in_tables
from tests.bot.questions import groups
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, keep_house, words
from tests.chat import Chat

SAME = "puedo biajar con mi gato en el bus"
DAYS = 60
OFFER = words(awaiting_phrases.offer, "es", DAYS)
AGREED = words(awaiting_phrases.agreed, "es", DAYS)
STOP = words(awaiting_phrases.stop_waiting_button)


async def test_one_tap_asks_to_be_told_later(chat: Chat) -> None:
    # HUM-46
    knows_nothing(chat)
    await chat.says(CAT)
    chat.hears(words(phrases.unknown), OFFER)
    assert await awaited(chat) == []
    await chat.presses(LATER)
    chat.hears(AGREED)
    (group,) = await groups(chat.hub)
    (row,) = await awaited(chat)
    assert (row.group_id, row.question_id, row.state) == (group.id, None, AwaitState.WAITING)
    assert row.expires_on == row.agreed_on + timedelta(days=DAYS)
    assert await find_in_tables(chat.hub.database, [CAT]) == []


async def test_on_a_phone_without_buttons_a_number_does(whatsapp: Chat) -> None:
    # HUM-46
    knows_nothing(whatsapp)
    await whatsapp.says(CAT)
    whatsapp.hears(f"3. {LATER}")
    await whatsapp.says("3")
    whatsapp.hears(AGREED)
    assert len(await awaited(whatsapp)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_fits_wherever_it_is_shown_and_is_named_in_the_offer(language: str) -> None:
    label = words(awaiting_phrases.tell_later_button, language)
    assert len(label) <= 20  # as many as WhatsApp shows
    assert label in words(awaiting_phrases.offer, language, DAYS)
    assert "60" in words(awaiting_phrases.agreed, language, DAYS)


async def test_without_the_yes_nothing_is_kept(chat: Chat) -> None:
    # HUM-06
    knows_nothing(chat)
    await chat.says(CAT)
    await groups(chat.hub)
    assert await awaited(chat) == []


async def test_saying_yes_again_or_asking_the_same_counts_once(chat: Chat) -> None:
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await chat.presses(LATER)
    await groups(chat.hub)
    await chat.presses(LATER)
    assert len(await awaited(chat)) == 1
    await chat.says(SAME)
    await chat.presses(LATER)
    assert len(await groups(chat.hub)) == 1
    assert len(await awaited(chat)) == 1


async def test_refused_options_offer_it_too(chat: Chat) -> None:
    ranking = [("housing.rent", 0.3), ("work.contract", 0.3)]
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_unsure", *ranking)))
    await chat.says(CAT)
    assert LATER not in chat.buttons
    await chat.presses(words(phrases.none_of_these))
    await chat.presses(LATER)
    assert len(await awaited(chat)) == 1


async def test_it_is_never_offered_where_the_words_may_not_be_kept(chat: Chat) -> None:
    # HUM-23, HUM-29
    hint = Scored("trafficking", 0.55)
    unsure = understood("utter_unsure", ("", 0.0), danger=hint)
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("el senor guarda mis papeles en su casa")
    assert LATER not in chat.buttons
    knows_nothing(chat)
    await chat.says("gato")  # too short to be a question
    assert LATER not in chat.buttons


async def test_a_disclosure_ends_it_and_makes_the_button_too_old(chat: Chat) -> None:
    # HUM-23
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await chat.says("mi esposo me pega")
    assert await awaited(chat) == []
    await chat.presses(LATER)
    chat.hears(words(phrases.stale_button))
    assert await awaited(chat) == []


@pytest.mark.parametrize("word", ["BAJA", "stop", "ya no me escriban"])
async def test_an_opt_out_ends_it(chat: Chat, word: str) -> None:
    # HUM-07
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await chat.says(word)
    assert await awaited(chat) == []


async def test_an_erasure_ends_it_at_once(chat: Chat) -> None:
    # HUM-10, INV-10
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await chat.says("BORRAR")
    await chat.presses(words(phrases.erase_button))
    assert await awaited(chat) == []


async def test_my_data_tells_of_it_and_takes_it_back(chat: Chat) -> None:
    # HUM-05, HUM-10
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await chat.says("MIS DATOS")
    chat.hears(words(awaiting_phrases.own_awaited, "es", 1))
    await chat.presses(STOP)
    chat.hears(words(form_phrases.forgotten))
    assert await awaited(chat) == []
    await chat.says("MIS DATOS")
    assert STOP not in chat.buttons


async def test_it_goes_with_its_day(chat: Chat) -> None:
    # PEER-16
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    (group,) = await groups(chat.hub)
    async with chat.hub.database.write() as session:  # staff put it in words of their own
        row = await session.get_one(QuestionGroup, group.id)
        row.state, row.wording, row.decided_at = "writing", "Mascotas en el bus", chat.clock.now()
    chat.clock.advance(timedelta(days=DAYS))
    await keep_house(chat.hub)
    assert len(await awaited(chat)) == 1
    chat.clock.advance(timedelta(days=1))
    await keep_house(chat.hub)
    assert await awaited(chat) == []


async def test_what_nobody_can_answer_any_more_is_not_promised_any_more(chat: Chat) -> None:
    """Undecided, and the words gone: nobody can find an answer to it."""
    knows_nothing(chat)
    await chat.says(CAT)
    await chat.presses(LATER)
    await groups(chat.hub)
    chat.clock.advance(timedelta(days=chat.hub.config.retention.message_days + 1))
    await keep_house(chat.hub)
    assert await awaited(chat) == []
