"""What must be the same in every language of one version: addresses, phones, dates, numbers.

Spanish is the measure. Month names come from Babel; a language that it does not know has them in
`_MORE_MONTHS`, or is compared by its figures only.
"""

import re
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError

from content.wording import find_figures, strip_accents

_ADDRESS = re.compile(
    r"https?://[^\s<>()]+|\b(?:[a-z0-9-]+\.)+(?:ar|bo|br|cl|co|cr|ec|gt|hn|ht|mx|pa|pe|py|uy|ve|org|com|info|net|int|gob|gov|edu|io|app)\b(?:/[^\s<>()]*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w/.,])\+?(?:\(\d{1,4}\)[ -]?)?\d+(?:[ .\u00a0-]\d+)*(?![\w/])")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a phone number
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SMALL = frozenset(
    (
        "de",
        "del",
        "of",
        "the",
        "di",
        "do",
        "da",
        "d",
        "le",
        "ane",
        "an",
        "en",
        "in",
        "em",
        "nan",
        "a",
    )
)
_HAITIAN: tuple[str, ...] = ("janvye", "fevriye", "mas", "avril", "me", "jen")
_HAITIAN += ("jiye", "out", "septanm", "oktob", "novanm", "desanm")
_MORE_MONTHS: dict[str, dict[str, int]] = {
    "es": {"setiembre": 9, "set": 9},  # as Peru writes it
    "ht": {name: number for number, name in enumerate(_HAITIAN, 1)},
}


def find_differences(spanish: str, text: str, language: str) -> list[str]:
    """What `text` lacks and adds against the Spanish text, each with its kind."""
    found = _compare("", find_addresses(spanish), find_addresses(text))
    spanish, text = _ADDRESS.sub(" ", spanish), _ADDRESS.sub(" ", text)
    found += _compare("phone ", _phones(spanish), _phones(text))
    if _month_names(language):
        found += _compare("month ", _months(spanish, "es"), _months(text, language))
    return found + _compare("", _other_figures(spanish), _other_figures(text))


def find_months(text: str, language: str) -> set[str] | None:
    """Months that belong to a date, `01` to `12`; None for a language whose months nobody knows."""
    return _months(text, language) if _month_names(language) else None


def _compare(kind: str, expected: set[str], found: set[str]) -> list[str]:
    lacking = [f"lacks {kind}{each}" for each in sorted(expected - found)]
    return lacking + [f"adds {kind}{each}" for each in sorted(found - expected)]


def find_addresses(text: str) -> set[str]:
    """Web addresses, without their protocol."""
    found = (address.rstrip(".,;:!?)") for address in _ADDRESS.findall(text))
    return {address.removeprefix("https://").removeprefix("http://").lower() for address in found}


def _phones(text: str) -> set[str]:
    """Numbers as they are dialled: however they are grouped, `204-3127` is `2043127`."""
    return {re.sub(r"\D", "", spelled) for spelled in _spelled_phones(text)}


def _spelled_phones(text: str) -> list[str]:
    return [
        spelled
        for spelled in _PHONE.findall(text)
        if _FEWEST_DIGITS <= sum(letter.isdigit() for letter in spelled) <= _MOST_DIGITS
    ]


def _other_figures(text: str) -> set[str]:
    for spelled in _spelled_phones(text):
        text = text.replace(spelled, " ")
    return find_figures(text)


def _months(text: str, language: str) -> set[str]:
    """Months that stand beside a day or a year, so that `you may` is none. As numbers, 1 to 12."""
    names = _month_names(language)
    tokens = [strip_accents(token) for token in _TOKEN.findall(text)]
    return {
        f"{names[token]:02}"
        for place, token in enumerate(tokens)
        if token in names
        and (_is_day(tokens[:place][::-1]) or _is_day_or_year(tokens[place + 1 :]))
    }


def _is_day(tokens: list[str]) -> bool:
    """A year never stands before its month: `of 2021, may have changed` names no month."""
    token = _first_number(tokens)
    return 0 < len(token) <= 2


def _is_day_or_year(tokens: list[str]) -> bool:
    token = _first_number(tokens)
    return 0 < len(token) <= 2 or token[:2] in ("19", "20")


def _first_number(tokens: list[str]) -> str:
    """The nearest token but for small words, if it is a number."""
    for token in tokens:
        if token not in _SMALL:
            return token if token.isdigit() else ""
    return ""


@lru_cache
def _month_names(language: str) -> dict[str, int]:
    try:
        months = Locale.parse(language).months
    except (UnknownLocaleError, ValueError):
        return _MORE_MONTHS.get(language, {})
    names = {
        strip_accents(name).rstrip("."): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in months[context][width].items()
        if name.strip(".").isalpha()
    }
    return names | _MORE_MONTHS.get(language, {})
