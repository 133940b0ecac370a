"""Numbers, phones, dates and addresses are the same in every language, or the check names which."""

import pytest

from content.agreement import find_differences

SPANISH = (
    "Desde el 7 de febrero de 2026 llama al (01) 204-3127 o entra en https://gob.pe/citas. "
    "Cuesta S/ 1,500 y atiende de 8:30 a 17:00."
)
SAME = {
    "en": (
        "Since 7 February 2026, call (01) 204-3127 or go to https://gob.pe/citas. "
        "It costs S/ 1,500 and opens from 8:30 to 17:00. You may wait."
    ),
    "pt": (
        "Desde 7 de fevereiro de 2026, ligue para (01) 204-3127 ou entre em https://gob.pe/citas. "
        "Custa S/ 1.500 e atende das 8:30 às 17:00."
    ),
    "fr": (
        "Depuis le 7 février 2026, appelez le (01) 204-3127 ou allez sur https://gob.pe/citas. "
        "Cela coûte S/ 1 500, de 8:30 à 17:00."
    ),
    "ht": (
        "Depi 7 fevriye 2026, rele (01) 204-3127 oswa ale sou https://gob.pe/citas. "
        "Li koute S/ 1,500, depi 8:30 rive 17:00."
    ),
}


@pytest.mark.parametrize("language", SAME)
def test_what_agrees(language: str) -> None:
    text = SAME[language].replace("1 500", "1\u00a0500")
    assert find_differences(SPANISH, text, language) == []


@pytest.mark.parametrize(
    ("before", "after", "differences"),
    [
        ("204-3127", "204-3128", ["lacks phone 012043127", "adds phone 012043128"]),
        ("204-3127", "312-7204", ["lacks phone 012043127", "adds phone 013127204"]),
        ("204-3127", "2043127", []),
        ("gob.pe/citas", "gob.pe/cita", ["lacks gob.pe/citas", "adds gob.pe/cita"]),
        ("gob.pe/citas", "gob-pe.com/citas", ["lacks gob.pe/citas", "adds gob-pe.com/citas"]),
        ("February", "March", ["lacks month 02", "adds month 03"]),
        ("2026", "2025", ["lacks 2026", "adds 2025"]),
        ("8:30", "8:00", ["lacks 30"]),
        ("1,500", "1,50", ["lacks 1500", "adds 1", "adds 50"]),
    ],
)
def test_what_differs_is_named(before: str, after: str, differences: list[str]) -> None:
    assert before in SAME["en"]
    text = SAME["en"].replace(before, after)
    assert find_differences(SPANISH, text, "en") == differences


@pytest.mark.parametrize("text", ["You may call.", "Of 2021, may have changed.", "They march."])
def test_words_that_are_also_months_are_none(text: str) -> None:
    assert not [one for one in find_differences("", text, "en") if "month" in one]


def test_peru_writes_september_its_own_way() -> None:
    assert find_differences("Desde setiembre de 2025.", "Since September 2025.", "en") == []


def test_a_language_without_month_names_is_compared_by_its_figures() -> None:
    assert find_differences("El 7 de mayo de 2026", "7 xyz 2026", "xx") == []
    assert find_differences("El 7 de mayo de 2026", "8 xyz 2026", "xx") == ["lacks 7", "adds 8"]
