"""Cuts a message into the pieces that may each be a question of their own.

Only cuts: whether a piece asks anything is for the classifier to say.
"""

import re

SHORTEST = 3  # words; fewer cannot be told from the rest of a sentence
_MOST_PIECES = 6
_SENTENCE = re.compile(r"[.?!;\n]+")
# Words that begin another question in one of the languages. Linear: alternatives of fixed words.
_JOINTS = re.compile(
    r",?\s(?:y tambien|y también|y además|y ademas|tambien|también|ademas|además|otra cosa|"
    r"segundo|por otro lado|aparte|and also|also|and|secondly|e também|e tambem|também|tambem|"
    r"além disso|et aussi|aussi|et|epi tou|epi|ak tou|y|e)\s|,\s",
    re.IGNORECASE,
)


def pieces_of(text: str) -> list[str]:
    """The pieces in order, of `SHORTEST` words or more each; [] if there are fewer than two."""
    cut = [
        piece.strip()
        for sentence in _SENTENCE.split(text)
        for piece in _JOINTS.split(sentence)
        if len(piece.split()) >= SHORTEST
    ]
    return cut[:_MOST_PIECES] if len(cut) > 1 else []
