"""The dialogue state travels with the hub: small, checked, without messages, and never somebody
else's.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.nlu.rasa_process import Rasa, names

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

CANARY = "Zorobabela Quispicanchi 99887766"


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"v": 0, "slots": {"place": "Tacna"}},
        {"v": 2, "slots": {"place": "Tacna"}},
        {"v": 1},
        {"v": 1, "slots": None},
        {"v": 1, "slots": {"place": 7}},
        {"v": 1, "slots": {"place": "x" * 101}},
        {"v": 1, "slots": {"topic": "asylum.apply"}},
        {"v": 1, "slots": {}, "form": "no_such_form", "requested_slot": "need"},
        {"v": 1, "slots": {}, "form": "find_service_form"},
        {"v": 1, "slots": {}, "form": "find_service_form", "requested_slot": "topic"},
        {"v": 1, "slots": {}, "form": ["find_service_form"], "requested_slot": ["need"]},
        {"events": [{"event": "action", "name": "action_restart"}]},
    ],
)
def test_a_state_that_is_old_unknown_or_corrupt_counts_as_none(rasa: Rasa, state: object) -> None:
    # SEC-66
    assert rasa.turn("hola", state) == rasa.turn("hola")


def test_the_state_stays_small(rasa: Rasa) -> None:
    asked = rasa.choose("im.services_directory", need="child_friendly_space")
    found = rasa.choose("dialogue.inform", asked["state"], place="ñ" * 100)
    sizes = [len(json.dumps(reply["state"])) for reply in (asked, found)]
    assert max(sizes) < 8192


def test_the_state_never_holds_a_message(rasa: Rasa) -> None:
    # SEC-66, SEC-90
    state: Any = None
    for text in (CANARY, f"donde hay un comedor {CANARY}", f"en tacna {CANARY}", f"no {CANARY}"):
        state = rasa.turn(text, state)["state"]
        assert not any(word in json.dumps(state) for word in CANARY.split())


def test_persons_at_the_same_time_never_share_anything(rasa: Rasa) -> None:
    # SEC-65
    needs = ["health", "legal", "shelter", "food", "cash", "police", "education", "transport"]

    def talk(number: int) -> tuple[list[str], dict[str, Any]]:
        sender = {"sender": f"person-number-{number}"}
        choice = {"intent": "im.services_directory", "slots": {"need": needs[number]}}
        asked = rasa.turn(choice=choice, **sender)
        found = rasa.turn("en tacna", asked["state"], **sender)
        return names(found), found["slots"]

    with ThreadPoolExecutor(8) as pool:
        talks = list(pool.map(talk, range(8)))
    assert talks == [(["utter_find_service"], {"need": need, "place": "tacna"}) for need in needs]


def test_one_person_twice_at_once_does_not_mix(rasa: Rasa) -> None:
    # SEC-64
    states = [
        rasa.choose("im.services_directory", need=need)["state"] for need in ("food", "legal")
    ]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda at: rasa.turn("en tacna", states[at % 2]), range(16)))
    assert [reply["slots"]["need"] for reply in replies] == ["food", "legal"] * 8


def test_nothing_is_remembered_that_the_hub_did_not_send(rasa: Rasa) -> None:
    # SEC-66: erasing a person needs nothing here
    rasa.choose("im.services_directory", need="food", place="Tacna")
    assert rasa.turn("hola")["slots"] == {"need": None, "place": None}
