"""What a language lacks: every text of a pack that people who chose it get in Spanish."""

from collections.abc import Iterator

from content.pack import Pack, ServiceContent, TopicContent
from hub.i18n import FALLBACK


def find_lacking(pack: Pack, language: str) -> list[str]:
    """The texts by what they are called elsewhere: `asylum.apply/more.cost`, `services/<key>/name`,
    those of safety first, since they are told when it matters most."""
    topics = sorted(pack.topics, key=lambda topic: (not topic.is_safety, topic.topic))
    found = [
        f"{topic.topic}/{name}"
        for topic in topics
        for name, texts in _texts_of_topic(topic)
        if texts.get(FALLBACK) and not texts.get(language)
    ]
    return found + [
        f"services/{service.key}/{name}"
        for service in pack.services
        for name, texts in _texts_of_service(service)
        if texts.get(FALLBACK) and not texts.get(language)
    ]


def count_texts(pack: Pack) -> int:
    """All that there is to translate."""
    return len(find_lacking(pack, ""))


def _texts_of_topic(topic: TopicContent) -> Iterator[tuple[str, dict[str, str]]]:
    if not topic.is_safety:
        yield "title", topic.titles
    yield "texts", topic.texts
    for step in topic.more:
        yield f"more.{step.step}", step.texts


def _texts_of_service(service: ServiceContent) -> Iterator[tuple[str, dict[str, str]]]:
    yield "name", service.names
    yield "hours", service.hours
    yield "cost", service.cost
    yield "serves", service.serves
    yield "bring", service.bring
    yield "notes", service.notes
