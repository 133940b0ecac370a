"""What is said aloud of a text: phones in groups, amounts, no addresses, nothing read as a sign."""

import pytest

from content.speakable import to_speech

HERE = "la dirección del texto"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Llama al 0800-15170 (2020).", "Llama al 0 8 0 0, 1 5 1, 7 0 (2020)."),
        ("Teléfono (01) 204-3127", "Teléfono 0 1, 2 0 4, 3 1 2 7."),
        ("Escribe al +51 987654321.", "Escribe al + 5 1, 9 8 7, 6 5 4, 3 2 1."),
        ("Llama al 105 o al 1818.", "Llama al 105 o al 1818."),
        ("Desde 2020-2021 y el 2025-08-23.", "Desde 2020-2021 y el 2025-08-23."),
        ("Cuesta S/20.20 o S/ 900.", "Cuesta 20.20 soles o 900 soles."),
        ("Mira https://www.gob.pe/migraciones?a=1.", f"Mira {HERE}."),
        ("Entra en gob.pe/migraciones, gratis.", f"Entra en {HERE}, gratis."),
        ("Escribe a consulta@defensoria.gob.pe.", f"Escribe a {HERE}."),
        ("• Tu foto\n- Tu carné", "Tu foto.\nTu carné."),
        ("Hola [[x]] 😀 *tú*", "Hola x tú."),
        ("", ""),
    ],
)
def test_what_is_said(written: str, said: str) -> None:
    assert to_speech(written, HERE) == said
