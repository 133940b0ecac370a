"""Texts with their translations as PO files, so that Poedit or Weblate serve. Knows no database.

A file from outside is bounded before it is parsed, and text that hides something is refused
(SEC-50).
"""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from content.documents import has_hidden_marks
from content.findings import Findings

_MOST_BYTES = 5 * 1024 * 1024
_LONGEST_TEXT = 10_000
_LINE = re.compile(r'\s*|\s*#.*|\s*(?:msgctxt\s|msgid\s|msgstr\s)?\s*"(?:[^"\\]|\\.)*"\s*')
# What the library raises on strange files.
_UNREADABLE = (PoFileError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Entry:
    """One text. `context` says which; `line` is where it stands in the file that was read."""

    context: str
    spanish: str
    translation: str
    note: str = ""
    is_fuzzy: bool = False
    line: int = 1


@dataclass(frozen=True, slots=True)
class TranslationFile:
    """`shown` is the file as messages name it, `language` what its header says."""

    shown: str
    language: str
    entries: tuple[Entry, ...]


def write_translations(
    path: Path, language: str, project: str, entries: Sequence[Entry], now: datetime
) -> None:
    catalog = Catalog(
        locale=language,
        project=project,
        version="1",
        copyright_holder=project,
        msgid_bugs_address="",
        creation_date=now,
        revision_date=now,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for entry in entries:
        comments = [entry.note] if entry.note else []
        added = catalog.add(
            entry.spanish, entry.translation, context=entry.context or None, auto_comments=comments
        )
        added.flags.discard("python-format")  # "100 % de" is no format
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog)


def read_translations(path: Path, findings: Findings) -> TranslationFile | None:
    """None, with the reason among the findings, if any part of the file cannot be used."""
    text = _read_text(path, findings)
    if text is None or not _is_well_formed(text, path.name, findings):
        return None
    try:
        catalog = read_po(io.StringIO(text, newline="\n"), ignore_obsolete=True, abort_invalid=True)
    except _UNREADABLE as error:
        line = (error.lineno + 1) if isinstance(error, PoFileError) else 1
        findings.error(path.name, line, "file", f"is no PO file that can be read ({error})")
        return None
    entries = tuple(_to_entry(message) for message in catalog if message.id)
    for entry in entries:
        fault = _find_fault(entry.translation)
        if fault:
            findings.error(path.name, entry.line, entry.context or "msgctxt", fault)
    return TranslationFile(path.name, str(catalog.locale_identifier or ""), entries)


def _to_entry(message: Message) -> Entry:
    return Entry(
        context=message.context or "",
        spanish=tidy(str(message.id)),
        translation=tidy(str(message.string or "")),
        is_fuzzy=message.fuzzy,
        line=message.lineno or 1,
    )


def tidy(text: str) -> str:
    """As texts of a pack are read: no blanks at the ends of lines nor around the whole."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _read_text(path: Path, findings: Findings) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            size = f"{_MOST_BYTES // 1024**2} MB"
            findings.error(path.name, 1, "file", f"is larger than {size}; split it")
            return None
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        findings.error(path.name, 1, "file", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        findings.error(path.name, 1, "file", "is not UTF-8 text; save it as UTF-8")
    return None


def _is_well_formed(text: str, name: str, findings: Findings) -> bool:
    """The library reads broken lines as something; and a header could make it want millions of
    plural forms, which no text of a pack has."""
    faults = [
        (number, "plural forms are not used here; remove them")
        if line.startswith(("msgid_plural", "msgstr["))
        else (number, "is no line of a PO file; write the text in quotes")
        for number, line in enumerate(text.split("\n"), 1)
        if not _LINE.fullmatch(line)
    ]
    for number, message in faults:
        findings.error(name, number, "file", message)
    return not faults


def _find_fault(text: str) -> str | None:
    if len(text) > _LONGEST_TEXT:
        return f"has more than {_LONGEST_TEXT} characters; shorten it"
    if has_hidden_marks(text):
        return "holds an invisible or direction mark; retype it"
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in text):
        return "holds a control character; retype it"
    return None
