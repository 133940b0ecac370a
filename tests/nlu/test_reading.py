"""What the model says of a message beside its topic: several questions, and danger."""

import pytest

from hub.config import UnderstandingSettings
from tests.nlu.rasa_process import Rasa

UNDERSTANDING = UnderstandingSettings()
pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]


def wishes_of(rasa: Rasa, text: str) -> dict[str, float]:
    """The confidence in each wish to the bot itself."""
    return {guess["name"]: guess["confidence"] for guess in rasa.turn(text)["wishes"]}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        (
            "como pido refugio en lima? y mi hijo puede entrar al colegio sin papeles?",
            ["asylum.apply", "education.enrol"],
        ),
        (
            "how do I get the SIS insurance? and what is a PTP?",
            ["health.sis", "regularization.ptp"],
        ),
    ],
)
def test_each_of_several_questions_is_named_the_likeliest_first(
    rasa: Rasa, text: str, topics: list[str]
) -> None:
    reply = rasa.turn(text)
    named = [question["name"] for question in reply["questions"]]
    assert sorted(named) == topics
    ranked = [guess["name"] for guess in reply["ranking"]]
    assert named == sorted(named, key=ranked.index)


def test_one_question_is_not_several(rasa: Rasa) -> None:
    assert len(rasa.turn("como saco cita para pedir refugio en lima")["questions"]) < 2


@pytest.mark.parametrize(
    ("text", "safety_class"),
    [
        ("mi marido me tiene amenazada y no me deja salir de la casa", "partner_violence"),
        ("my boss keeps my passport and says I still owe him the trip", "trafficking"),
        ("je veux en finir avec la vie", "self_harm"),
    ],
)
def test_danger_is_named_with_its_class(rasa: Rasa, text: str, safety_class: str) -> None:
    # HUM-20: beside the hub's own detector
    danger = rasa.turn(text)["danger"]
    assert danger["name"] == safety_class
    assert danger["confidence"] > 0.5


@pytest.mark.parametrize(
    ("text", "safety_class"),
    [
        (
            "que papeles piden para el colegio, mi marido me pega, y hasta cuando hay vacantes",
            "partner_violence",
        ),
        (
            "bonjour, combien coute la carte, je veux en finir avec ma vie, et ou est le bureau",
            "self_harm",
        ),
        (
            "where is the office for the card, my uncle touches me at night, what hours",
            "child_risk",
        ),
        # A sentence is heard more readily than a clause.
        (
            "que piden para matricular? el hermano de mi esposo toca a mi hija. y hasta cuando?",
            "child_risk",
        ),
        (
            "what papers for the work permit? my boss keeps my passport. how long does it take",
            "trafficking",
        ),
        (
            "ki kote biwo migrasyon an ye mari m ap bat mwen chak swa epi ki le yo ouvri mesi",
            "partner_violence",
        ),
    ],
)
def test_danger_told_in_passing_is_not_masked_by_questions(
    rasa: Rasa, text: str, safety_class: str
) -> None:
    # HUM-22: the whole sounds like a question on papers
    danger = rasa.turn(text)["danger"]
    assert danger["name"] == safety_class
    assert danger["confidence"] > 0.9


def test_a_harmless_aside_between_questions_is_none(rasa: Rasa) -> None:
    text = (
        "buenas, que papeles piden para matricular a mi hijo en el colegio, el trafico hoy me mata "
        "de verdad, y hasta que fecha hay vacantes en primaria"
    )
    assert rasa.turn(text)["danger"]["confidence"] < 0.5


def test_a_question_about_something_hard_brings_a_word_for_help_and_no_alarm(rasa: Rasa) -> None:
    # Hyperplanes take it for danger, the reader does not.
    danger = rasa.turn("donde me hago la prueba de vih sin que mi marido sepa")["danger"]
    assert UNDERSTANDING.hint_from <= danger["confidence"] < UNDERSTANDING.danger_from


@pytest.mark.parametrize(
    "text",
    ["como saco el carnet de extranjeria", "donde hay un comedor en sjl", "hola buenos dias"],
)
def test_a_plain_question_sounds_like_no_danger(rasa: Rasa, text: str) -> None:
    assert rasa.turn(text)["danger"]["confidence"] < 0.5


@pytest.mark.parametrize(
    ("told", "harmless"),
    [
        (
            "mi marido me golpeaba anoche y lloré",
            "vi una película donde el marido la golpeaba y lloré",
        ),
        (
            "mon patron garde mon passeport et je ne peux pas sortir",
            "mon patron a rendu mon passeport hier, tout va bien",
        ),
        (
            "me siguió un hombre hasta la casa y está afuera",
            "me siguió un perro hasta la casa jaja",
        ),
        ("yo di y ap touye m", "yo touye yon moun nan fim nan"),
    ],
)
def test_what_stands_between_words_of_danger_is_read_too(
    rasa: Rasa, told: str, harmless: str
) -> None:
    # HUM-20: the one would alarm, the other not even hint
    assert rasa.turn(told)["danger"]["confidence"] > 0.8
    assert rasa.turn(harmless)["danger"]["confidence"] < 0.4


@pytest.mark.parametrize(
    "text",
    [
        "aqui no vive esa señora, quiten este numero",
        "je ne veux plus rien recevoir de vous sur ce téléphone",
        "m pa vle resevwa anyen ankò sou telefòn sa a",
    ],
)
def test_the_wish_to_be_left_alone_is_known_by_its_sense(rasa: Rasa, text: str) -> None:
    # HUM-07: beside the hub's own reading
    assert wishes_of(rasa, text)["stop"] > 0.5


@pytest.mark.parametrize(
    "text", ["mi esposo quiere salir del pais", "donde hay un comedor en sjl", "hola buenos dias"]
)
def test_nothing_else_sounds_like_it(rasa: Rasa, text: str) -> None:
    assert max(wishes_of(rasa, text).values()) < 0.4


def test_a_choice_is_read_for_nothing(rasa: Rasa) -> None:
    reply = rasa.choose("asylum.card")
    assert (reply["danger"], reply["wishes"], reply["questions"]) == (None, [], [])
