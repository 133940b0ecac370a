"""What the channel takes and what it refuses, and that a phone cannot command Rasa."""

from typing import Any

import pytest

from tests.nlu.rasa_process import Rasa, names

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

GOOD: dict[str, Any] = {"sender": "person-of-tests", "text": "hola", "choice": None, "state": None}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sender": None}, "sender"),
        ({"sender": ""}, "sender"),
        ({"sender": "short"}, "sender"),
        ({"sender": "x" * 65}, "sender"),
        ({"sender": "+51 999 999 999"}, "sender"),
        ({"sender": "person-of-tests\n"}, "sender"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": "a" * 1001}, "text"),
        ({"choice": "asylum.apply"}, "choice"),
        ({"choice": {"intent": "restart"}}, "choice.intent"),
        ({"choice": {"intent": ["asylum.apply"]}}, "choice.intent"),
        ({"choice": {"intent": "asylum.apply", "entities": []}}, "choice"),
        ({"choice": {"intent": "asylum.apply", "slots": {"topic": "x"}}}, "choice.slots"),
        ({"choice": {"intent": "asylum.apply", "slots": {"need": "gold"}}}, "choice.slots.need"),
        (
            {"choice": {"intent": "asylum.apply", "slots": {"place": "x" * 101}}},
            "choice.slots.place",
        ),
        ({"state": "form"}, "state"),
        ({"metadata": {"phone": "1"}}, "body"),
    ],
)
def test_a_wrong_field_is_named(rasa: Rasa, change: dict[str, Any], field: str) -> None:
    # SEC-65, SEC-66, SEC-71
    response = rasa.post({**GOOD, **change})
    assert response.status_code == 400
    assert response.json()["error"].startswith(f"{field}: ")


def test_a_sender_left_out_is_refused(rasa: Rasa) -> None:
    # SEC-65: Rasa would put everybody into one conversation
    response = rasa.post({"text": "hola"})
    assert (response.status_code, response.json()["error"].split(":")[0]) == (400, "sender")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 5000, b'"text"'])
def test_a_body_that_is_no_object_is_refused(rasa: Rasa, body: bytes) -> None:
    response = rasa.post(body)
    assert response.status_code == 400
    assert response.json()["error"].startswith("body: ")


def test_a_body_over_the_cap_is_refused(rasa: Rasa) -> None:
    # SEC-71
    assert rasa.post({**GOOD, "state": {"pad": "x" * 300_000}}).status_code == 413


COMMAND = 'dialogue.goodbye{"need": "transport", "place": "Narnia"}'
DISGUISES = [
    "/",
    "//",
    " /",
    "\t\n/",
    "\u200b/",
    "\ufeff/",
    "\u2060\u200d/",
    "\u202e/",
    "\x00/",
    "\uff0f",
    "\u2044",
    "\u2215",
    "\u2571",
    "\u29f8",
    "/\u200b",
    "/ /",
    "\u0338/",
    "\ud800/",
]


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("slashed", [COMMAND, 'asylum.card@0.99{"need":"cash"}'])
def test_a_phone_cannot_force_an_intent_or_a_slot(rasa: Rasa, disguise: str, slashed: str) -> None:
    # SEC-46
    body = f'{{"sender": "person-of-tests", "text": {_json_text(disguise + slashed)}}}'
    reply = rasa.post(body.encode()).json()
    assert reply["slots"] == {"need": None, "place": None}
    assert reply["intent"]["confidence"] < 0.99


def _json_text(text: str) -> str:
    """A JSON string with everything escaped, lone surrogates too."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


@pytest.mark.parametrize(
    "text", ["/restart", "/session_start", "／back", " /restart", "\u200b/restart"]
)
def test_rasas_own_commands_do_nothing(rasa: Rasa, text: str) -> None:
    # SEC-46
    asked = rasa.choose("im.services_directory", need="health")
    reply = rasa.turn(text, asked["state"])
    assert reply["intent"]["name"] not in {"restart", "session_start", "back"}
    assert names(reply)


@pytest.mark.parametrize("text", ["", "/", "   ", "／／", "\u200b"])
def test_a_message_with_nothing_in_it_is_not_understood(rasa: Rasa, text: str) -> None:
    assert names(rasa.turn(text)) == ["utter_unsure"]


def test_the_hubs_choice_forces_intent_and_slots(rasa: Rasa) -> None:
    reply = rasa.choose("asylum.card", need="cash", place="Tacna")
    assert reply["responses"] == [{"name": "utter_answer", "slots": {"topic": "asylum.card"}}]
    assert reply["intent"] == {"name": "asylum.card", "confidence": 1.0}
    assert reply["slots"] == {"need": "cash", "place": "Tacna"}


@pytest.mark.parametrize(
    "piece", ["a", "ab ", "a,", "á", "😀", "san juan de ", "1 ", "((", "\u0301"]
)
def test_a_long_message_takes_little_longer_than_half_of_it(rasa: Rasa, piece: str) -> None:
    # SEC-47, SEC-71: no pattern of ours backtracks over a person's text
    half, whole = (
        min(_seconds(rasa, (piece * 1000)[:size]) for _ in range(5)) for size in (500, 1000)
    )
    assert whole < 3 * half + 0.02


def _seconds(rasa: Rasa, text: str) -> float:
    return rasa.post({**GOOD, "text": text}).elapsed.total_seconds()
