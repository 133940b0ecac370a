"""The matcher that answers in Rasa's place where pages ask the bot."""

from pathlib import Path

from bot.lexical import LexicalMatcher

EXAMPLES = Path(__file__).parent.parent.parent / "nlu" / "data"


def read_matcher() -> LexicalMatcher:
    return LexicalMatcher.read(EXAMPLES)
