"""Takes the texts of topics and services out for translators and in again, one language a file.

An entry that is fuzzy, empty or made of a Spanish text that changed since is passed over and named.
One wrong entry, and nothing of the file is imported. What is imported waits for a second person.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from content.check import check_topic
from content.check_services import check_services
from content.check_texts import LONGEST_TITLE, lengths_of
from content.exporting import NothingToExportError, by_version, load_pack
from content.findings import Finding, Findings
from content.importing import ImportResult, read_busy, store_pack
from content.pack import Pack, Place, ServiceContent, StepContent, TopicContent
from content.po_files import Entry, TranslationFile, read_translations, tidy, write_translations
from content.rows import read_settings
from hub.clock import Clock
from hub.database import Database
from hub.i18n import FALLBACK

_SERVICES = "services"
_FIELDS_OF_SERVICE = {"name": "names"} | {
    name: name for name in ("hours", "cost", "serves", "bring", "notes")
}


class TranslationError(Exception):
    """The file has errors and nothing of it was imported; `findings` name each."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class TranslationResult:
    """`passed_over` names each entry that was not imported, and why."""

    stored: ImportResult
    passed_over: tuple[Finding, ...]


@dataclass(slots=True)
class _Changes:
    """The new texts by topic or service key, then by field, with the lines that they stand in."""

    texts: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    lines: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


async def export_translations(
    database: Database, folder: Path, languages: tuple[str, ...], clock: Clock
) -> list[Path]:
    """A file for each of the languages, or for all of the pack; return the files written."""
    async with database.read() as session:
        pack = await load_pack(session, by_version)
    chosen = languages or tuple(each for each in pack.settings.every_language if each != FALLBACK)
    _demand_known(pack, chosen)
    files = [(language, folder / f"{language}.po") for language in chosen]
    for language, path in files:
        entries = list(_entries_of(pack, language))
        write_translations(path, language, pack.settings.name, entries, clock.now())
    return [path for _, path in files]


async def import_translations(
    database: Database, path: Path, actor: str, clock: Clock
) -> TranslationResult:
    """Raise `TranslationError` for any fault."""
    findings = Findings()
    file = read_translations(path, findings)
    _refuse(findings)
    assert file is not None  # noqa: S101 - there would be a finding
    async with database.write() as session:
        return await _store(session, file, actor, clock.now())


def _demand_known(pack: Pack, languages: tuple[str, ...]) -> None:
    known = ", ".join(pack.settings.every_language)
    findings = Findings()
    for language in languages:
        if language not in pack.settings.every_language or language == FALLBACK:
            message = f"{language!r} is no language to translate into; the pack has {known}"
            findings.error("pack.yml", 1, "languages", message)
    _refuse(findings)


def _entries_of(pack: Pack, language: str) -> Iterator[Entry]:
    for topic in pack.topics:
        for name, texts in _texts_of_topic(topic).items():
            yield from _to_entry(f"{topic.topic}/{name}", texts, language, _advise(topic, name))
    for service in pack.services:
        for name, attribute in _FIELDS_OF_SERVICE.items():
            texts = getattr(service, attribute)
            yield from _to_entry(f"{_SERVICES}/{service.key}/{name}", texts, language, "")


def _to_entry(context: str, texts: dict[str, str], language: str, note: str) -> Iterator[Entry]:
    if texts.get(FALLBACK):
        yield Entry(context, texts[FALLBACK], texts.get(language, ""), note)


def _texts_of_topic(topic: TopicContent) -> dict[str, dict[str, str]]:
    steps = {f"more.{step.step}": step.texts for step in topic.more}
    return {"title": topic.titles, "texts": topic.texts} | steps


def _advise(topic: TopicContent, name: str) -> str:
    if name == "title":
        return f"Label of a button: at most {LONGEST_TITLE} characters."
    shortest, longest = lengths_of(topic, name)
    advice = f"{shortest} to {longest} characters. Numbers, phones, dates and addresses stay."
    return f"{advice} The first words show on a locked screen." if topic.sensitive else advice


async def _store(
    session: AsyncSession, file: TranslationFile, actor: str, now: datetime
) -> TranslationResult:
    if await read_settings(session) is None:
        raise NothingToExportError("import a pack first: `chasqui content import`")
    pack = await load_pack(session, by_version)
    findings, passed_over = Findings(), Findings()
    language = _language_of(file, pack, findings)
    _refuse(findings)
    known = {entry.context: entry for entry in _entries_of(pack, language)}
    busy = await read_busy(session)
    changes = _read_changes(file, known, busy, findings, passed_over)
    topics = [_merge_topic(each, language, changes, file.shown) for each in pack.topics]
    services = [_merge_service(each, language, changes, file.shown) for each in pack.services]
    changed = Pack(
        pack.settings,
        tuple(new for old, new in zip(pack.topics, topics, strict=True) if new != old),
        tuple(new for old, new in zip(pack.services, services, strict=True) if new != old),
        (),
    )
    _check(pack, changed, findings)
    _refuse(findings)
    stored = await store_pack(session, changed, actor, now)
    return TranslationResult(stored, tuple(sorted(passed_over.items)))


def _language_of(file: TranslationFile, pack: Pack, findings: Findings) -> str:
    """Also of `fr_FR`, as some programs write it."""
    language = file.language.replace("-", "_").partition("_")[0]
    if language not in pack.settings.every_language or language == FALLBACK:
        known = ", ".join(each for each in pack.settings.every_language if each != FALLBACK)
        message = f"the header names {file.language!r}; it must be one of {known}"
        findings.error(file.shown, 1, "Language", message)
    return language


def _read_changes(
    file: TranslationFile,
    known: dict[str, Entry],
    busy: set[str],
    findings: Findings,
    passed_over: Findings,
) -> _Changes:
    """What differs from the hub's texts. Unknown entries are errors."""
    changes = _Changes()
    for entry in file.entries:
        now = known.get(entry.context)
        shown = entry.context or "msgctxt"
        key, _, name = entry.context.rpartition("/")
        if now is not None and entry.translation == now.translation != "" and not entry.is_fuzzy:
            continue
        if key in busy:
            message = "somebody is changing it in the console: not imported; enter it there"
            passed_over.warn(file.shown, entry.line, shown, message)
        elif now is None:
            message = "the hub has no such text; export the file anew"
            findings.error(file.shown, entry.line, shown, message)
        elif reason := _why_not(entry, now):
            passed_over.warn(file.shown, entry.line, shown, reason)
        else:
            changes.texts[key][name] = entry.translation
            changes.lines[key][name] = entry.line
    return changes


def _why_not(entry: Entry, now: Entry) -> str | None:
    if entry.is_fuzzy:
        return "is marked fuzzy: not imported; finish it and remove the mark"
    if not entry.translation:
        return "is empty: not imported"
    if entry.spanish != tidy(now.spanish):
        return "the Spanish text changed since: not imported; export the file anew"
    return None


def _merge_topic(topic: TopicContent, language: str, changes: _Changes, shown: str) -> TopicContent:
    new = changes.texts.get(topic.topic)
    if not new:
        return topic
    steps = tuple(
        StepContent(step.step, _merge(step.texts, language, new.get(f"more.{step.step}")))
        for step in topic.more
    )
    lines = changes.lines[topic.topic]
    return replace(
        topic,
        titles=_merge(topic.titles, language, new.get("title")),
        texts=_merge(topic.texts, language, new.get("texts")),
        more=steps,
        place=Place(shown, {f"{name}.{language}": line for name, line in lines.items()}),
    )


def _merge_service(
    service: ServiceContent, language: str, changes: _Changes, shown: str
) -> ServiceContent:
    key = f"{_SERVICES}/{service.key}"
    new = changes.texts.get(key)
    if not new:
        return service
    merged = {
        _FIELDS_OF_SERVICE[name]: getattr(service, _FIELDS_OF_SERVICE[name]) | {language: text}
        for name, text in new.items()
    }
    lines = changes.lines[key]
    return replace(service, place=Place(shown, lines | {"": min(lines.values())}), **merged)


def _merge(texts: dict[str, str], language: str, text: str | None) -> dict[str, str]:
    return texts | {language: text} if text else texts


def _check(before: Pack, changed: Pack, findings: Findings) -> None:
    """Errors that the file brings; what was wrong or missing before is not its fault."""
    known = {topic.topic for topic in before.topics}
    keys = {topic.topic for topic in changed.topics} | {each.key for each in changed.services}
    old, new = Findings(), Findings()
    for pack, found in ((before, old), (changed, new)):
        for topic in pack.topics:
            if topic.topic in keys:
                check_topic(topic, pack.settings, known, found)
        services = tuple(service for service in pack.services if service.key in keys)
        check_services(Pack(pack.settings, (), services, before.areas), found)
    faults = {(finding.field, finding.message) for finding in old.errors}
    findings.items += [each for each in new.errors if (each.field, each.message) not in faults]


def _refuse(findings: Findings) -> None:
    if findings.errors:
        raise TranslationError(sorted(findings.errors))
