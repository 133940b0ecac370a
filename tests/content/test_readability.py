"""Ease of reading: syllables as the Academy divides them, and figures reckoned by hand."""

import pytest

from content.readability import FLOOR, count_syllables, read_ease
from content.sentences import begins_somewhere, split_sentences

SYLLABLES = {
    1: "y yo ley muy hoy aun sol dos CEPR",
    2: "país ciudad construir huella guía quiero oír leer raíz búho guerra agua rayo mayo rehén",
    3: "refugio expulsión pingüino caída Uruguay apoyo ahora permiso derecho",
    4: "murciélago aéreo teoría migraciones averiguáis cooperar",
    5: "documentación extranjería",
    6: "universitario",
    7: "responsabilidades",
}


@pytest.mark.parametrize(
    ("word", "count"),
    [(word, count) for count, words in SYLLABLES.items() for word in words.split()],
)
def test_syllables(word: str, count: int) -> None:
    assert count_syllables(word) == count


@pytest.mark.parametrize(
    ("text", "perspicuity", "words"),
    [
        # 6 words, 9 syllables, 2 phrases: 206.835 - 62.3 * 9/6 - 6/2
        ("El sol sale. La luna duerme.", 110.385, 3),
        # 3 words, 16 syllables, 1 phrase: numbers count for nothing
        ("Regularización migratoria extraordinaria 2026.", -128.432, 3),
        # 4 words, 7 syllables, 2 phrases, for a colon ends one
        ("Llama gratis: es útil.", 95.81, 2),
    ],
)
def test_figures_reckoned_by_hand(text: str, perspicuity: float, words: float) -> None:
    found = read_ease(text)
    assert found is not None
    assert (round(found.perspicuity, 3), found.words) == (perspicuity, words)


def test_plain_words_pass_and_the_words_of_offices_do_not() -> None:
    plain = "Ve a la oficina. Lleva tus papeles. Es gratis. Si no te atienden, pide ayuda."
    office = (
        "Los administrados comprendidos en el procedimiento de regularización migratoria deberán "
        "acreditar fehacientemente la inexistencia de antecedentes judiciales internacionales."
    )
    easy, hard = read_ease(plain), read_ease(office)
    assert easy is not None
    assert hard is not None
    assert easy.perspicuity > 80
    assert hard.perspicuity < FLOOR
    assert read_ease("0800-15170") is None


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Es gratis. Llama al 105.", ["Es gratis.", "Llama al 105."]),
        ("Según el D.Leg. 1719, pregunta.", ["Según el D.Leg. 1719, pregunta."]),
        ("Ve a Av. España 734. Es de día.", ["Ve a Av. España 734.", "Es de día."]),
        ("Cuesta S/ 49.90 al mes.", ["Cuesta S/ 49.90 al mes."]),
        ("Es la ley. Pide ayuda.", ["Es la ley.", "Pide ayuda."]),
        ("Fue en 2020. Ahora no. Mira.", ["Fue en 2020.", "Ahora no.", "Mira."]),
        ("- Uno\n- Dos\n\nTres", ["- Uno", "- Dos", "Tres"]),
        ("¿Te echan? Llama (es gratis).", ["¿Te echan?", "Llama (es gratis)."]),
        ("Lleva DNI, carné, etc.\nEspera.", ["Lleva DNI, carné, etc.", "Espera."]),
        ("...", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_where_a_sentence_begins() -> None:
    text = (
        "Pide ayuda. ¿Te echan? Llama a la Defensoría: el número es gratis.\n- Lleva tus papeles."
    )
    for beginning in ("Pide ayuda", "Te echan", "¿Te echan", "el número es", "Lleva tus papeles"):
        assert begins_somewhere(beginning, text)
    for inside in ("ayuda", "a la Defensoría", "tus papeles", "pide ayuda"):
        assert not begins_somewhere(inside, text)
