"""Words that always work, before any understanding and also while Rasa is down.

A listed word counts only when it is (nearly) the whole message, so that "mi esposo quiere salir del
país" is not an opt-out; wishes in sentences of their own are recognised in `bot/wishes.py`.
"""

from collections.abc import Mapping
from enum import StrEnum

from rapidfuzz.distance import OSA

from bot.text import fold, words
from bot.wishes import find_wish, find_wished_language

_MOST_WORDS = 5
_SHORTEST_FUZZY = 5  # below this, one typo makes another word ("sao", "baja")


class Command(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    LANGUAGE = "language"
    PERSON = "person"
    MY_DATA = "my_data"
    ERASE = "erase"


# Folded (no accents, lower case). Slash forms are what Telegram's command menu sends.
_PHRASES: dict[Command, tuple[str, ...]] = {
    Command.STOP: (
        "baja", "dar de baja", "darme de baja", "dame de baja", "dar baja", "quiero darme de baja",
        "salir", "stop", "cancelar", "cancelar avisos", "cancelar suscripcion", "no mas",
        "no mas avisos", "no mas mensajes", "no quiero mas", "no quiero mas mensajes",
        "no quiero mas avisos", "no quiero recibir mas", "no quiero recibir mas mensajes",
        "no quiero recibir avisos", "no quiero recibir mensajes", "no me escriban mas",
        "no me escribas mas", "no me manden mas", "no me manden mas mensajes",
        "dejen de escribirme", "deja de escribirme", "ya no quiero avisos",
        "ya no quiero mensajes", "parar", "paren", "basta de mensajes", "borrarme de la lista",
        "quitame de la lista", "desuscribir", "desuscribirme", "anular suscripcion",
        "unsubscribe", "stop messages", "stop updates", "stop all", "cancel updates", "remove me",
        "no more messages", "no more updates", "opt out", "end", "quit", "sair", "pare", "parem",
        "parar mensagens", "parar avisos", "nao quero mais", "nao quero mais mensagens",
        "nao quero mais avisos", "nao quero receber mensagens",
        "nao quero receber avisos", "chega de mensagens", "cancelar inscricao", "descadastrar",
        "arreter", "arret", "arretez", "annuler", "plus de messages", "plus d'avis",
        "desabonner", "me desabonner", "desinscrire", "me desinscrire",
        "je ne veux plus de messages", "je ne veux plus d'avis",
        "je ne veux plus recevoir de messages", "ne m'ecrivez plus", "rete", "kanpe", "sispann",
        "sispann mesaj", "sispann avi", "mwen pa vle ankò", "mwen pa vle mesaj ankò",
        "mwen pa vle avi ankò", "m pa vle mesaj ankò", "pa voye mesaj ankò", "pa ekri m ankò",
        "retire m",
    ),
    Command.START: (
        "alta", "darme de alta", "suscribir", "suscribirme", "suscribete", "quiero avisos",
        "quiero recibir avisos", "recibir avisos", "avisos", "start", "subscribe", "opt in",
        "get updates", "updates", "avis", "avi", "i want updates", "receive updates",
        "quero avisos", "receber avisos", "inscrever", "quero receber avisos", "m'inscrire",
        "m'abonner", "abonner", "je veux recevoir les avis", "recevoir les avis", "enskri",
        "mwen vle avi", "resevwa avi", "mwen vle resevwa avi",
    ),
    Command.HELP: (
        "ayuda", "menu", "inicio", "opciones", "help", "ajuda", "inicio menu", "aide", "ed", "èd",
        "meni", "comandos", "que puedo hacer", "comenzar", "empezar",
    ),
    Command.LANGUAGE: (
        "idioma", "cambiar idioma", "cambiar de idioma", "lenguaje", "language", "change language",
        "lingua", "mudar idioma", "mudar de idioma", "langue", "changer de langue", "lang",
        "chanje lang", "otro idioma",
    ),
    Command.PERSON: (
        "persona", "una persona", "humano", "agente", "asesor", "hablar con una persona",
        "quiero hablar con una persona", "hablar con alguien", "quiero hablar con alguien",
        "person", "a person", "human", "agent", "talk to a person", "talk to someone",
        "speak to a person", "pessoa", "uma pessoa", "falar com uma pessoa", "falar com alguem",
        "personne", "une personne", "parler a une personne", "parler a quelqu'un", "moun",
        "yon moun", "pale ak yon moun", "mwen vle pale ak yon moun",
    ),
    Command.MY_DATA: (
        "mis datos", "ver mis datos", "mi informacion", "que datos tienen", "my data", "meus dados",
        "mes donnees", "done mwen", "done m yo", "enfomasyon mwen",
    ),
    Command.ERASE: (
        "borrar", "borrar mis datos", "borra mis datos", "eliminar mis datos", "elimina mis datos",
        "borrar todo", "erase", "delete", "delete my data", "erase my data", "apagar",
        "apagar meus dados", "apague meus dados", "effacer", "effacer mes donnees",
        "supprimer mes donnees", "efase", "efase done mwen", "efase done m yo",
    ),
}  # fmt: skip

_SLASHES: dict[str, Command] = {
    "/start": Command.HELP,  # Telegram sends it on first contact: writing in never subscribes
    "/stop": Command.STOP,
    "/baja": Command.STOP,
    "/alta": Command.START,
    "/subscribe": Command.START,
    "/help": Command.HELP,
    "/ayuda": Command.HELP,
    "/menu": Command.HELP,
    "/idioma": Command.LANGUAGE,
    "/language": Command.LANGUAGE,
    "/persona": Command.PERSON,
    "/person": Command.PERSON,
    "/datos": Command.MY_DATA,
    "/mydata": Command.MY_DATA,
    "/borrar": Command.ERASE,
    "/erase": Command.ERASE,
}

_LANGUAGE_WORDS: dict[str, tuple[str, ...]] = {
    "es": ("espanol", "castellano", "en espanol", "spanish", "espanhol", "espagnol", "panyol"),
    "en": ("english", "in english", "ingles", "en ingles", "anglais", "angle"),
    "pt": ("portugues", "em portugues", "en portugues", "portuguese", "portugais", "potige"),
    "fr": ("francais", "en francais", "frances", "en frances", "french", "franse"),
    "ht": ("kreyol", "an kreyol", "creole", "haitian creole", "criollo haitiano", "en creole",
           "creole haitien", "kreyol ayisyen", "en creol", "creol"),
}  # fmt: skip

_POLITE = {
    "por", "favor", "porfa", "porfavor", "please", "pls", "gracias", "thanks", "svp", "tanpri",
    "obrigado", "obrigada", "merci", "mesi", "hola", "ya", "x", "fa", "me", "quiero", "s'il",
    "vous", "plait", "quero", "i", "want", "je", "veux", "mwen", "vle",
}  # fmt: skip

# Told exactly only, since a slip in them is another word: cancer and carcel, asile, estoy, bajar.
_EXACT_STOPS = {
    "cancel", "anile", "vaja", "bajaa", "bjaa", "abja", "estop", "stopp", "stoop", "stpo", "sotp",
    "stopall",
}  # fmt: skip

# Words of our languages that are one slip away from a command and mean something else.
_NO_SLIPS = {
    "argent", "arrest", "huaman", "idiota", "inicia", "normas", "pagar", "paran", "paras", "pared",
    "parent", "parents", "pares", "paret", "parir", "parra", "pasar", "pasen", "perdon",
    "personal", "personnel", "salia", "salid", "salio",
}  # fmt: skip

_SAID = [(words(phrase), command) for command, phrases in _PHRASES.items() for phrase in phrases]
_BY_PHRASE = {" ".join(said): command for said, command in _SAID}
# Phrases hold words of courtesy too ("ya no quiero avisos"), so both sides are stripped of them.
# A single word that is left over ("done mwen") says nothing.
_BARE = [
    (" ".join(word for word in said if word not in _POLITE), command) for said, command in _SAID
]
_BY_BARE_PHRASE = _BY_PHRASE | {bare: command for bare, command in _BARE if " " in bare}
_LANGUAGE_BY_PHRASE = {
    phrase: language for language, phrases in _LANGUAGE_WORDS.items() for phrase in phrases
}


def find_command(text: str) -> Command | None:
    """The command that this message is, or None."""
    slash = fold(text).split(" ")[0].split("@")[0]
    if slash in _SLASHES:
        return _SLASHES[slash]
    return _find_listed(words(text)) or _find_wish(text)


def _find_listed(said: list[str]) -> Command | None:
    if not 0 < len(said) <= _MOST_WORDS + len(_POLITE & set(said)):
        return None
    whole, bare = " ".join(said), _without_courtesy(said)
    return _match(whole, _BY_PHRASE) or (_match(bare, _BY_BARE_PHRASE) if bare != whole else None)


def _find_wish(text: str) -> Command | None:
    wish = find_wish(text)
    return Command(wish) if wish else None


def find_language(text: str) -> str | None:
    """The language that this message asks for by name, or None."""
    said = words(text)
    named = (_LANGUAGE_BY_PHRASE.get(each) for each in (" ".join(said), _without_courtesy(said)))
    return next((each for each in named if each), None) or find_wished_language(text)


def _without_courtesy(said: list[str]) -> str:
    return " ".join(word for word in said if word not in _POLITE)


def _match(phrase: str, known: Mapping[str, Command]) -> Command | None:
    if not phrase:
        return None
    if phrase in _EXACT_STOPS:
        return Command.STOP
    if phrase in known:
        return known[phrase]
    can_slip = len(phrase) >= _SHORTEST_FUZZY and phrase not in _NO_SLIPS
    return _nearly(phrase, known) if can_slip else None


def _nearly(phrase: str, known: Mapping[str, Command]) -> Command | None:
    """One slip of the thumb in a phrase of five letters or more that begins with the right one."""
    for candidate, command in known.items():
        can_slip = len(candidate) >= _SHORTEST_FUZZY and candidate[0] == phrase[0]
        if can_slip and OSA.distance(candidate, phrase, score_cutoff=1) <= 1:
            return command
    return None
