"""Folds the spelling of place names, so that what people type meets what a map says. Pure text.

People write by ear (`aguas berdes`, `sarumiya`), without accents, in five languages.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

_LEADS = (
    "estoy en", "estamos en", "vivo en", "vivimos en", "me encuentro en", "ahora en", "soy de",
    "i am in", "i m in", "im in", "we are in", "i live in", "estou em", "estamos em", "moro em",
    "je suis a", "j habite a", "nous sommes a", "mwen nan", "mwen rete nan", "map viv nan", "m nan",
    "distrito de", "provincia de", "departamento de", "region de", "ciudad de", "distrito",
    "provincia", "departamento", "region", "ciudad", "en", "in", "em", "a", "nan", "de", "por",
)  # fmt: skip
_LEADS_BY_LENGTH = sorted(_LEADS, key=len, reverse=True)
# Everyday words one letter away from a place: they are never taken for a misspelling.
EVERYDAY = frozenset([
    "cerrado", "mercado", "callado", "campana", "campanha", "llamada", "caracas", "puerta",
    "mina", "camino", "calle", "casa", "cama", "clase", "cuarto", "trabajo", "mayo", "junio",
    "julio", "agosto", "marzo", "abril", "espera", "esquina", "manana", "tarde", "noche",
    "grupo", "papel", "persona", "tienda", "escuela", "colegio", "iglesia", "plaza", "parque",
    "playa", "centro", "barrio", "oficina", "hospital", "ecuador", "colombia", "venezuela",
    "bolivia", "brasil", "chile", "cuba", "haiti", "espanol", "ingles", "kreyol", "portugues",
    "frances", "general", "realidad", "serio", "medio", "otra", "otro", "esta", "este", "ese",
    "esa", "esto", "eso", "todo", "toda", "total", "cuenta", "linea", "peru", "embarazo",
    "familia", "pareja", "riesgo", "peligro", "condiciones", "situacion", "internet",
    "whatsapp", "telegram", "telefono", "celular", "hotel", "carro", "combi", "orilla",
    "olla", "bolsa", "ventana", "caras", "branco", "ciudad", "pasos", "anos", "baranda",
    "hornilla", "cancilleria", "convencion", "convention", "mere", "barinas", "cumana",
    "cercano", "cercana", "morrendo", "papilla", "pasillo", "paginas", "toothache", "maquinas",
    "guyana", "guayana", "guayas", "virou", "counter", "segura", "seguro", "carpas", "pequena",
    "chorros", "cachette", "marathon", "trabalha", "minhas", "quinze", "quinta", "jounen", "pou",
    "maraton", "conversion", "conversacion", "huancaino", "barraco", "camilla", "quince",
    "slavery", "cantagallo", "barriga", "moliendo", "catarata", "merkado", "aymara",
])  # fmt: skip
# After one of these a name is a place, even one that is also a word ("ate", "comas").
_BEFORE_A_PLACE = frozenset([
    "en", "in", "em", "nan", "hasta", "desde", "distrito", "district", "quartier", "at",
    "near", "dans", "por", "hacia", "zona", "aqui", "aca", "vivo", "estoy", "estamos",
    "rumbo", "na", "bo", "from", "around", "x", "au", "habite", "rete", "rive", "moro", "moramos",
])  # fmt: skip
# And after one of `_LINKS` if one of these stands before it: "hospital de Ate", "llegué a Comas".
_LINKS = frozenset(["a", "de", "del", "da", "do", "para", "pa", "to", "of", "d"])
_BEFORE_A_LINK = frozenset([
    "cerca", "hospital", "posta", "comisaria", "colegio", "escuela", "ugel", "sede",
    "oficina", "terminal", "plaza", "mercado", "albergue", "comedor", "parque",
    "municipalidad", "frontera", "centro", "migraciones", "voy", "vamos", "vine", "vinimos",
    "llegue", "llegamos", "llegar", "ir", "vivir", "mude", "mudamos", "pres", "proche",
    "close", "going", "went", "came", "arrive", "arrived", "perto", "cheguei", "fui",
    "lado", "policia", "salud", "distrito", "hopital", "mairie", "camino", "salgo", "salimos",
])  # fmt: skip


def is_placed(words: Sequence[str], start: int) -> bool:
    """Whether what stands before `start` says that a place follows."""
    before = words[start - 1] if start > 0 else ""
    if before in _LINKS:
        return start > 1 and words[start - 2] in _BEFORE_A_LINK
    return before in _BEFORE_A_PLACE


_ARTICLES = ("la ", "el ", "los ", "las ")
# In this order. As Spanish, Quechua, French, Creole, Portuguese and English speakers write what
# they hear: `truhillo`, `pouno`, `tchimbote`, `brégna`, `surquilho`, `waraz`, `guacho`.
_SOUNDS = (
    (re.compile(r"tch"), "ch"),
    (re.compile(r"ou"), "u"),
    (re.compile(r"gn"), "n"),
    (re.compile(r"lh"), "ll"),
    (re.compile(r"nh"), "n"),
    (re.compile(r"w"), "u"),
    (re.compile(r"(?<![a-z])(?:g|h)(?=u[aeo])"), ""),
    (re.compile(r"qu(?=[ei])"), "k"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"ch"), "x"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll|y"), "i"),
    (re.compile(r"g(?=[ei])|(?<=[aeiou])h(?=[aeiou])"), "j"),
    (re.compile(r"h"), ""),
    (re.compile(r"n(?=[bp])"), "m"),
    (re.compile(r"ni(?=[aeiou])"), "n"),
    (re.compile(r"(.)\1"), r"\1"),
)


def normalise(text: str) -> str:
    """Lower case, no accents, only letters and digits with single spaces between."""
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in spelled if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def strip_leads(text: str) -> Iterator[str]:
    """Normalised `text`, then what stays of it as words such as `estoy en` before the name go.

    Each step counts: `ciudad` leads to Tacna in `en ciudad tacna` and begins the name in `en ciudad
    nueva`.
    """
    yield text
    for _ in range(3):
        lead = next((lead for lead in _LEADS_BY_LENGTH if text.startswith(lead + " ")), None)
        if lead is None:
            break
        text = text[len(lead) + 1 :]
        yield text


def strip_article(text: str) -> str:
    return next((text[len(a) :] for a in _ARTICLES if text.startswith(a)), text)


def fold_sounds(text: str) -> str:
    """One spelling for what sounds alike in Spanish; input is normalised."""
    return " ".join(_fold_word(word) for word in text.split(" "))


@lru_cache(maxsize=20_000)
def _fold_word(word: str) -> str:
    """No sound goes beyond its word."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word
