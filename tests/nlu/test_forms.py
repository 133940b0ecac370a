"""The forms with the real Rasa: its contract, and the hub's transcripts through it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot import form_fields
from bot.rasa import RasaClient
from bot.understanding import Breaker, Understander
from tests.bot import test_forms as transcripts
from tests.bot.understanders import Scripted, understood, with_conversation
from tests.chat import Chat
from tests.nlu.rasa_process import SECRET, Rasa, names

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

BEGINNINGS = [
    ("dialogue.opt_in", ["utter_ask_interest"], form_fields.OPT_IN),
    ("dialogue.human", ["utter_handover", "utter_ask_reason"], form_fields.HANDOVER),
    ("dialogue.handover", ["utter_ask_reason"], form_fields.HANDOVER),
    ("dialogue.rumour", ["utter_rumour", "utter_ask_claim"], form_fields.RUMOUR),
    ("dialogue.complaint_aid", ["utter_complaint_aid", "utter_ask_kind"], form_fields.COMPLAINT),
]


@pytest.mark.parametrize(("intent", "said", "form"), BEGINNINGS)
def test_each_form_begins(rasa: Rasa, intent: str, said: list[str], form: str) -> None:
    begun = rasa.choose(intent)
    assert (names(begun), begun["active_form"]) == (said, form)


@pytest.mark.parametrize(("intent", "said", "form"), BEGINNINGS)
def test_every_field_can_be_skipped(rasa: Rasa, intent: str, said: list[str], form: str) -> None:
    # HUM-05
    reply = rasa.choose(intent)
    for field in form_fields.FIELDS[form]:
        assert names(reply)[-1] == f"utter_ask_{field}"
        reply = rasa.choose("dialogue.inform", reply["state"], **{field: "skip"})
    assert names(reply) == [f"utter_{form.removesuffix('_form')}_done"]
    assert reply["state"] == {"v": 1, "slots": {}}


@pytest.mark.parametrize("field", sorted(form_fields.VALUES))
def test_it_takes_the_values_that_the_hub_offers(rasa: Rasa, field: str) -> None:
    # SEC-66
    for value in form_fields.VALUES[field]:
        rasa.choose("dialogue.inform", **{field: value})
    answer = rasa.post(
        {
            "sender": "person-of-tests",
            "text": "",
            "choice": {"intent": "dialogue.inform", "slots": {field: "gold"}},
            "state": None,
        }
    )
    assert answer.status_code == 400


def test_somebodys_words_are_never_in_the_state(rasa: Rasa) -> None:
    # SEC-66, HUM-29
    asked = rasa.choose("dialogue.rumour")
    told = rasa.turn("dicen que en Qarhuaykuchu regalan carnets a Zorobabela", asked["state"])
    assert names(told) == ["utter_ask_heard"]
    assert told["state"]["slots"] == {"claim": "said"}


def test_a_question_leaves_a_form_and_it_is_taken_up_from_its_state(rasa: Rasa) -> None:
    begun = rasa.choose("dialogue.handover", reason="health")
    left = rasa.turn("cómo saco el carnet de extranjería", begun["state"] | {})
    assert left["active_form"] in (None, form_fields.HANDOVER)
    again = rasa.choose("dialogue.continue", begun["state"])
    assert names(again) == ["utter_continue", "utter_ask_matter"]


@pytest.mark.parametrize(("word", "value"), [("sí", "yes"), ("si claro", "yes")])
def test_a_yes_in_words_is_the_consent_that_is_asked_for(rasa: Rasa, word: str, value: str) -> None:
    asked = rasa.choose("dialogue.handover", reason="skip")
    for field in ("matter", "area"):
        asked = rasa.choose("dialogue.inform", asked["state"], **{field: "skip"})
    assert names(asked) == ["utter_ask_consent"]
    done = rasa.turn(word, asked["state"])
    assert done["responses"][-1]["slots"]["consent"] == value


@pytest.fixture
async def real(chat: Chat, rasa: Rasa) -> AsyncIterator[Chat]:
    """The same phone and hub, where the real Rasa understands and nothing stands in for it."""
    client = RasaClient(rasa.url(""), SECRET, 30)
    never = Scripted(understood("utter_unsure"))
    understander = Understander(client, never, Breaker(3, 10))
    conversation = replace(chat.hub.conversation, understander=understander)
    chat.hub = with_conversation(chat.hub, conversation)
    yield chat
    assert not never.asked
    await client.close()


TRANSCRIPTS = [
    transcripts.test_a_person_is_asked_for_with_reason_words_area_and_consent,
    transcripts.test_every_field_may_be_skipped_with_one_tap,
    transcripts.test_opting_in_with_topics_and_area,
    transcripts.test_an_unknown_place_is_asked_for_again,
    transcripts.test_a_question_where_words_are_asked_is_answered,
    transcripts.test_danger_comes_first_in_any_form_and_is_not_kept,
    transcripts.test_a_rumour_is_kept_and_its_end_told,
    transcripts.test_a_complaint_is_kept_apart_with_little,
    transcripts.test_abuse_by_an_aid_worker_is_answered_with_safety_and_a_way_to_complain,
    transcripts.test_an_answer_that_did_not_help_leads_to_other_ways,
]


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda each: each.__name__)
async def test_on_the_hub(real: Chat, transcript: object) -> None:
    assert callable(transcript)
    await transcript(real)


@pytest.mark.parametrize("word", ["AYUDA", "MIS DATOS", "cómo saco el carnet de extranjería"])
async def test_on_the_hub_it_is_left_and_taken_up(real: Chat, word: str) -> None:
    await transcripts.test_a_form_is_left_by_anything_and_taken_up_again(real, word)


@pytest.mark.parametrize("way_out", ["no", "button"])
async def test_on_the_hub_a_no_keeps_nothing(real: Chat, way_out: str) -> None:
    # HUM-29
    await transcripts.test_a_no_keeps_nothing(real, way_out)
