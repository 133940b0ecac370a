"""Reads what kind of place or service somebody looks for, from the situation that they tell, and
whether they ask where something is.

Learnt weights (`needs.json.gz`, made by `nlu/train_needs.py`), the same whether Rasa answers or
not. It must not decide what is told: `bot/answering.py` does.
"""

from functools import lru_cache
from pathlib import Path

from bot.text import words
from bot.word_weights import read_weights

FILE = Path(__file__).parent / "needs.json.gz"
# How far on a need's side a message must be: where a service is asked for, the likeliest need is
# better than none; beside a topic's answer only a clear one is of use.
CLEAR = 0.1
LIKELY = -0.25
_TEXTS_AT_HAND = 32

_WHERE = frozenset(
    [
        "donde",
        "dnd",
        "dond",
        "adonde",
        "aonde",
        "ande",
        "ondee",
        "donda",
        "ubicacion",
        "direccion",
        "queda",
        "quedan",
        "cerca",
        "cercana",
        "cercano",
        "cercanas",
        "proximo",
        "proxima",
        "lugar",
        "lugares",
        "sitio",
        "sitios",
        "ubicado",
        "ubicada",
        "ubican",
        "busco",
        "buscamos",
        "hay",
        "where",
        "nearest",
        "near",
        "nearby",
        "address",
        "located",
        "closest",
        "onde",
        "aonde",
        "fica",
        "ficam",
        "endereco",
        "perto",
        "proximos",
        "ou",
        "adresse",
        "pres",
        "proche",
        "trouve",
        "trouver",
        "kote",
        "ki",
        "adres",
        "pre",
        "chache",
        "jwenn",
        "lugares",
    ]
)
# With these alone somebody asks for a place, and does not say what for.
_ASKING = _WHERE | frozenset([
    "un", "una", "el", "la", "los", "las", "de", "en", "para", "por", "favor", "aqui", "mi",
    "me", "que", "hola", "estoy", "quiero", "necesito", "ayuda", "help", "i", "am", "a", "an",
    "the", "in", "is", "it", "place", "um", "uma", "o", "em", "no", "na", "estou", "quero",
    "je", "suis", "une", "le", "les", "du", "est", "c'est", "mwen", "m", "nan", "yon", "ye",
    "li", "ak", "y", "si", "ok", "algo", "alguna", "algun", "ahi", "otro", "otra",
    "oficina", "oficinas", "sede", "office", "bureau", "biwo", "escritorio",
])  # fmt: skip
# Words that ask where only beside another: "ou" is "or" in Portuguese, "ki" is "what" in Creole.
_WEAK = frozenset(("ou", "ki", "pre", "pres", "hay", "jwenn", "trouver", "near"))
_PROCEDURE = frozenset(
    [
        "saco",
        "sacar",
        "tramito",
        "tramitar",
        "solicito",
        "solicitar",
        "pago",
        "pagar",
        "renuevo",
        "renovar",
        "actualizo",
        "actualizar",
        "hago",
        "hacer",
        "tiro",
        "tirar",
        "faco",
        "fazer",
        "apply",
        "renew",
        "pay",
        "faire",
        "obtenir",
        "fe",
        "mande",
    ]
)


def find_need(text: str, at_least: float) -> str | None:
    """The need that the message tells of, or None below `at_least`."""
    need, side = _find_likeliest(text)
    return need if side >= at_least else None


@lru_cache(maxsize=_TEXTS_AT_HAND)
def _find_likeliest(text: str) -> tuple[str | None, float]:
    """The need on whose side the message is most, and how far: a turn asks more than once."""
    if _ASKING.issuperset(words(text)):
        return None, 0.0
    sides = read_weights(FILE).weigh(text)
    need = max(sides, key=sides.__getitem__)
    return need, sides[need]


def asks_where(text: str) -> bool:
    """Whether a place is asked for, rather than how something is done."""
    said = set(words(text))
    asked = said & _WHERE
    return bool(asked - _WEAK) and not said & _PROCEDURE
