"""Notices wishes that people put in sentences of their own: to be left alone, above all (HUM-07).

Two ways lead to the same answer. A grammar (`wishes.yml`) knows the ways of saying it that somebody
wrote down, and what they must not be mistaken for; learnt weights (`wishes.json.gz`, made by
`nlu/train_wishes.py`) know what such messages are like. Deterministic, and linear in the message.
"""

from functools import cache
from pathlib import Path

from bot.grammar import Grammar, read_grammar
from bot.text import words
from bot.word_weights import read_weights

STOP = "stop"
_KEEP, _DOUBT = "keep", "doubt"
_MOST_WORDS_FOR_A_LANGUAGE = 8
_IN = "in_"
FILE = Path(__file__).parent / "wishes.json.gz"
_GRAMMAR = Path(__file__).parent / "wishes.yml"
# From how far on the side of the wish the weights alone suffice. On nlu/calibration 0.15 finds 94
# to 98 % of wishes with none of 100 look-alikes and 3 of 2,788 other messages; 0.35 finds 94 %.
_STOP_FROM = 0.15
# A name of a place or its initials are no sentence: those wishes are in bot/commands.yml.
_FEWEST_WORDS = 2
_MOST_WORDS = 40  # longer messages tell of other things too; only the grammar reads them


def find_wish(text: str) -> str | None:
    """What the message wishes, by the name of the command that grants it."""
    meanings = list(read_grammar_of_wishes().meanings(text))
    if _KEEP in meanings:
        return None
    wish = next((each for each in meanings if each != _DOUBT and not each.startswith(_IN)), None)
    said = [word for word in words(text) if len(word) > 1]
    if wish or _DOUBT in meanings or not _FEWEST_WORDS <= len(said) <= _MOST_WORDS:
        return wish
    return STOP if read_weights(FILE).weigh(text)[STOP] > _STOP_FROM else None


def find_wished_language(text: str) -> str | None:
    """The code of the language that the message asks to be answered in."""
    if len(words(text)) > _MOST_WORDS_FOR_A_LANGUAGE:
        return None
    meanings = read_grammar_of_wishes().meanings(text)
    return next((each.removeprefix(_IN) for each in meanings if each.startswith(_IN)), None)


@cache
def read_grammar_of_wishes() -> Grammar:
    return read_grammar(_GRAMMAR)
