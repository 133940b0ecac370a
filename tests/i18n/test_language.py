"""Which language a message is in: as chosen, else as written, else as before."""

import pytest

from bot.language import choose_language, detect_language

SUPPORTED = ("es", "en", "pt", "fr", "ht")


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
