"""Which word of a vocabulary somebody meant: slang, voice spelling, digits for letters, a slip.

Works on single words and stores none of them. A word that is known as another one is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from rapidfuzz.distance import OSA

from bot.text import fold

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_CENSORED = re.compile(r"(?<=[^\W\d_])[*@$](?=[^\W\d_])")
_LEET = str.maketrans("013457@$", "oieastas")
_LONGEST = 24  # of a word that is looked at for slips
_SHORTEST_SOUND = 4
_SHORTEST_SLIP = 6
_SHORTEST_PREFIX = 2
_SPELLED_OUT = 4  # "m u e r o": this many single letters in a row are one word

# What Spanish and Portuguese ears do not tell apart, in the order in which it is unified.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"qu(?=[ei])", "k"),
        (r"gu(?=[ei])", "g"),
        (r"c(?=[eiy])|z|ss", "s"),
        (r"ch|sh", "#"),
        (r"[cq]", "k"),
        (r"g(?=[ei])", "j"),
        (r"h", ""),
        (r"ll|y(?=[aeou])", "i"),
        (r"v", "b"),
        (r"y", "i"),
        (r"(.)\1", r"\1"),
    ]
]


def split_words(text: str) -> list[str]:
    """The folded words, with `don't` as one and `m'a` as two; letters in a row become a word."""
    folded = _CENSORED.sub(_uncensor, fold(text).replace("’", "'"))
    return list(_join_letters(part for word in _WORD.findall(folded) for part in _split(word)))


def _uncensor(match: re.Match[str]) -> str:
    return {"*": "", "@": "a", "$": "s"}[match.group()]


def _split(word: str) -> list[str]:
    return [word.replace("'", "")] if word.endswith("n't") else word.split("'")


def _join_letters(words: Iterable[str]) -> Iterator[str]:
    letters: list[str] = []
    for word in words:
        if len(word) == 1 and word.isalpha():
            letters.append(word)
            continue
        yield from _flush(letters)
        letters = []
        yield word
    yield from _flush(letters)


def _flush(letters: list[str]) -> list[str]:
    return ["".join(letters)] if len(letters) >= _SPELLED_OUT else letters


def sound_of(word: str) -> str:
    """The word as it sounds, so that `biolaron` meets `violaron` and `aorcar` meets `ahorcar`."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


class Spelling:
    """`atoms` are words and beginnings (`peg*`); `sounded` those that are spelled by ear too;
    `aliases` say what an abbreviation stands for; `known` are words that mean themselves."""

    def __init__(
        self,
        atoms: Iterable[str],
        sounded: Iterable[str],
        aliases: Mapping[str, Iterable[str]],
        known: Set[str],
    ) -> None:
        self._atoms = frozenset(atoms)
        self._aliases = {short: tuple(full) for short, full in aliases.items()}
        self._known = known
        self._by_sound = _group((_sound_key(atom), atom) for atom in sounded if _is_heard(atom))
        self._by_deletion = _group(
            (key, atom)
            for atom in self._atoms
            if len(atom.rstrip("*")) >= _SHORTEST_SLIP
            for key in _deletions(atom.rstrip("*"))
        )

    def read(self, word: str) -> Set[str]:
        """The atoms that this word of a message may stand for."""
        found = self._exact(word)
        for full in self._aliases.get(word, ()):
            found = found | self._exact(full)
        if found or word in self._known:
            return found
        plain = word if word.isalpha() else word.translate(_LEET)
        if plain != word and not word.isdigit() and (found := self._exact(plain)):
            return found
        return self._by_ear(plain) or self._slips(plain[:_LONGEST])

    def _exact(self, word: str) -> Set[str]:
        return self._atoms & {word, *_beginnings(word, _SHORTEST_PREFIX)}

    def _by_ear(self, word: str) -> Set[str]:
        if len(word) < _SHORTEST_SOUND:
            return frozenset()
        sound = sound_of(word)
        keys = (sound, *_beginnings(sound, _SHORTEST_SOUND))
        return {atom for key in keys for atom in self._by_sound.get(key, ())}

    def _slips(self, word: str) -> Set[str]:
        """Words one slip of the thumb away that begin with the same letter."""
        if len(word) < _SHORTEST_SLIP:
            return frozenset()
        heads = [word[:size] for size in range(_SHORTEST_SLIP - 1, len(word) + 1)]
        return {
            atom
            for head in heads
            for key in _deletions(head)
            for atom in self._by_deletion.get(key, ())
            if _is_slip(atom, head, is_whole=len(head) == len(word))
        }


def _is_heard(atom: str) -> bool:
    return len(sound_of(atom.rstrip("*"))) >= _SHORTEST_SOUND - (not atom.endswith("*"))


def _sound_key(atom: str) -> str:
    return sound_of(atom.rstrip("*")) + atom[len(atom.rstrip("*")) :]


def _is_slip(atom: str, head: str, *, is_whole: bool) -> bool:
    target = atom.rstrip("*")
    if target[0] != head[0] or (not is_whole and target == atom):
        return False
    return OSA.distance(target, head, score_cutoff=1) <= 1


def _beginnings(word: str, shortest: int) -> Iterator[str]:
    return (f"{word[:size]}*" for size in range(shortest, len(word) + 1))


def _deletions(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
