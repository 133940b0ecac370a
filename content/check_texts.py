"""The rules for what people read: lengths, wording, agreement of languages, ease of reading."""

from dataclasses import dataclass

from content.agreement import find_differences
from content.findings import Findings
from content.pack import PackSettings, TopicContent
from content.readability import FLOOR, read_ease
from content.wording import asks_for_identity, count_sentence_words, find_sensitive_word

SHORTEST_TEXT = 150
LONGEST_TEXT = 600
LONGEST_SAFETY_TEXT = 1000  # still one message on every channel
SHORTEST_STEP = 60
LONGEST_STEP = 400
LONGEST_TITLE = 24  # a WhatsApp list row
LONGEST_AVERAGE_SENTENCE = 20
LOCK_SCREEN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Note:
    """Where the findings about one topic go."""

    topic: TopicContent
    findings: Findings

    def error(self, field: str, message: str) -> None:
        place = self.topic.place
        self.findings.error(place.path, place.line_of(field), self._shown(field), message)

    def warn(self, field: str, message: str) -> None:
        place = self.topic.place
        self.findings.warn(place.path, place.line_of(field), self._shown(field), message)

    def _shown(self, field: str) -> str:
        return f"{self.topic.safety_class}.{field}" if self.topic.is_safety else field


def check_titles(topic: TopicContent, settings: PackSettings, note: Note) -> None:
    if topic.is_safety:
        return
    check_languages("title", topic.titles, settings, note)
    for language, title in topic.titles.items():
        if len(title) > LONGEST_TITLE:
            excess = f"{len(title)} characters; a button holds {LONGEST_TITLE}"
            note.error(f"title.{language}", f"has {excess}: shorten it")


def check_texts(topic: TopicContent, settings: PackSettings, note: Note) -> None:
    """The first message and every step."""
    check_languages("texts", topic.texts, settings, note)
    for step in topic.more:
        check_languages(f"more.{step.step}", step.texts, settings, note)
    for field, language, text in topic.every_text():
        _check_length(topic, field, text, note)
        _check_wording(topic, field, text, note)
        if language == "es":
            _check_ease(field, text, note)
    _check_agreement("texts", topic.texts, note)
    for step in topic.more:
        _check_agreement(f"more.{step.step}", step.texts, note)


def check_languages(field: str, texts: dict[str, str], settings: PackSettings, note: Note) -> None:
    """A language in preparation may lack; its figures tell how far it is."""
    for language in settings.languages:
        if language not in texts:
            note.error(field, f"lacks the language {language}; add it")
    for language in sorted(texts.keys() - {*settings.every_language}):
        known = ", ".join(settings.every_language)
        message = f"unknown language; known are {known}: name it `in_preparation` in pack.yml"
        note.error(f"{field}.{language}", message)


def lengths_of(topic: TopicContent, field: str) -> tuple[int, int]:
    """The fewest and the most characters that a text of this field may have."""
    if field.startswith("more."):
        return SHORTEST_STEP, LONGEST_STEP
    return SHORTEST_TEXT, LONGEST_SAFETY_TEXT if topic.is_safety else LONGEST_TEXT


def _check_length(topic: TopicContent, field: str, text: str, note: Note) -> None:
    shortest, longest = lengths_of(topic, field)
    if len(text) > longest:
        note.error(field, f"has {len(text)} characters, {longest} are allowed: shorten it")
    if len(text) < shortest:
        note.error(field, f"has {len(text)} characters, {shortest} are needed: say what to do")


def _check_wording(topic: TopicContent, field: str, text: str, note: Note) -> None:
    if asked := asks_for_identity(text):
        note.error(field, f"asks for identity data ({asked!r}); people must never send it here")
    word = find_sensitive_word(text[:LOCK_SCREEN_CHARACTERS]) if topic.sensitive else None
    if word:
        note.error(field, f"shows {word!r} on a locked screen; begin with neutral words")
    average = count_sentence_words(text)
    if average > LONGEST_AVERAGE_SENTENCE:
        note.warn(field, f"sentences have {average:.0f} words on average; aim at 15")


def _check_ease(field: str, text: str, note: Note) -> None:
    ease = read_ease(text)
    if ease is not None and ease.perspicuity < FLOOR:
        figure = f"{ease.perspicuity:.0f} on the INFLESZ scale, below {FLOOR:.0f}"
        note.warn(field, f"is hard to read ({figure}); use shorter words and sentences")


def _check_agreement(field: str, texts: dict[str, str], note: Note) -> None:
    """Numbers, phones, dates and addresses must be the same everywhere; Spanish is the measure."""
    spanish = texts.get("es")
    for language, text in texts.items():
        if language == "es" or spanish is None:
            continue
        differences = find_differences(spanish, text, language)
        if differences:
            note.error(f"{field}.{language}", f"{', '.join(differences)} against Spanish")
