"""Words that always work, before any understanding and also while Rasa is down.

The words are in `commands.yml`. One counts only when it is (nearly) the whole message, so that "mi
esposo quiere salir del país" is not an opt-out; wishes in sentences of their own are recognised in
`bot/wishes.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from bot.text import fold, words
from bot.wishes import find_wish, find_wished_language, is_stop_by_grammar
from hub.i18n import names_in

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
    TIME_ZONE = "time_zone"


# Slash forms are what Telegram's command menu sends.
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
    "/hora": Command.TIME_ZONE,
    "/timezone": Command.TIME_ZONE,
    "/borrar": Command.ERASE,
    "/erase": Command.ERASE,
}

# A message of nothing but these says what the word says, also with what only underlines it.
_STOP_SIGNS = frozenset(
    "\N{OCTAGONAL SIGN}\N{NO ENTRY}\N{NO ENTRY SIGN}\N{BELL WITH CANCELLATION STROKE}"
    "\N{NO MOBILE PHONES}\N{SPEAKER WITH CANCELLATION STROKE}"
)
_UNDERLINES = frozenset(
    " !\N{VARIATION SELECTOR-16}\N{ZIPPER-MOUTH FACE}\N{RAISED HAND}\N{CROSS MARK}"
    "\N{THUMBS DOWN SIGN}\N{PERSON WITH FOLDED HANDS}\N{ANGRY FACE}\N{POUTING FACE}"
    "\N{FACE WITH NO GOOD GESTURE}\N{SPEAKER}\N{MOBILE PHONE}\N{ENVELOPE}\N{INCOMING ENVELOPE}"
)

_FILE = Path(__file__).parent / "commands.yml"


@dataclass(frozen=True, slots=True)
class _Words:
    """What `commands.yml` says, folded; phrases without their words of courtesy are `by_bare`."""

    by_phrase: Mapping[str, Command]
    by_bare: Mapping[str, Command]
    named: Mapping[str, str]
    polite: frozenset[str]
    exact_stops: frozenset[str]
    no_slips: frozenset[str]


def _read_words() -> _Words:
    lists = yaml.safe_load(_FILE.read_text(encoding="utf8"))
    polite = _all_of(lists, "polite")
    said = [
        (words(phrase), command)
        for command in Command
        for listed in lists.values()
        for phrase in listed.get(command, ())
    ]
    by_phrase = {" ".join(each): command for each, command in said}
    # Phrases hold words of courtesy too ("ya no quiero avisos"), so both sides are stripped of
    # them. A single word that is left over ("done mwen") says nothing.
    bare = [(" ".join(w for w in each if w not in polite), command) for each, command in said]
    return _Words(
        by_phrase=by_phrase,
        by_bare=by_phrase | {phrase: command for phrase, command in bare if " " in phrase},
        named={name: code for code, listed in lists.items() for name in listed.get("named", ())},
        polite=polite,
        exact_stops=_all_of(lists, "exact"),
        no_slips=_all_of(lists, "no_slips"),
    )


def _all_of(lists: Mapping[str, Mapping[str, list[str]]], name: str) -> frozenset[str]:
    return frozenset(word for listed in lists.values() for word in listed.get(name, ()))


_WORDS = _read_words()


def find_command(text: str) -> Command | None:
    """The command that this message is, or None."""
    slash = fold(text).split(" ")[0].split("@")[0]
    if slash in _SLASHES:
        return _SLASHES[slash]
    if _is_stop_sign(text):
        return Command.STOP
    said = words(text)
    if len(said) > 2 and all(len(word) == 1 for word in said):
        said = ["".join(said)]  # "B A J A"
    if said and _is_stop_with_sign(text):
        return Command.STOP
    return _find_listed(said) or _find_wish(text)


def _is_stop_with_sign(text: str) -> bool:
    """Whether a sign at the beginning or the end stands for the word."""
    bare = text.strip("".join(_UNDERLINES))
    has_sign = bare[:1] in _STOP_SIGNS or bare[-1:] in _STOP_SIGNS
    return bool(bare) and has_sign and is_stop_by_grammar(f"stop {bare}")


def _is_stop_sign(text: str) -> bool:
    signs = set(text) - _UNDERLINES
    return bool(signs) and signs <= _STOP_SIGNS


def _find_listed(said: list[str]) -> Command | None:
    known = _WORDS
    if not 0 < len(said) <= _MOST_WORDS + len(known.polite & set(said)):
        return None
    whole, bare = " ".join(said), _without_courtesy(said)
    return _match(whole, known.by_phrase) or (
        _match(bare, known.by_bare) if bare != whole else None
    )


def _find_wish(text: str) -> Command | None:
    wish = find_wish(text)
    if wish == Command.LANGUAGE and find_language(text):
        return None  # there is nothing left to ask
    return Command(wish) if wish else None


def find_language(text: str, offered: Iterable[tuple[str, str]] = ()) -> str | None:
    """The language that this message asks for by name, or None.

    `offered` are languages with their own names; they are known by these, and by what the others
    call them, also before anybody wrote down how else people ask for them.
    """
    said = words(text)
    names = {**_names_of(tuple(offered)), **_WORDS.named}
    named = (names.get(each) for each in (" ".join(said), _without_courtesy(said)))
    return next((each for each in named if each), None) or find_wished_language(text)


@cache
def _names_of(offered: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for code, own in offered:
        for name in (own, *names_in(code, [each for each, _ in offered])):
            names.setdefault(" ".join(words(name)), code)
    return names


def _without_courtesy(said: list[str]) -> str:
    return " ".join(word for word in said if word not in _WORDS.polite)


def _match(phrase: str, known: Mapping[str, Command]) -> Command | None:
    if not phrase:
        return None
    if phrase in _WORDS.exact_stops:
        return Command.STOP
    if phrase in known:
        return known[phrase]
    can_slip = len(phrase) >= _SHORTEST_FUZZY and phrase not in _WORDS.no_slips
    return _nearly(phrase, known) if can_slip else None


def _nearly(phrase: str, known: Mapping[str, Command]) -> Command | None:
    """One slip of the thumb in a phrase of five letters or more that begins with the right one."""
    for candidate, command in known.items():
        can_slip = len(candidate) >= _SHORTEST_FUZZY and candidate[0] == phrase[0]
        if can_slip and OSA.distance(candidate, phrase, score_cutoff=1) <= 1:
            return command
    return None
