"""Reads a JSON object field by field; an error names the field, never its value."""

import math
from dataclasses import dataclass, field
from typing import Any, Self

from bot.channels.base import MalformedRequestError
from bot.channels.wire_text import clean_text

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class JsonObject:
    """`path` is where the object stands in the document, for error messages."""

    path: str
    fields: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, value: object, path: str) -> Self:
        if not isinstance(value, dict):
            raise MalformedRequestError(f"{path}: not an object")
        return cls(path, value)

    def has(self, name: str) -> bool:
        return name in self.fields

    def child(self, name: str) -> Self | None:
        """The object in a field, or None if the field is absent."""
        return self.of(self.fields[name], self._at(name)) if name in self.fields else None

    def needed(self, name: str) -> Self:
        return self.of(self.fields.get(name), self._at(name))

    def text(self, name: str) -> str:
        """The text of a field, fit to be stored; empty if the field is absent."""
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise MalformedRequestError(f"{self._at(name)}: not a text")
        return clean_text(value)

    def integer(self, name: str) -> int:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
            raise MalformedRequestError(f"{self._at(name)}: not an integer")
        return value

    def degrees(self, name: str, limit: float) -> float:
        value = self.fields.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise MalformedRequestError(f"{self._at(name)}: not a number")
        if not math.isfinite(value) or abs(value) > limit:
            raise MalformedRequestError(f"{self._at(name)}: out of range")
        return float(value)

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}"
