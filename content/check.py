"""The rules that a pack's content must keep before it may be imported, each with its mend.

A rule looks at words and references only; whether a fact is true is for the verifying sub-group.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from content.check_services import check_areas, check_services
from content.check_sources import check_sources
from content.check_texts import Note, check_texts, check_titles
from content.figures import Figures, count_pack
from content.findings import Finding, Findings
from content.pack import Pack, PackSettings, TopicContent
from content.reading import read_pack


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`pack` is None when there are errors: such a pack cannot be imported by mistake."""

    findings: tuple[Finding, ...]
    figures: Figures
    pack: Pack | None

    @property
    def is_clean(self) -> bool:
        return self.pack is not None


def check_pack(folder: Path) -> CheckResult:
    """Read and check every file of the pack in `folder`."""
    findings = Findings()
    pack = read_pack(folder, findings)
    if pack is None:
        return CheckResult(tuple(findings.items), count_pack(None, findings), None)
    check_topics(pack, findings)
    check_services(pack, findings)
    check_areas(pack, findings)
    ordered = tuple(sorted(findings.items))
    figures = count_pack(pack, findings)
    return CheckResult(ordered, figures, None if findings.errors else pack)


def check_topics(pack: Pack, findings: Findings) -> None:
    known = {topic.topic for topic in pack.topics}
    for key, times in Counter(topic.topic for topic in pack.topics).items():
        if times > 1:
            findings.error("topics", 1, "topic", f"{key} is there {times} times; keep one")
    for topic in pack.topics:
        check_topic(topic, pack.settings, known, findings)


def check_topic(
    topic: TopicContent, settings: PackSettings, known: Iterable[str], findings: Findings
) -> None:
    """All rules for one topic; also used for a text that is edited in the console."""
    note = Note(topic, findings)
    _check_references(topic, settings, frozenset(known), note)
    check_titles(topic, settings, note)
    check_sources(topic, note)
    check_texts(topic, settings, note)


def _check_references(
    topic: TopicContent, settings: PackSettings, known: frozenset[str], note: Note
) -> None:
    if topic.owner not in settings.owners:
        note.error("owner", f"unknown sub-group {topic.owner!r}; known are {settings.owners}")
    if topic.need and topic.need not in settings.needs:
        note.error("need", f"unknown need {topic.need!r}; known are {settings.needs}")
    for related in topic.related:
        if related not in known:
            note.error("related", f"no topic {related!r} in this pack; correct or remove it")
        if related == topic.topic:
            note.error("related", "names the topic itself; remove it")
