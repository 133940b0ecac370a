"""Makes messages in which a short line of the corpus of danger stands beside what people ask
about something else: "what papers does the school want, my husband beats me, until when are
there places". For each that tells of danger one that tells of nothing, made the same way.

People were asked for such messages too (`danger/asked_*.jsonl`). Made ones only teach the reader
that a clause counts wherever it stands; no figure is measured on them. To look at them:
`nlu/.venv/bin/python nlu/making_asides.py` prints them as lines of JSON.
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from components.danger_corpus import ORDINARY, Said, read_corpus
from train_danger import Question, read_questions

EACH = 1_600  # of a language, and as many without danger
_SHORTEST, _LONGEST, _LONGEST_QUESTION = 3, 14, 25  # words
_TOLD = frozenset({"explicit", "veiled", "third_person", ORDINARY})
_JOINTS = (", ", " ", " ", ". ", "\n")


def make_asides(
    corpus: Sequence[Said], questions: Sequence[Question], each: int = EACH
) -> Iterator[tuple[str, str]]:
    """Texts, and the class of danger of each or `ordinary`; the same ones every time."""
    chance = random.Random(0)  # noqa: S311 - no secret
    for language in sorted({said.language for said in corpus}):
        asked = [
            question.text
            for question in questions
            if question.language == language and _asks_at_length(question.text)
        ]
        told = [said for said in corpus if said.language == language and _is_aside(said)]
        chance.shuffle(told)
        for is_ordinary in (False, True):
            asides = (said for said in told if (said.danger == ORDINARY) == is_ordinary)
            for said in islice(asides, each):
                yield (
                    _mask(said.text, chance.sample(asked, chance.choice((1, 2, 3))), chance),
                    said.danger,
                )


def _mask(aside: str, questions: Sequence[str], chance: random.Random) -> str:
    parts = [*questions]
    parts.insert(chance.randint(0, len(parts)), aside)
    text = parts[0]
    for part in parts[1:]:
        text = text.rstrip(" ,.") + chance.choice(_JOINTS) + part
    return text


def _is_aside(said: Said) -> bool:
    return said.form in _TOLD and _SHORTEST <= _words(said.text) <= _LONGEST


def _asks_at_length(question: str) -> bool:
    """A reply of one word is no question around an aside."""
    return _SHORTEST <= _words(question) <= _LONGEST_QUESTION


def _words(text: str) -> int:
    return len(text.split())


if __name__ == "__main__":
    for made, danger in make_asides(list(read_corpus()), list(read_questions())):
        json.dump({"text": made, "danger": danger}, sys.stdout, ensure_ascii=False)
        print()
