"""The figures that `chasqui content check` ends with: how complete, sourced and easy to read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median

from content.check_sources import find_untied, sentences_with_figures
from content.findings import Findings
from content.pack import Pack, TopicContent
from content.readability import FLOOR, read_ease


@dataclass(frozen=True, slots=True)
class Ease:
    """Readability of all Spanish texts, steps included: see `content.readability`."""

    median: float = 0.0
    lowest: float = 0.0
    lowest_in: str = ""  # the topic
    below_floor: int = 0
    words: float = 0.0  # of a sentence, on average over the texts


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters of first messages, steps and safety texts: the median and the most."""

    first: tuple[int, int] = (0, 0)
    steps: tuple[int, int] = (0, 0)
    safety: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a pack holds, for the summary."""

    topics: int = 0
    safety: int = 0
    texts: int = 0
    steps: int = 0
    with_steps: int = 0  # topics
    complete: dict[str, int] = field(default_factory=dict)  # topics and safety, by language
    sources: int = 0
    figure_sentences: int = 0
    tied: int = 0  # of these, those that a source says
    ease: Ease = Ease()
    lengths: Lengths = Lengths()
    services: int = 0
    areas: int = 0
    errors: int = 0
    warnings: int = 0


def count_pack(pack: Pack | None, findings: Findings) -> Figures:
    errors = len(findings.errors)
    warnings = len(findings.items) - errors
    if pack is None:
        return Figures(errors=errors, warnings=warnings)
    counted = sum(1 for topic in pack.topics for _ in sentences_with_figures(topic))
    return Figures(
        topics=sum(not topic.is_safety for topic in pack.topics),
        safety=sum(topic.is_safety for topic in pack.topics),
        texts=sum(len(topic.texts) for topic in pack.topics),
        steps=sum(len(step.texts) for topic in pack.topics for step in topic.more),
        with_steps=sum(bool(topic.more) for topic in pack.topics),
        complete={
            language: sum(_is_complete(topic, language) for topic in pack.topics)
            for language in pack.settings.every_language
        },
        sources=sum(len(topic.sources) for topic in pack.topics),
        figure_sentences=counted,
        tied=counted - sum(1 for topic in pack.topics for _ in find_untied(topic)),
        ease=_measure_ease(pack.topics),
        lengths=_measure_lengths(pack.topics),
        services=len(pack.services),
        areas=len(pack.areas),
        errors=errors,
        warnings=warnings,
    )


def _is_complete(topic: TopicContent, language: str) -> bool:
    has_title = topic.is_safety or language in topic.titles
    return has_title and all(
        language in texts for texts in (topic.texts, *(step.texts for step in topic.more))
    )


def _measure_ease(topics: Iterable[TopicContent]) -> Ease:
    read = [
        (ease.perspicuity, topic.topic, ease.words)
        for topic in topics
        for _, text in topic.all_texts("es")
        if (ease := read_ease(text))
    ]
    if not read:
        return Ease()
    lowest, lowest_in, _ = min(read)
    return Ease(
        median=round(median(figure for figure, _, _ in read), 1),
        lowest=round(lowest, 1),
        lowest_in=lowest_in,
        below_floor=sum(figure < FLOOR for figure, _, _ in read),
        words=round(sum(words for _, _, words in read) / len(read), 1),
    )


def _measure_lengths(topics: Iterable[TopicContent]) -> Lengths:
    first: list[int] = []
    steps: list[int] = []
    safety: list[int] = []
    for topic in topics:
        (safety if topic.is_safety else first).extend(map(len, topic.texts.values()))
        steps.extend(len(text) for step in topic.more for text in step.texts.values())
    return Lengths(_span(first), _span(steps), _span(safety))


def _span(lengths: list[int]) -> tuple[int, int]:
    return (round(median(lengths)), max(lengths)) if lengths else (0, 0)


def describe(figures: Figures) -> Iterator[str]:
    """The summary's lines."""
    every = figures.topics + figures.safety
    yield (
        f"topics: {figures.topics}, {figures.with_steps} of them with steps; "
        f"safety texts: {figures.safety}; texts: {figures.texts}; steps: {figures.steps}"
    )
    complete = ", ".join(f"{key} {count} of {every}" for key, count in figures.complete.items())
    yield f"languages complete: {complete}"
    yield (
        f"sources: {figures.sources}; Spanish sentences with a figure: {figures.figure_sentences}, "
        f"{figures.tied} of them tied to a source"
    )
    ease = figures.ease
    yield (
        f"ease of reading (INFLESZ, Spanish): median {ease.median}, "
        f"lowest {ease.lowest} ({ease.lowest_in}), {ease.below_floor} below {FLOOR:.0f}; "
        f"phrases of {ease.words} words on average"
    )
    lengths = figures.lengths
    spans = [("first messages", lengths.first), ("steps", lengths.steps)]
    spans.append(("safety texts", lengths.safety))
    yield "characters (median, most): " + "; ".join(f"{n} {a}, {b}" for n, (a, b) in spans)
    yield f"services: {figures.services}; areas: {figures.areas}"
    yield f"errors: {figures.errors}; warnings: {figures.warnings}"
