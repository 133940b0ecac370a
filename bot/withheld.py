"""Finds what identifies a person in what they wrote, and puts the name of its kind in its place.

People volunteer document numbers, phones, addresses. The hub needs none of them, so they are taken
out before a message is stored, sent on or logged (HUM-03). What helps nobody to find a person
stays: prices, dates, laws, emergency lines, and the numbers that the hub itself publishes.

Every pattern has bounded repetitions, so reading takes a time that grows with the text (SEC-47).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.text import LONGEST


class Kind(StrEnum):
    DNI = "dni"
    CE = "ce"
    CEDULA_VE = "cedula_ve"
    PASSPORT = "passport"
    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    ADDRESS = "address"
    NAME = "name"
    COORDINATES = "coordinates"


@dataclass(frozen=True, slots=True)
class Reduced:
    """A text without identifying data, and which kinds it had, in order and each once."""

    text: str
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class _Find:
    start: int
    end: int
    kind: Kind


IsPublished = Callable[[str], bool]  # of the digits of a phone number
_NEAR = 40  # characters before a number in which a word says what it is

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{2,63}){1,3}")
_DECIMALS = re.compile(
    r"(?<![\d.,])(-?\d{1,2}[.,]\d{3,15})\s{0,2}[,;/ ]\s{0,2}(-?\d{1,3}[.,]\d{3,15})(?![\d.])"
)
_DEGREES = re.compile(
    r"\d{1,3}\s?[°º]\s?\d{1,2}(?:[.,]\d{1,6})?\s?['’′](?:\s?\d{1,2}(?:[.,]\d{1,6})?\s?(?:\"|”|″|''))?"
    r"\s?[NSEWO]\b",
    re.IGNORECASE,
)
# A run of digits with single separators, a plus or letters in front.
_NUMBER = re.compile(r"(?<![\w.])(?:\(?\+)?\(?\d(?:[ .()-]{0,2}\d){5,22}(?![\w])")
_CODE = re.compile(r"(?<![\w-])([A-Za-z]{1,3})[ .-]{0,2}(\d(?:[. -]?\d){5,8})(?![\w])")
_STREET = re.compile(
    r"\b(?:calle|cll|jr|jiron|jirón|av|avd|avda|ave|avenida|avenue|pasaje|psje|pje|prolongaci[oó]n|prol|rua|rue"
    r"|carretera|malecon|malecón|alameda|street|lari|ri)\b\.?\s{1,2}"
    r"((?:[^\W_]{1,20}\.?\s{1,2}){1,5})(?:n[°ºo]?\.?\s?|#\s?|num(?:ero)?\.?\s?|número\s)?(\d{1,5})\b"
    r"(?!\s{0,2}(?:d[ií]as?|a[nñ]os?|hij[oa]s|ni[nñ][oa]s|soles|mes(?:es)?|personas|horas?|semanas?|am|pm|cuadras"
    r"|veces|days|kids|jours|enfants|dias|filhos|crianças|timoun|jou)\b)",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"\b(?:mz|mza|manz|manzana)\b\.?\s{0,2}['\"]?\w{1,4}['\"]?[\s,.-]{1,3}(?:lt|lte|lote)\b\.?\s{0,2}\d{1,4}\b",
    re.IGNORECASE,
)
_HOUSE_FIRST = re.compile(
    r"\b\d{1,5}[,\s]{1,2}(?:rue|avenue|av|boulevard|street|st)\s{1,2}(?:(?:de|du|des|la|les)\s){0,2}(?:l')?[^\W\d_]{3,20}\b"
    r"|\b\d{1,5}\s(?:[^\W\d_]{2,20}\s){1,2}(?:street|st|avenue|ave|road)\b",
    re.IGNORECASE,
)
# Words that do not stand in a street's name: the street is then only where somebody lives.
_NO_STREET = frozenset([
    "y", "con", "desde", "hace", "tengo", "hay", "donde", "por", "en", "para", "que", "mis",
    "mi", "estoy", "somos", "durmiendo", "sin", "a", "como", "cuando", "pero", "hasta",
    "estamos", "e", "com", "and", "with", "et", "avec", "ak", "since", "for",
])  # fmt: skip
_NAMING = re.compile(
    r"\b(?:me llamo|mi nombre(?: completo)? es|se llama|mis nombres son|my (?:full )?name is"
    r"|je m['’]appelle|mon nom est"
    r"|me chamo|meu nome(?: completo)? [ée]|chamo-me|m(?:wen)? rele|non m(?:wen)? se)\s{1,2}",
    re.IGNORECASE,
)
_BEING = re.compile(
    r"\b(?:soy|yo soy|i am|i['’]m|je suis|eu sou|sou|mwen se)\s{1,2}", re.IGNORECASE
)
_NAME_WORD = re.compile(r"[^\W\d_]{2,20}(?:['’-][^\W\d_]{1,20})?\s{0,2}")
_NO_NAME = frozenset([
    "y", "e", "i", "and", "et", "ak", "con", "tengo", "soy", "necesito", "estoy", "vivo",
    "quiero", "vengo", "llegue", "llegué", "from", "de", "del", "i'm", "am", "have", "need",
    "je", "suis", "j'ai", "mwen", "m", "se", "nan", "sou", "tenho", "preciso", "estou",
    "moro", "quero", "desde", "para", "por", "porque", "que", "pero", "mi", "my", "mon",
    "meu", "dni", "cedula", "cédula", "pasaporte", "carnet", "ce", "ptp", "cpp", "el", "la",
    "los", "un", "una", "tiene", "solo", "ahora", "aqui", "en", "in", "nacido", "live", "was",
    "busco", "ma", "as", "como", "así", "asi", "no", "nada", "igual", "mas", "más", "bien",
    "esto", "eso", "refugiado", "venezolano", "venezolana", "colombiano", "colombiana",
    "cubano", "cubana", "haitiano", "haitiana", "peruano", "peruana", "ecuatoriano",
    "ecuatoriana", "madre", "padre", "mama", "papa", "ali", "manman", "yo", "ou", "li",
    "bezwen", "gen", "vle", "rete",
])  # fmt: skip
_MOST_NAMES = 4
_AFTER_A_NAME = re.compile(
    r"^[,\s]{0,3}(?:(?:y|e|con|and|et|ak|,)\s)?(?:mi |my |mon |meu |nimewo )?(?:el )?"
    r"(?:n[uú]mero de |numero )?(?:dni|c[eé]dula|ci\b|ce\b|pasaporte|passport|passeport"
    r"|passaporte|carn|documento|paspò|kat)",
    re.IGNORECASE,
)
_CALLED = {
    Kind.PASSPORT: r"pasaporte|pasap|passport|passeport|passaporte|pasp[oò]",
    Kind.CE: r"\bc\.?e\.?\b|carn[eé]t?|extranjer[ií]a|\bptp\b|\bcpp\b|residen|carteirinha"
    r"|\bkat\b|titre de s",
    Kind.DNI: r"\bd\.?n\.?i\b|identidad|identity|identit[eé]|identidade|documento"
    r"|document\b|dokiman",
    Kind.CEDULA_VE: r"c[eé]dula|\bc\.?i\.?\b|cedul|idantite",
    Kind.CARD: r"tarjeta|card|cuenta|cart[aã]o|carte bancaire|kat bank|\bcci\b|account|compte"
    r"|conta\b",
    Kind.PHONE: r"tel[eé]?f?|cel(?:u|ular)?\b|whats|wasap|wsp|ll[aá]m|n[uú]mero|numero|nro|phone"
    r"|call|mobile|liga|appel|nimewo|rele|fono|contact",
}  # fmt: skip
_WORD_BEFORE = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _CALLED.items()}
_MONEY_AFTER = re.compile(
    r"^\s{0,2}(?:soles?|bs|bol[ií]var|pesos|d[oó]lar|usd|\$|€|euros?|reais|goud|s/)", re.IGNORECASE
)
_MONEY_BEFORE = re.compile(r"(?:s/\.?|\$|usd|bs\.?|€|r\$)\s{0,2}$", re.IGNORECASE)
_LAW_BEFORE = re.compile(
    r"(?:\bley|decreto|d\.?\s?s\.?|d\.?\s?l\.?|resoluci[oó]n|\blaw|\bloi|\blei|\blwa)"
    r"(?:\s{1,2}(?:n[°ºo.]{0,2}|num\w*|supremo|legislativo))?\s{0,2}[n°º.]{0,3}\s{0,2}$",
    re.IGNORECASE,
)


def withhold(text: str, is_published: IsPublished = lambda digits: False) -> Reduced:
    """`text` with each find replaced by its kind in brackets."""
    read = text[:LONGEST]
    kept: list[str] = []
    kinds: list[Kind] = []
    at = 0
    for find in _chosen(read, is_published):
        kept += [read[at : find.start], f"[{find.kind}]"]
        kinds.append(find.kind)
        at = find.end
    kept.append(text[at:])
    return Reduced("".join(kept), tuple(dict.fromkeys(kinds)))


def _chosen(text: str, is_published: IsPublished) -> Iterator[_Find]:
    """Finds in order; of those that overlap the one that was looked for first."""
    covered, taken = bytearray(len(text)), []
    for find in _all(text, is_published):
        if not any(covered[find.start : find.end]):
            covered[find.start : find.end] = b"\1" * (find.end - find.start)
            taken.append(find)
    yield from sorted(taken, key=lambda find: find.start)


def _all(text: str, is_published: IsPublished) -> Iterator[_Find]:
    yield from (_Find(*each.span(), Kind.EMAIL) for each in _EMAIL.finditer(text))
    yield from _coordinates(text)
    for pattern in (_BLOCK, _HOUSE_FIRST):
        yield from (_Find(*each.span(), Kind.ADDRESS) for each in pattern.finditer(text))
    for each in _STREET.finditer(text):
        if _NO_STREET.isdisjoint(each[1].casefold().split()):
            yield _Find(*each.span(), Kind.ADDRESS)
    yield from _names(text)
    for each in _CODE.finditer(text):
        kind = _kind_of_code(text, each)
        if kind is not None:
            yield _Find(*each.span(), kind)
    for each in _NUMBER.finditer(text):
        kind = _kind_of_number(text, each, is_published)
        if kind is not None:
            yield _Find(*each.span(), kind)


def _coordinates(text: str) -> Iterator[_Find]:
    yield from (_Find(*each.span(), Kind.COORDINATES) for each in _DEGREES.finditer(text))
    for each in _DECIMALS.finditer(text):
        first, second = each[1], each[2]
        is_exact = min(len(first.split("." if "." in first else ",")[-1]), 4) >= 4
        if is_exact or "-" in first + second:
            yield _Find(*each.span(), Kind.COORDINATES)


def _names(text: str) -> Iterator[_Find]:
    for each in _NAMING.finditer(text):
        end = _end_of_name(text, each.end())
        if end > each.end():
            yield _Find(each.end(), end, Kind.NAME)
    for each in _BEING.finditer(text):
        end = _end_of_name(text, each.end())
        if end > each.end() and _AFTER_A_NAME.match(text[end : end + 60]):
            yield _Find(each.end(), end, Kind.NAME)


def _end_of_name(text: str, start: int) -> int:
    at = start
    for _ in range(_MOST_NAMES):
        word = _NAME_WORD.match(text, at)
        if word is None or word.group().strip().casefold() in _NO_NAME:
            break
        at = word.end()
    return start + len(text[start:at].rstrip())


def _kind_of_code(text: str, found: re.Match[str]) -> Kind | None:
    """A number behind letters: V-12.345.678, AB123456."""
    letters, digits = found[1].casefold(), _digits(found[2])
    if letters in ("v", "e", "ci") and 6 <= len(digits) <= 9:
        return Kind.CEDULA_VE
    before = text[max(0, found.start() - _NEAR) : found.start()]
    if letters in ("ce", "ptp", "cpp"):
        return Kind.CE
    if letters == "dni":
        return Kind.DNI
    is_tight = found.group()[len(letters)].isdigit() and letters not in ("n", "no", "ds")
    if is_tight or _WORD_BEFORE[Kind.PASSPORT].search(before):
        return Kind.PASSPORT
    return None


def _kind_of_number(text: str, found: re.Match[str], is_published: IsPublished) -> Kind | None:
    written, digits = found.group(), _digits(found.group())
    before = text[max(0, found.start() - _NEAR) : found.start()]
    if _is_harmless(text, found, before, digits) or is_published(digits):
        return None
    if len(digits) >= 13 and digits[0] in "23456" and _is_card(digits):
        return Kind.CARD
    return _kind_by_word(before, digits) or _kind_by_form(written, digits)


def _is_harmless(text: str, found: re.Match[str], before: str, digits: str) -> bool:
    after = text[found.end() : found.end() + 12]
    is_money = _MONEY_AFTER.match(after) or _MONEY_BEFORE.search(before)
    is_law = _LAW_BEFORE.search(before)
    is_toll_free = digits.startswith(("0800", "1800"))
    return bool(is_money or is_law or is_toll_free or _is_date_like(found.group(), digits))


def _kind_by_word(before: str, digits: str) -> Kind | None:
    """What the nearest word before says that the number is."""
    nearest: tuple[int, Kind] | None = None
    for kind, pattern in _WORD_BEFORE.items():
        last = max((each.start() for each in pattern.finditer(before)), default=-1)
        if last >= 0 and (nearest is None or last > nearest[0]):
            nearest = (last, kind)
    if nearest is None:
        return None
    kind = nearest[1]
    if kind is Kind.CARD:
        return Kind.CARD if len(digits) >= 10 else None
    if kind is Kind.PHONE and len(digits) == 8 and "-" not in before[-1:]:
        return Kind.DNI if "dni" in before.casefold() else Kind.PHONE
    return kind


def _kind_by_form(written: str, digits: str) -> Kind | None:
    size = len(digits)
    if written.lstrip("(").startswith("+") or (digits.startswith(("519", "0051")) and size >= 11):
        return Kind.PHONE
    if size == 9 and digits.startswith("9"):
        return Kind.PHONE
    if (digits.startswith("04") and size == 11) or (digits.startswith("01") and size in (8, 9)):
        return Kind.PHONE
    if "." in written and size in (7, 8):
        return Kind.CEDULA_VE
    if size == 8 and _is_tight(written):
        return Kind.DNI
    if size == 9 and written == digits:
        return Kind.CE
    if size in (10, 11, 12) and _is_tight(written):
        return Kind.PHONE
    return None


def _is_tight(written: str) -> bool:
    """Written as one number, or in groups of at least two digits."""
    return all(len(group) > 1 for group in re.split(r"[ .()-]+", written) if group)


def _is_date_like(written: str, digits: str) -> bool:
    groups = [int(each) for each in re.split(r"[ .()-]+", written.strip("()+")) if each]
    if len(groups) > 1 and all(1900 <= each <= 2100 or each <= 31 for each in groups):
        return len(digits) <= 8 or all(1900 <= each <= 2100 for each in groups)
    if len(digits) != 8 or written != digits:
        return False
    for year, month, day in (
        (digits[4:], digits[2:4], digits[:2]),
        (digits[:4], digits[4:6], digits[6:]),
    ):
        try:
            is_date = 1920 <= date(int(year), int(month), int(day)).year <= 2040
        except ValueError:
            continue
        if is_date:
            return True
    return False


def _is_card(digits: str) -> bool:
    """Luhn's check."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _digits(written: str) -> str:
    return "".join(char for char in written if char.isdigit())
