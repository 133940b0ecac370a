"""Cuts a message into the clauses that may each be a question of their own.

Only cuts: whether a clause asks anything is for the classifier to say.
"""

import re
from collections.abc import Iterable

SHORTEST = 2  # words; one alone belongs to its neighbour
_MOST_PIECES, _MOST_SENTENCES = 6, 12
_SENTENCE = re.compile(r"[.?!;\n]+")
# Words that begin another question in one of the languages. Linear: alternatives of fixed words.
_JOINTS = re.compile(
    r",?\s(?:y tambien|y también|y además|y ademas|tambien|también|ademas|además|otra cosa|"
    r"segundo|por otro lado|aparte|and also|also|and|secondly|e também|e tambem|também|tambem|"
    r"além disso|et aussi|aussi|et|epi tou|epi|ak tou|y|e|pero|encima|luego|despues|después|"
    r"y lo otro|lo otro|but|then|plus|mas|depois|mais|puis|ensuite|men|apre sa|ak|"
    r"meanwhile)\s|,\s",
    re.IGNORECASE,
)
# Without a comma or an "and", a word that asks begins the next question.
_BEFORE_ASKING = re.compile(
    r"\s(?=(?:donde|dónde|dnd|adonde|cuanto|cuánto|cuanta|cuántos|cuantos|como|cómo|quien|quién|"
    r"where|how|who|onde|quanto|quem|où|comment|combien|qui|kijan|konbyen|ki kote|eske|èske|"
    r"ki moun)\s)",
    re.IGNORECASE,
)


def pieces_of(text: str) -> list[str]:
    """The pieces in order, of `SHORTEST` words or more each; [] if there are fewer than two."""
    cut = (
        piece.strip(" ,")
        for sentence in _SENTENCE.split(text)
        for joined in _JOINTS.split(sentence)
        for piece in _BEFORE_ASKING.split(joined)
    )
    pieces = _with_neighbours(piece for piece in cut if piece)[:_MOST_PIECES]
    return pieces if len(pieces) > 1 else []


def sentences_of(text: str) -> list[str]:
    """The sentences in order, as they are closed or set on lines of their own; [] if there are
    fewer than two."""
    sentences = [each.strip() for each in _SENTENCE.split(text) if each.strip()]
    return sentences[:_MOST_SENTENCES] if len(sentences) > 1 else []


def _with_neighbours(pieces: Iterable[str]) -> list[str]:
    """What is too short is joined to what comes after it, the last to what comes before."""
    whole: list[str] = []
    for piece in pieces:
        before = f"{whole.pop()} " if whole and _is_short(whole[-1]) else ""
        whole.append(before + piece)
    if len(whole) > 1 and _is_short(whole[-1]):
        last = whole.pop()
        whole[-1] += f" {last}"
    return whole


def _is_short(piece: str) -> bool:
    return len(piece.split()) < SHORTEST
