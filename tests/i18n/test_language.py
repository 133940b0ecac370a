"""Which language a message is in: as chosen, else as written, else as before."""

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.language import choose_language, detect_language

SUPPORTED = ("es", "en", "pt", "fr", "ht")
SAYINGS = yaml.safe_load(
    (Path(__file__).parent.parent / "bot" / "sayings" / "languages.yml").read_text(encoding="utf8")
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola, cómo saco el carné", "es"),
        ("DONDE PIDO AYUDA PARA MIS HIJOS", "es"),
        ("no me pagan hace meses y tengo hijos", "es"),
        ("how do I apply for asylum", "en"),
        ("I need help with my papers", "en"),
        ("como faço para pedir refúgio", "pt"),
        ("como peço refúgio no peru", "pt"),
        ("preciso de ajuda com documentos", "pt"),
        ("comment demander l'asile", "fr"),
        ("bonjour, j'ai besoin d'aide", "fr"),
        ("kijan pou m mande azil", "ht"),
        ("mwen bezwen yon doktè pou pitit mwen", "ht"),
    ],
)
def test_the_language_of_a_message_is_seen(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "ok", "12", "😀", "Lima", "María Pérez", "\u200b"])
def test_a_message_may_not_tell(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize(
    ("chosen", "text", "previous", "hint", "language"),
    [
        ("ht", "hola, cómo saco el carné", "pt", "fr", "ht"),
        (None, "hola, cómo saco el carné", "pt", "fr", "es"),
        (None, "ok", "pt", "fr", "pt"),
        (None, "ok", None, "fr-CA", "fr"),
        (None, "ok", None, "de", "en"),
        (None, "ok", None, None, "en"),
    ],
)
def test_the_language_to_answer_in(
    chosen: str | None, text: str, previous: str | None, hint: str | None, language: str
) -> None:
    found = choose_language(
        text, chosen=chosen, previous=previous, hint=hint, supported=SUPPORTED, default="en"
    )
    assert found == language


def test_a_language_that_is_not_spoken_here_is_not_answered_in() -> None:
    text = "mwen bezwen yon doktè pou pitit mwen"
    found = choose_language(
        text, chosen=None, previous=None, hint=None, supported=("es", "en"), default="es"
    )
    assert found == "es"


@pytest.mark.parametrize("language", SUPPORTED)
@pytest.mark.parametrize("held_back", [False, True])
def test_short_messages_tell_their_language(language: str, held_back: bool) -> None:
    said = [
        str(text) for number, text in enumerate(SAYINGS[language]) if (number % 3 == 2) is held_back
    ]
    missed = [text for text in said if detect_language(text) != language]
    assert len(missed) <= math.ceil(0.1 * len(said)), missed


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "ht"),
        ("gracias", "ht"),
        ("ok", "ht"),
        ("Jean Baptiste", "ht"),
        ("Tumbes", "ht"),
        ("thank you", "ht"),
        ("disculpe, dónde queda la oficina de migraciones", "es"),
        ("how do I get an appointment for my card", "en"),
        ("onde eu posso pedir refúgio com meus filhos", "pt"),
        ("où est-ce que je peux demander l'asile", "fr"),
    ],
)
def test_only_a_clear_sentence_changes_the_language_of_a_conversation(
    text: str, language: str
) -> None:
    found = choose_language(
        text, chosen=None, previous="ht", hint=None, supported=SUPPORTED, default="es"
    )
    assert found == language


@given(st.text(max_size=200))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert detect_language(text) in (*SUPPORTED, None)
