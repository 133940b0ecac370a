"""The bot's own phrases for translators, as PO files out and in, and which a language lacks.

They are files and not in the database: those of the house, and over them those of a pack, where a
new language grows until it is whole. Nothing here changes a phrase of the house.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from content.findings import Finding, Findings
from content.pack import PackSettings
from content.po_files import Entry, TranslationFile, read_translations, write_translations
from content.voice import OWN_PHRASES
from hub.i18n import FALLBACK, LOCALE_FOLDER

_TEMPLATE = LOCALE_FOLDER / "bot.pot"
_FILE = "bot.po"
_ENGLISH = "en"  # the phrases are written in it
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.|\{\w+\}")
_SHOWN = 40  # characters of a phrase by which messages name it


class PhraseError(Exception):
    """The file has errors and nothing of it was taken; `findings` name each."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def export_phrases(
    pack: Path, settings: PackSettings, folder: Path, languages: tuple[str, ...], now: datetime
) -> list[Path]:
    """A file for each language with what is translated so far; return the files written."""
    written = []
    for language in languages or settings.in_preparation:
        _demand_named(language, settings, "pack.yml")
        path = folder / f"{language}.bot.po"
        entries = list(_entries(pack, language))
        write_translations(path, language, settings.name, entries, now)
        written.append(path)
    return written


def import_phrases(
    pack: Path, settings: PackSettings, path: Path, now: datetime
) -> tuple[Path, int]:
    """Take the finished entries into the pack; return its file and how many there are now.

    Raise `PhraseError` for any fault. What is empty or fuzzy is left as it was.
    """
    findings = Findings()
    file = read_translations(path, findings)
    _refuse(findings)
    assert file is not None  # noqa: S101 - there would be a finding
    language = file.language.replace("-", "_").partition("_")[0]
    _demand_named(language, settings, file.shown)
    known = {entry.spanish: entry for entry in _entries(pack, language)}
    _check(file, known, findings)
    _refuse(findings)
    new = {each.spanish: each.translation for each in file.entries if not each.is_fuzzy}
    house = _read(LOCALE_FOLDER, language)
    said = {key: new.get(key) or entry.translation for key, entry in known.items()}
    own = [
        Entry("", key, text)
        for key, text in sorted(said.items())
        if text and house.get(key) != text
    ]
    target = pack / OWN_PHRASES / language / _FILE
    write_translations(target, language, settings.name, own, now)
    return target, len(own)


def check_phrases(pack: Path) -> list[Finding]:
    """What is wrong with the pack's own phrases: a number that is not put in would be told as
    `{police}`. What the bot no longer says is only a warning."""
    findings = Findings()
    known = set(_phrases())
    for path in sorted((pack / OWN_PHRASES).glob(f"*/{_FILE}")):
        shown, read = f"{OWN_PHRASES}/{path.parent.name}/{_FILE}", Findings()
        file = read_translations(path, read)
        for entry in file.entries if file else ():
            if entry.spanish not in known:
                message = "the bot has no such phrase any more; remove it"
                read.warn(shown, entry.line, entry.spanish[:_SHOWN], message)
            elif entry.translation:
                _check_places(entry, shown, read)
        findings.items += [replace(finding, path=shown) for finding in read.items]
    return sorted(findings.items)


def lacking_phrases(pack: Path, language: str) -> list[str]:
    """The phrases, in English, that people who chose the language get in Spanish."""
    if language == _ENGLISH:
        return []
    return [entry.spanish for entry in _entries(pack, language) if not entry.translation]


def count_phrases() -> int:
    return len(_phrases())


def _entries(pack: Path, language: str) -> Iterator[Entry]:
    """Every phrase with its Spanish as a note, since more translators read that than English."""
    spanish = _read(LOCALE_FOLDER, FALLBACK) | _read(pack / OWN_PHRASES, FALLBACK)
    said = _read(LOCALE_FOLDER, language) | _read(pack / OWN_PHRASES, language)
    for phrase in _phrases():
        note = " ".join(f"Español: {spanish.get(phrase, '')}".split())
        yield Entry("", phrase, said.get(phrase, ""), note)


def _phrases() -> list[str]:
    return [str(message.id) for message in _read_catalogue(_TEMPLATE, FALLBACK) if message.id]


def _read(folder: Path, language: str) -> dict[str, str]:
    path = folder / language / _FILE
    if not path.exists():
        return {}
    catalogue = _read_catalogue(path, language)
    return {str(each.id): str(each.string) for each in catalogue if each.id and each.string}


def _read_catalogue(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, ignore_obsolete=True)


def _demand_named(language: str, settings: PackSettings, shown: str) -> None:
    findings = Findings()
    if language not in settings.every_language:
        message = f"{language!r} is not named in pack.yml; add it to `in_preparation` there"
        findings.error(shown, 1, "Language", message)
    _refuse(findings)


def _check(file: TranslationFile, known: dict[str, Entry], findings: Findings) -> None:
    for entry in file.entries:
        shown = entry.spanish[:_SHOWN]
        if entry.context or entry.spanish not in known:
            message = "the bot has no such phrase; export the file anew"
            findings.error(file.shown, entry.line, shown, message)
        elif entry.translation:
            _check_places(entry, file.shown, findings)


def _check_places(entry: Entry, shown: str, findings: Findings) -> None:
    if _places(entry.translation) != _places(entry.spanish):
        wanted = ", ".join(_places(entry.spanish)) or "nothing in braces or after %"
        message = f"must keep as it is: {wanted}"
        findings.error(shown, entry.line, entry.spanish[:_SHOWN], message)


def _places(text: str) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(text)))


def _refuse(findings: Findings) -> None:
    if findings.errors:
        raise PhraseError(sorted(findings.errors))
