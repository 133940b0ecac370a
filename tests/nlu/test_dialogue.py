"""What Rasa decides: answers, the form that finds a service, and the ways out of it. The hub
carries the state.
"""

from typing import Any

import pytest
import yaml

from tests.nlu.rasa_process import NLU, Rasa, names

[THRESHOLD] = [
    part["threshold"]
    for part in yaml.safe_load((NLU / "config.yml").read_text())["pipeline"]
    if part["name"] == "FallbackClassifier"
]

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]


def test_a_question_names_its_topic(rasa: Rasa) -> None:
    reply = rasa.turn("perdí mi carnet de extranjería, cómo saco otro")
    assert names(reply) == ["utter_answer"]
    assert reply["responses"][0]["slots"]["topic"] == reply["intent"]["name"]
    assert reply["active_form"] is None


def test_the_ranking_holds_five_known_names_in_order(rasa: Rasa) -> None:
    ranking = rasa.turn("quiero pedir refugio")["ranking"]
    confidences = [guess["confidence"] for guess in ranking]
    assert len(ranking) == 5
    assert confidences == sorted(confidences, reverse=True)
    assert all("." in guess["name"] for guess in ranking)


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("dialogue.greeting", "utter_greeting"),
        ("dialogue.thanks", "utter_thanks"),
        ("dialogue.goodbye", "utter_goodbye"),
        ("dialogue.affirm", "utter_affirm"),
        ("dialogue.deny", "utter_deny"),
        ("dialogue.who_are_you", "utter_who_are_you"),
        ("dialogue.language", "utter_language"),
        ("dialogue.complaint_bot", "utter_complaint_bot"),
        ("dialogue.insult", "utter_insult"),
        ("dialogue.out_of_scope", "utter_out_of_scope"),
    ],
)
def test_every_dialogue_intent_has_its_response(rasa: Rasa, intent: str, response: str) -> None:
    assert rasa.choose(intent)["responses"] == [{"name": response, "slots": {}}]


def test_what_it_is_unsure_of_it_does_not_answer(rasa: Rasa) -> None:
    replies = [rasa.turn(text) for text in ("eso", "lo otro", "y mañana", "zzz", "4567", "mi tía")]
    unsure = [names(reply) == ["utter_unsure"] for reply in replies]
    assert unsure == [reply["intent"]["name"] == "nlu_fallback" for reply in replies]
    hardly_likely = [reply["ranking"][0]["confidence"] < THRESHOLD for reply in replies]
    assert any(hardly_likely)
    assert all(said for said, low in zip(unsure, hardly_likely, strict=True) if low)


def test_the_form_asks_for_need_and_place_and_then_searches(rasa: Rasa) -> None:
    first = rasa.choose("im.services_directory")
    assert (names(first), first["active_form"]) == (["utter_ask_need"], "find_service_form")
    second = rasa.turn("un abogado", first["state"])
    assert names(second) == ["utter_ask_place"]
    assert second["slots"] == {"need": "legal", "place": None}
    third = rasa.turn("en San Juan de Lurigancho", second["state"])
    slots = {"need": "legal", "place": "San Juan de Lurigancho"}
    assert third["responses"] == [{"name": "utter_find_service", "slots": slots}]
    assert (third["slots"], third["active_form"]) == (slots, None)


def test_what_the_first_message_says_is_not_asked_again(rasa: Rasa) -> None:
    reply = rasa.turn("donde queda la oficina de migraciones en tumbes")
    slots = {"need": "immigration_office", "place": "tumbes"}
    assert reply["responses"] == [{"name": "utter_find_service", "slots": slots}]


def test_a_choice_answers_the_form(rasa: Rasa) -> None:
    asked = rasa.choose("im.services_directory")
    chosen = rasa.choose("dialogue.inform", asked["state"], need="shelter")
    assert (names(chosen), chosen["slots"]["need"]) == (["utter_ask_place"], "shelter")


def test_a_place_that_no_list_knows_is_taken_as_written_and_not_kept(rasa: Rasa) -> None:
    # SEC-66
    asked = rasa.choose("im.services_directory", need="food")
    found = rasa.turn("Qarhuaykuchu", asked["state"])
    assert found["responses"] == [
        {"name": "utter_find_service", "slots": {"need": "food", "place": "Qarhuaykuchu"}}
    ]
    assert "Qarhuaykuchu" not in str(found["state"])


@pytest.mark.parametrize("already", [{}, {"need": "food"}])
def test_a_new_question_leaves_the_form(rasa: Rasa, already: dict[str, str]) -> None:
    asked = rasa.choose("im.services_directory", **already)
    reply = rasa.turn("cómo saco el carnet de extranjería", asked["state"])
    assert (names(reply), reply["active_form"]) == (["utter_answer"], None)
    assert rasa.turn("hola", reply["state"])["active_form"] is None


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("dialogue.deny", "utter_form_left"),
        ("dialogue.goodbye", "utter_goodbye"),
    ],
)
def test_ways_out_of_the_form(rasa: Rasa, intent: str, response: str) -> None:
    asked = rasa.choose("im.services_directory", need="food")
    left = rasa.choose(intent, asked["state"])
    assert (names(left), left["active_form"]) == ([response], None)


def test_no_in_a_persons_words_leaves_the_form(rasa: Rasa) -> None:
    asked = rasa.choose("im.services_directory")
    assert names(rasa.turn("no gracias", asked["state"])) == ["utter_form_left"]


def test_a_courtesy_keeps_the_form_and_repeats_the_question(rasa: Rasa) -> None:
    asked = rasa.choose("im.services_directory", need="food")
    reply = rasa.choose("dialogue.affirm", asked["state"])
    assert names(reply) == ["utter_affirm", "utter_ask_place"]
    assert reply["active_form"] == "find_service_form"


def test_not_being_understood_does_not_trap_anybody_in_the_form(rasa: Rasa) -> None:
    asked = rasa.choose("im.services_directory")
    reply = rasa.turn("/", asked["state"])
    assert (names(reply), reply["active_form"]) == (["utter_unsure"], None)


def test_a_known_place_is_remembered_for_the_next_search_and_a_need_is_not(rasa: Rasa) -> None:
    found = rasa.choose("im.services_directory", need="food", place="Tacna")
    assert found["state"] == {"v": 1, "slots": {"place": "Tacna"}}
    again = rasa.choose("im.services_directory", found["state"])
    assert (names(again), again["slots"]) == (["utter_ask_need"], {"need": None, "place": "Tacna"})


@pytest.mark.parametrize(
    ("text", "need", "place"),
    [
        ("necesito un psicologo cerca de comas", "psychosocial", "comas"),
        ("is there a soup kitchen in Arequipa?", "food", "Arequipa"),
        ("onde tem posto de saúde em Tacna", "health", "Tacna"),
        ("où est le commissariat à Tumbes", "police", "Tumbes"),
        ("ki kote lekòl la ye nan Lima", "education", "Lima"),
        ("HOSPITAAAL en VILLA EL SALVADOR!!!", "health", "VILLA EL SALVADOR"),
    ],
)
def test_needs_and_places_are_reported_with_any_message(
    rasa: Rasa, text: str, need: str, place: str
) -> None:
    assert rasa.turn(text)["slots"] == {"need": need, "place": place}


def test_a_place_alone_begins_the_search(rasa: Rasa) -> None:
    reply = rasa.turn("estoy en Iñapari")
    assert (names(reply), reply["slots"]["place"]) == (["utter_ask_need"], "Iñapari")


def test_a_turn_done_again_gives_the_same_reply(rasa: Rasa) -> None:
    # F-03
    asked: dict[str, Any] = rasa.choose("im.services_directory", need="food")
    assert rasa.turn("en tacna", asked["state"]) == rasa.turn("en tacna", asked["state"])
