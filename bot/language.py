"""Which of the hub's languages a short message is written in, by its small words. No network, no model.

A chosen language always wins; this only guesses for people who have not chosen.
"""

from collections import Counter

from bot.text import clean, words

_SMALL_WORDS: dict[str, frozenset[str]] = {
    "es": frozenset(
        "el la los las un una de del que y en mi me yo tu su por para con sin no si es soy estoy "
        "esta como cuando donde cual quien cuanto quiero necesito puedo tengo hola buenas gracias "
        "hay ya pero muy mas aqui ayuda hijo hija papeles donde hacer saco pa q xq dnd porfa soy "
        "vengo mis ser pedir saber buenos dias tardes noches al lo le se nos".split()
    ),
    "en": frozenset(
        "the a an i you my me is are am was do does did what where when how who can could would "
        "need want have has to in at for of and or not no hello hi thanks please help get go "
        "with without this that there here children work from it your we they if but should "
        "apply paper papers".split()
    ),
    "pt": frozenset(
        "o os um uma de do da dos das que e em no na meu minha eu voce nao sim e sou estou como "
        "quando onde qual quem quanto quero preciso posso tenho ola oi obrigado obrigada bom boa "
        "para com sem mas muito aqui filho filha fazer tem ajuda nos isso ao pra tambem "
        "documentos saber meus".split()
    ),
    "fr": frozenset(
        "le la les un une des de du que et en je tu vous nous mon ma mes est suis sont ai as avez "
        "comment quand ou quel qui combien veux besoin peux puis avoir bonjour salut merci pour "
        "avec sans pas ne dans au aux il elle on ce cette ici aide enfant faire c'est j'ai faut "
        "d'asile l'asile qu'est".split()
    ),
    "ht": frozenset(
        "mwen m ou li nou yo yon nan pou ak pa ki kijan kote kile konbyen kisa vle bezwen kapab ka "
        "gen genyen se te ap pral bonjou bonswa mesi tanpri ede papye pitit timoun fe jwenn fet "
        "moun kay travay isit sa a men si poukisa alo viza peyi lopital anpil lan an gras".split()
    ),
}
# Words of one language that are too common in another to count for it alone.
_STRONG = {
    "ht": frozenset(
        "mwen bezwen kijan kote kisa tanpri mesi bonjou nou genyen konbyen kile".split()
    ),
    "pt": frozenset("nao voce obrigado obrigada oi meu minha preciso fazer onde".split()),
    "fr": frozenset("je suis vous avec comment bonjour merci besoin c'est j'ai".split()),
    "en": frozenset("the i my how what where hello thanks need want does please".split()),
    "es": frozenset("hola necesito donde gracias puedo quiero como cuanto estoy tengo".split()),
}

# Spellings that (nearly) only one of the languages has; looked for before accents are stripped.
_SPELLINGS = {
    "pt": ("ão", "ões", "ç", "ê", "lh", "nh", "ss", "quanto", "você"),
    "fr": ("ç", "ê", "è", "œ", "eau", "oi", "qu'", "l'", "d'"),
    "ht": ("è", "ò", "kr", "yo ", "k ap", "wè"),
    "es": ("ñ", "¿", "¡", "ción", "ll"),
    "en": ("th", "wh", "ck", "sh", "'t", "'m"),
}


def detect_language(text: str) -> str | None:
    """The language, or None where the message does not tell ("ok", a name, a number)."""
    said = words(text)
    scores: Counter[str] = Counter()
    for language, known in _SMALL_WORDS.items():
        scores[language] = sum(word in known for word in said)
        scores[language] += sum(word in _STRONG[language] for word in said)
    if _is_tie(scores):
        written = clean(text).casefold()
        for language, marks in _SPELLINGS.items():
            scores[language] += sum(mark in written for mark in marks)
    (best, top), (_, second) = scores.most_common(2)
    return best if top >= 1 and top > second else None


def _is_tie(scores: Counter[str]) -> bool:
    (_, top), (_, second) = scores.most_common(2)
    return top == second


def choose_language(
    text: str,
    *,
    chosen: str | None,
    previous: str | None,
    hint: str | None,
    supported: tuple[str, ...],
    default: str,
) -> str:
    """The language to answer in: chosen by the person, else of the message, else of the last one."""
    if chosen:
        return chosen
    candidates = (detect_language(text), previous, (hint or "").split("-")[0] or None)
    return next((each for each in candidates if each in supported), default)
