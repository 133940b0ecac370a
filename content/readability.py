"""How easy a Spanish text is to read: Szigriszt-Pazos' perspicuity on the INFLESZ scale.

206.835 - 62.3 x syllables per word - words per phrase (Barrio-Cantalejo et al., 2008). Below 40 is
very hard, 40 to 55 rather hard, 55 to 65 normal, 65 to 80 rather easy, above 80 very easy.
"""

import re
from dataclasses import dataclass

from content.sentences import split_sentences

FLOOR = 55.0  # below, INFLESZ calls a text for patients too hard
_WORD = re.compile(r"[^\W\d_]+")
_PHRASE_END = re.compile(r"[:;]+(?:\s|$)")
_VOWELS = "aeiouáéíóúü"
_NUCLEUS = re.compile(rf"[{_VOWELS}]+")
_SILENT_U = re.compile(r"(?<=q)u(?=[eiéí])|(?<=g)u(?=[eiéí])")
_FINAL_Y = re.compile(r"(?<=[aeou])y(?![a-záéíóúü])")
_SILENT_H = re.compile(r"h")


@dataclass(frozen=True, slots=True)
class Readability:
    """`perspicuity` is the figure on the INFLESZ scale, `words` the average of a phrase."""

    perspicuity: float
    words: float


def read_ease(text: str) -> Readability | None:
    """None for a text without words. Numbers count neither as words nor as syllables."""
    phrases = [
        words
        for sentence in split_sentences(text)
        for phrase in _PHRASE_END.split(sentence)
        if (words := _WORD.findall(phrase.lower()))
    ]
    if not phrases:
        return None
    count = sum(len(words) for words in phrases)
    syllables = sum(count_syllables(word) for words in phrases for word in words)
    per_phrase = count / len(phrases)
    return Readability(206.835 - 62.3 * syllables / count - per_phrase, per_phrase)


def count_syllables(word: str) -> int:
    """Syllables of a Spanish word by its vowels: two strong ones, or an accented weak one beside a
    strong one, part. A word without vowels (an acronym) counts as one."""
    bare = _SILENT_U.sub("", _FINAL_Y.sub("i", word.lower()))
    if bare == "y":
        return 1
    return max(1, sum(_count_nuclei(group) for group in _NUCLEUS.findall(bare)))


def _count_nuclei(vowels: str) -> int:
    count, previous = 0, ""
    for vowel in vowels:
        parts = not previous or (_is_strong(previous) and _is_strong(vowel))
        parts = parts or vowel == previous
        count += parts
        previous = vowel
    return count


def _is_strong(vowel: str) -> bool:
    """Accented weak vowels stand alone, so they count among the strong."""
    return vowel in "aeoáéóíú"
