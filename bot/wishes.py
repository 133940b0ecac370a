"""Notices wishes that people put in sentences of their own: to be left alone, above all (HUM-07).

Two ways lead to the same answer. A grammar (`wishes.yml`) knows the ways of saying it that somebody
wrote down, and what they must not be mistaken for; learnt weights (`wishes.json.gz`, made by
`nlu/train_wishes.py`) know what such messages are like. Deterministic, and linear in the message.
"""

from functools import cache, lru_cache
from pathlib import Path

from bot.grammar import Grammar, read_grammar
from bot.text import words
from bot.word_weights import read_weights

STOP = "stop"
_WISHES = frozenset({STOP, "start", "help", "language", "person", "my_data", "erase"})
# Learnt only so that they are not mistaken for others: Rasa asks what about and where, too.
_FOR_RASA = frozenset({"start"})
_KEEP, _DOUBT = "keep", "doubt"
_MOST_WORDS_FOR_A_LANGUAGE = 8
_TEXTS_AT_HAND = 32
_IN = "in_"
FILE = Path(__file__).parent / "wishes.json.gz"
_GRAMMAR = Path(__file__).parent / "wishes.yml"
# From how far on the side of the wish the weights alone suffice. With 0.15, 189 of 212 wishes in
# nlu/calibration are obeyed, and 4 of 172 look-alikes and none of 950 questions on topics taken
# for one.
_STOP_FROM = 0.15
# From here on the bot asks whether that is wished (`bot.leaving`): of the same, 20 more wishes, 8
# look-alikes and 4 of 950 questions on topics.
_ASK_FROM = -0.6
# And where the message names others too, or asks who and why: "this phone is my daughter's now".
_STOP_DESPITE_DOUBT_FROM = 0.6
# The same for the other wishes: nothing is lost by one that was not meant, and only a second yes
# erases. 89 of 121 in nlu/calibration are heard.
_OTHERS_FROM = 0.2
_FEWEST_WORDS_OF_OTHERS, _MOST_WORDS_OF_OTHERS = 3, 12
# A name of a place or its initials are no sentence: those wishes are in bot/commands.yml.
_FEWEST_WORDS = 2
_MOST_WORDS = 40  # longer messages tell of other things too; only the grammar reads them


def find_wish(text: str) -> str | None:
    """What the message wishes, by the name of the command that grants it."""
    meanings = _read_meanings(text)
    keeps = _KEEP in meanings
    said = next((each for each in meanings if each in _WISHES), None)
    if said and not keeps:
        return said
    learnt = _learnt_wish(text, is_doubtful=_DOUBT in meanings)
    return None if keeps or learnt in _FOR_RASA else learnt


def is_stop_by_grammar(text: str) -> bool:
    """Whether somebody wrote this way of saying it down, and nothing speaks against it."""
    return STOP in _read_meanings(text) and not speaks_against_stop(text)


def speaks_against_stop(text: str) -> bool:
    """Whether the message says that something else is meant, or that messages are welcome."""
    return _KEEP in _read_meanings(text)


def may_wish_to_stop(text: str) -> bool:
    """Whether the wish to be left alone is likely enough to ask about it."""
    size = sum(len(word) > 1 for word in words(text))
    if not _FEWEST_WORDS <= size <= _MOST_WORDS or speaks_against_stop(text):
        return False
    sides = read_weights(FILE).weigh(text)
    return sides[STOP] > _ASK_FROM and sides[STOP] == max(sides.values())


def _learnt_wish(text: str, *, is_doubtful: bool) -> str | None:
    """What the weights alone say."""
    size = sum(len(word) > 1 for word in words(text))
    if not _FEWEST_WORDS <= size <= _MOST_WORDS:
        return None
    sides = read_weights(FILE).weigh(text)
    likeliest = max(sides, key=sides.__getitem__)
    if likeliest == STOP:
        from_ = _STOP_DESPITE_DOUBT_FROM if is_doubtful else _STOP_FROM
        return STOP if sides[STOP] > from_ else None
    is_fit = _FEWEST_WORDS_OF_OTHERS <= size <= _MOST_WORDS_OF_OTHERS
    is_sure = is_fit and sides[likeliest] > _OTHERS_FROM
    return likeliest if is_sure else None


def find_wished_language(text: str) -> str | None:
    """The code of the language that the message asks to be answered in."""
    if len(words(text)) > _MOST_WORDS_FOR_A_LANGUAGE:
        return None
    meanings = _read_meanings(text)
    return next((each.removeprefix(_IN) for each in meanings if each.startswith(_IN)), None)


@lru_cache(maxsize=_TEXTS_AT_HAND)
def _read_meanings(text: str) -> tuple[str, ...]:
    """All that the grammar finds: commands and languages are looked for one after the other."""
    return tuple(read_grammar_of_wishes().meanings(text))


@cache
def read_grammar_of_wishes() -> Grammar:
    return read_grammar(_GRAMMAR)
