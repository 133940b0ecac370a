"""A content pack in memory: what the files of one country say, with where each thing stands.

It knows neither files nor the database; equal content has an equal digest.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

USUAL_RANK = 50
SAFETY_PREFIX = "safety."
SAFETY_CLASSES = (
    "self_harm",
    "partner_violence",
    "sexual_violence",
    "trafficking",
    "child_risk",
    "immediate_danger",
    "medical_emergency",
    "aid_worker_abuse",
)
# Whom the bot names by itself: the police, an ambulance, who listens day and night, and where a
# person answers. They are told also while nothing else can be read.
LINES = ("police", "ambulance", "listening", "people")
STEPS = ("what_you_need", "where", "cost", "time", "if_it_goes_wrong")  # in the order of telling


@dataclass(frozen=True, slots=True)
class Place:
    """Where content stands in the pack: shown file name, and the line of each field."""

    path: str
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, field: str) -> int:
        return self.lines.get(field, 1)


@dataclass(frozen=True, slots=True)
class StepContent:
    """One message that may be asked for after an answer; `step` is one of `STEPS`."""

    step: str
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class TopicContent:
    """All that one topic says. `place` does not count for equality or the hash.

    A source's `says` lists the beginnings of the Spanish sentences that it stands for.
    """

    topic: str
    owner: str
    sensitive: bool
    handover: bool
    titles: dict[str, str]
    need: str | None
    related: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]
    texts: dict[str, str]
    more: tuple[StepContent, ...] = ()
    place: Place = field(compare=False, default=Place(""))

    @property
    def is_safety(self) -> bool:
        return self.topic.startswith(SAFETY_PREFIX)

    @property
    def safety_class(self) -> str:
        return self.topic.removeprefix(SAFETY_PREFIX)

    @property
    def languages(self) -> set[str]:
        """Every language that anything is written in."""
        said = (self.titles, self.texts, *(step.texts for step in self.more))
        return {language for texts in said for language in texts}

    def steps_in(self, language: str) -> dict[str, str]:
        """The steps' texts in one language, by step, in the order of telling."""
        return {step.step: step.texts[language] for step in self.more if step.texts.get(language)}

    def every_text(self) -> Iterator[tuple[str, str, str]]:
        """The field, language and text of the first message and of every step."""
        for language, text in self.texts.items():
            yield f"texts.{language}", language, text
        for step in self.more:
            for language, text in step.texts.items():
                yield f"more.{step.step}.{language}", language, text

    def all_texts(self, language: str) -> Iterator[tuple[str, str]]:
        """Everything that is told in one language, with the name of its field in the pack."""
        for name, spoken, text in self.every_text():
            if spoken == language:
                yield name, text

    def digest(self) -> str:
        """Covers all that a reader gets or a rule goes by; the owner is not of the version."""
        steps = [[step.step, step.texts] for step in self.more]
        return digest(
            self.topic,
            self.sensitive,
            self.handover,
            self.titles,
            self.need,
            self.related,
            self.sources,
            self.texts,
            *([steps] if steps else []),  # without any, the digest is that of older versions
        )


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """One service at one location. `area` None means the whole country; of services equally near,
    the one with the lowest `rank` is told first. `opening` is for machines (`content.opening`) and
    `hours` for people; `serves` says whom it is for, `bring` what to bring."""

    key: str
    owner: str
    organisation: str
    names: dict[str, str]
    area: str | None
    address: str | None
    needs: tuple[str, ...]
    rank: int
    phone: str | None
    hours: dict[str, str]
    cost: dict[str, str]
    notes: dict[str, str]
    languages: tuple[str, ...]
    source: dict[str, str]
    opening: tuple[str, ...] = ()
    serves: dict[str, str] = field(default_factory=dict)
    bring: dict[str, str] = field(default_factory=dict)
    place: Place = field(compare=False, default=Place(""))

    def digest(self) -> str:
        later = (self.opening, self.serves, self.bring)
        return digest(
            self.key,
            self.organisation,
            self.names,
            self.area,
            self.address,
            self.needs,
            self.rank,
            self.phone,
            self.hours,
            self.cost,
            self.notes,
            self.languages,
            self.source,
            *(later if any(later) else ()),  # without any, the digest is that of older versions
        )


@dataclass(frozen=True, slots=True)
class AreaContent:
    code: str
    name: str
    aliases: tuple[str, ...]
    population: int
    at: tuple[float, float] | None
    common_word: bool
    place: Place = field(compare=False, default=Place(""))


@dataclass(frozen=True, slots=True)
class PackSettings:
    """`pack.yml`: the words that the other files may use.

    Every text is there in `languages`; in those `in_preparation` some may be. `lines` are the phone
    lines that the bot names by itself (`LINES`), `calling_code` that of the country, and
    `area_codes` the digits of an area's code at each level, the widest level first.
    """

    name: str
    country: str
    languages: tuple[str, ...]
    owners: tuple[str, ...]
    needs: tuple[str, ...]
    safety_owner: str
    left_out: tuple[dict[str, str], ...] = ()
    in_preparation: tuple[str, ...] = ()
    calling_code: str = ""
    area_codes: tuple[int, ...] = ()
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def every_language(self) -> tuple[str, ...]:
        return (*self.languages, *self.in_preparation)


@dataclass(frozen=True, slots=True)
class Pack:
    settings: PackSettings
    topics: tuple[TopicContent, ...]
    services: tuple[ServiceContent, ...]
    areas: tuple[AreaContent, ...]


def digest(*content: object) -> str:
    """SHA-256 of content in one fixed spelling; key order does not matter, list order does."""
    spelled = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()
