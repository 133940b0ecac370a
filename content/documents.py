"""Reads YAML that people wrote or sent: plain data only, with the line of each value for messages.

Tags, anchors, aliases, several documents, deep nesting, large files and marks that reverse the
reading direction are refused before anything is built from them (SEC-50).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml

from content.findings import Findings

Kind = TypeVar("Kind", bound=yaml.Node)

LARGEST_BYTES = 64 * 1024
_DEEPEST = 8
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where present
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_REFUSED = {
    yaml.TagToken: "tags (`!…`) are not allowed; write plain values",
    yaml.AnchorToken: "anchors (`&…`) are not allowed; write the value where it is needed",
    yaml.AliasToken: "aliases (`*…`) are not allowed; write the value out",
    yaml.DirectiveToken: "directives (`%…`) are not allowed",
}
# Marks that reverse or hide text: a reviewer would not see what a reader gets.
_HIDDEN = frozenset("\u061c\u200b\u200c\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff") | {
    chr(code) for code in range(0x202A, 0x202F)
}


def read_mapping(
    path: Path, name: str, findings: Findings, largest: int = LARGEST_BYTES
) -> "Fields | None":
    """The top mapping of the file, or None with the reason among the findings. `name` is shown."""
    source = _read_source(path, name, findings, largest)
    if source is None:
        return None
    try:
        if not _is_plain(source, name, findings):
            return None
        node = yaml.compose(source, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        findings.error(name, line, "file", f"not YAML: {error.problem or error.context}")
        return None
    except yaml.YAMLError as error:
        findings.error(name, 1, "file", f"not YAML: {error}")
        return None
    if not isinstance(node, yaml.MappingNode):
        findings.error(name, 1, "file", "must hold `key: value` lines")
        return None
    return Fields(node, name, "", findings)


def _read_source(path: Path, name: str, findings: Findings, largest: int) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
        if len(raw) > largest:
            findings.error(name, 1, "file", f"is larger than {largest // 1024} kB; split it")
            return None
        source = raw.decode("utf8")
    except OSError as error:
        findings.error(name, 1, "file", f"cannot be read: {error.strerror}")
        return None
    except UnicodeDecodeError:
        findings.error(name, 1, "file", "is not UTF-8 text; save it as UTF-8")
        return None
    return None if _has_hidden_marks(source, name, findings) else source


def has_hidden_marks(text: str) -> bool:
    """Whether a reviewer would see something else than a reader gets."""
    return not _HIDDEN.isdisjoint(text)


def _has_hidden_marks(source: str, name: str, findings: Findings) -> bool:
    lines = [n for n, line in enumerate(source.splitlines(), 1) if has_hidden_marks(line)]
    for line in lines:
        findings.error(name, line, "file", "holds an invisible or direction mark; retype the line")
    return bool(lines)


def _is_plain(source: str, name: str, findings: Findings) -> bool:
    depth = documents = 0
    for token in yaml.scan(source, Loader=_LOADER):
        documents += isinstance(token, yaml.DocumentStartToken)
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        reason = _REFUSED.get(type(token))
        if depth > _DEEPEST:
            reason = f"is nested deeper than {_DEEPEST} levels"
        if documents > 1:
            reason = "holds more than one document"
        if reason:
            findings.error(name, token.start_mark.line + 1, "file", reason)
            return False
    return True


class Fields:
    """One mapping of a document. Each reader notes what is wrong and answers with nothing."""

    def __init__(self, node: yaml.MappingNode, name: str, prefix: str, findings: Findings) -> None:
        self.name = name
        self.line = node.start_mark.line + 1
        self._prefix = prefix
        self._findings = findings
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        for key, value in node.value:
            self._take(key, value)

    def _take(self, key: yaml.Node, value: yaml.Node) -> None:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            self._findings.error(self.name, line, self._prefix or "file", "a key must be a word")
            return
        if key.value in self._values:
            self.error(key.value, "is there twice; keep one", line)
        self._values[key.value] = value
        self._lines[key.value] = line

    def __contains__(self, key: str) -> bool:
        return key in self._values and not _is_null(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def path_to(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def line_of(self, key: str) -> int:
        return self._lines.get(key, self.line)

    def error(self, key: str, message: str, line: int | None = None) -> None:
        self._findings.error(self.name, line or self.line_of(key), self.path_to(key), message)

    def allow(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        """Note every key that is unknown and every required one that is missing."""
        known = {*required, *optional}
        for key in self._values:
            if key not in known:
                self.error(key, f"unknown key; known are {', '.join(sorted(known))}")
        for key in required:
            if key not in self._values:
                self.error(key, "is missing; add it")

    def text(self, key: str) -> str:
        """A text with lines stripped at their ends; empty if absent, null or not a text."""
        value = self._values.get(key)
        if value is None or _is_null(value):
            return ""
        if not isinstance(value, yaml.ScalarNode):
            self.error(key, "must be one text")
            return ""
        return "\n".join(line.rstrip() for line in value.value.strip().splitlines())

    def flag(self, key: str) -> bool:
        value = self._values.get(key)
        if value is None:
            return False
        if not isinstance(value, yaml.ScalarNode) or value.value not in ("true", "false"):
            self.error(key, "must be true or false")
            return False
        return bool(value.value == "true")

    def number(self, key: str) -> float:
        return _to_number(self, key, self.text(key)) if key in self else 0.0

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(item.value for item in self._items(key, yaml.ScalarNode))

    def numbers(self, key: str) -> tuple[float, ...]:
        return tuple(_to_number(self, key, text) for text in self.texts(key))

    def mapping(self, key: str) -> "Fields | None":
        value = self._values.get(key)
        if value is None or _is_null(value):
            return None
        if not isinstance(value, yaml.MappingNode):
            self.error(key, "must hold `key: value` lines")
            return None
        return Fields(value, self.name, f"{self.path_to(key)}.", self._findings)

    def mappings(self, key: str) -> list["Fields"]:
        return [
            Fields(item, self.name, f"{self.path_to(key)}[{number}].", self._findings)
            for number, item in enumerate(self._items(key, yaml.MappingNode), 1)
        ]

    def _items(self, key: str, kind: type[Kind]) -> Iterator[Kind]:
        value = self._values.get(key)
        if value is None or _is_null(value):
            return
        if not isinstance(value, yaml.SequenceNode):
            self.error(key, "must be a list")
            return
        for item in value.value:
            if isinstance(item, kind):
                yield item
            else:
                self.error(key, "holds an item of the wrong kind", item.start_mark.line + 1)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _to_number(fields: Fields, key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        fields.error(key, f"must be a number, not {text[:20]!r}")
        return 0.0
