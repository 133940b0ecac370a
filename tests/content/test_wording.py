"""The word lists behind the checks: figures, identity data, what a locked screen may show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.wording import (
    asks_for_identity,
    count_sentence_words,
    find_figures,
    find_sensitive_word,
)

ASKS = [  # HUM-02
    "Envíanos tu DNI por aquí.",
    "Dinos tu nombre completo",
    "Escribe tu número de pasaporte",
    "¿Cuál es tu nombre?",
    "Please send us your passport number.",
    "Tell us your full name",
    "What is your address?",
    "Envie-nos seu passaporte",
    "Diga-nos o seu nome completo",
    "Envoyez-nous votre numéro de dossier",
    "Quel est votre nom ?",
    "Voye ban nou nimewo paspò",
    "Di nou non konplè",
]
DOES_NOT_ASK = [
    "Nunca envía tu DNI por chat.",
    "No escribe tu nombre aquí.",
    "Lleva tu pasaporte a la oficina.",
    "Never send your passport to anybody.",
    "Pide tu carné en Migraciones.",
    "Para hablar con alguien, escribe PERSONA.",
    "Write to the office and tell us if it was closed.",
    "Dites-nous si le bureau est fermé.",
    "Di nou si biwo a fèmen.",
    "Escribe el nombre de tu distrito.",
]


@pytest.mark.parametrize("text", ASKS)
def test_asking_for_identity_is_found(text: str) -> None:
    assert asks_for_identity(text)


@pytest.mark.parametrize("text", DOES_NOT_ASK)
def test_advice_about_documents_is_no_asking(text: str) -> None:
    assert asks_for_identity(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Si sufres violencia",
        "La trata de personas",
        "Sexual abuse",
        "Si on vous a violée",
        "Suicídio",
        "Viktim vyolans",
        "Test de VIH",
    ],
)
def test_sensitive_words_are_found(text: str) -> None:  # HUM-26
    assert find_sensitive_word(text)


@pytest.mark.parametrize(
    "text",
    ["Gracias por escribir.", "Te leo. Estoy aquí contigo.", "Mwen la avè w."],
)
def test_neutral_words_pass(text: str) -> None:
    assert find_sensitive_word(text) is None


def test_figures_are_compared_without_their_separators() -> None:
    assert find_figures("S/ 1,500 el 07/02, de 8:30") == {"1500", "07", "02", "8", "30"}
    assert find_figures("S/ 1.500") == find_figures("S/ 1,500") == {"1500"}
    assert find_figures("0800-15170") == {"0800", "15170"}


@given(st.lists(st.integers(min_value=0, max_value=999), max_size=8), st.randoms())
def test_the_order_of_figures_does_not_count(numbers: list[int], random: object) -> None:
    words = [f"palabra {number} más" for number in numbers]
    assert find_figures("; ".join(words)) == find_figures("\n".join(reversed(words)))
    assert find_figures("; ".join(words)) == {str(number) for number in numbers}


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_a_changed_phone_number_never_passes(one: int, other: int) -> None:
    assert (find_figures(f"Llama al {one}.") == find_figures(f"Call {other}.")) is (one == other)


def test_lines_count_as_sentences() -> None:
    assert count_sentence_words("Una dos tres.\nCuatro cinco\nSeis") == 2
    assert count_sentence_words("") == 0
