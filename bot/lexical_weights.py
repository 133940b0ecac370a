"""What the matcher has learnt, in a handful of objects, and the file that keeps it between starts.

To learn it anew takes seconds of processor time and hundreds of megabytes; to read it, a tenth of a
second. The file holds words and numbers of the examples, nothing of people, and can be deleted.
"""

import hashlib
import json
import os
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.logs import get_log

_log = get_log("lexical")
_FORMAT = f"1 {sys.byteorder}"


@dataclass(frozen=True)
class LexicalWeights:
    """The weights of a feature for topics stand together, from `starts[row]` to the next start.

    In dictionaries of lists they would be a million objects, and a full collection of garbage looks
    through all of them while everybody waits.
    """

    topics: Sequence[str]
    rows: dict[str, int]
    rarities: "array[float]"
    starts: "array[int]"
    places: "array[int]"  # of `topics`
    weights: "array[float]"

    def rarity(self, feature: str) -> float | None:
        row = self.rows.get(feature)
        return None if row is None else self.rarities[row]

    def of(self, feature: str) -> Iterator[tuple[int, float]]:
        """(place of the topic, weight)."""
        row = self.rows[feature]
        span = slice(self.starts[row], self.starts[row + 1])
        return zip(self.places[span], self.weights[span], strict=True)

    def save(self, path: Path, key: str) -> None:
        """Keep them under the key of what they were learnt from, in one step; without a place to
        keep them, the next start learns again."""
        body = "\n".join(self.rows).encode()
        parts = [body, *(each.tobytes() for each in self._arrays())]
        header = {
            "format": _FORMAT,
            "key": key,
            "topics": list(self.topics),
            "lengths": [len(part) for part in parts],
        }
        content = b"".join([json.dumps(header).encode(), b"\n", *parts])
        waiting = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(_seal(content) + b"\n" + content)
            waiting.replace(path)
        except OSError as error:
            _log.warning("weights_not_kept", error=type(error).__name__)

    def _arrays(self) -> "tuple[array[Any], ...]":
        return self.rarities, self.starts, self.places, self.weights


def read_weights_of(path: Path, key: str) -> LexicalWeights | None:
    """The kept weights, if they were learnt from what `key` names and the file is whole."""
    try:
        seal, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if seal != _seal(content):
        _log.warning("weights_damaged")
        return None
    head, _, body = content.partition(b"\n")
    header = json.loads(head)
    if (header["format"], header["key"]) != (_FORMAT, key):
        return None
    features, *arrays = _cut(body, header["lengths"])
    return LexicalWeights(
        header["topics"],
        {feature: row for row, feature in enumerate(features.decode().split("\n"))},
        *(_fill(code, part) for code, part in zip("dIHd", arrays, strict=True)),
    )


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _cut(body: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    begin = 0
    for length in lengths:
        yield body[begin : begin + length]
        begin += length


def _fill(code: str, part: bytes) -> "array[Any]":
    filled: array[Any] = array(code)
    filled.frombytes(part)
    return filled
