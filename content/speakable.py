"""A verified text as it is said aloud: phones in groups of digits, amounts in words, no addresses.

What cannot be said is replaced by words of the caller or left out; nothing else changes.
"""

import re
import unicodedata

from content.answers import Answer
from content.pack import SAFETY_PREFIX
from content.sentences import LIST_MARKS, split_sentences

_ADDRESS = re.compile(
    r"\S+@\w[\w.-]*\w|(?:https?://|www\.)\S*[\w/]"
    r"|(?<![\w.])(?:[\w-]+\.)+(?:pe|org|gob|com|info|net|int|edu)\b(?:/[\w./?=&%-]*[\w/])?"
)
_AMOUNT = re.compile(r"\bS/\.? ?(\d+(?:[.,]\d+)*)")
_NUMBER = re.compile(
    r"(?<![\w/.,-])(?:\+\d{1,3}[ -]?)?(?:\(\d{1,3}\)[ -]?)?\d{3,}(?:[ -]\d{3,})*(?![\w-])"
)
_YEARS = re.compile(r"(?:19|20)\d\d[ -](?:19|20)\d\d")
_FEWEST_DIGITS = 7  # of a phone that is said digit by digit; 105 and 1818 are said as numbers
_GROUP = 3
_LONGEST_GROUP = 4
# Brackets would be read as phonemes, and marks of lists by their names.
_UNSAID = re.compile(r"[\[\]{}<>*_#|~^•·–—]+")


def may_be_said(found: Answer) -> bool:
    """Never what somebody beside the phone must not hear (HUM-26): no safety answer, and no answer
    about violence, trafficking, HIV and the like. A thumb hides a text, and no voice."""
    return not found.sensitive and not found.topic.startswith(SAFETY_PREFIX)


def to_speech(text: str, instead_of_address: str) -> str:
    """One sentence a line. Raise nothing: what is not understood is left as it stands."""
    lines = [_say(sentence, instead_of_address) for sentence in split_sentences(text)]
    return "\n".join(line if line[-1] in ".!?…:;" else f"{line}." for line in lines if line)


def _say(sentence: str, instead_of_address: str) -> str:
    said = _ADDRESS.sub(lambda _: instead_of_address, sentence.lstrip(LIST_MARKS))
    said = _AMOUNT.sub(r"\1 soles", said)
    said = _NUMBER.sub(_spell, said)
    said = _UNSAID.sub(" ", said)
    said = "".join(letter for letter in said if not _is_picture(letter))
    return " ".join(said.split())


def _spell(number: re.Match[str]) -> str:
    written = number.group()
    digits = sum(letter.isdigit() for letter in written)
    if digits < _FEWEST_DIGITS or _YEARS.fullmatch(written):
        return written
    groups = [part for run in re.findall(r"\d+", written) for part in _split(run)]
    plus = "+ " if written.startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in groups)


def _split(run: str) -> list[str]:
    """Groups of three from the left; of a rest of one, the last group becomes longer."""
    if len(run) <= _LONGEST_GROUP:
        return [run]
    groups = [run[at : at + _GROUP] for at in range(0, len(run), _GROUP)]
    if len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _is_picture(letter: str) -> bool:
    """Emoji are read aloud by their names."""
    is_symbol = unicodedata.category(letter) in ("So", "Sk", "Cs", "Cf")
    return is_symbol and letter not in "°"
