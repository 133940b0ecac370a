"""A content pack in memory: what the files of one country say, with where each thing stands.

It knows neither files nor the database; equal content has an equal digest.
"""

import hashlib
import json
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where content stands in the pack: shown file name, and the line of each field."""

    path: str
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, field: str) -> int:
        return self.lines.get(field, 1)


@dataclass(frozen=True, slots=True)
class TopicContent:
    """All that one topic says. `place` does not count for equality or the hash."""

    topic: str
    owner: str
    sensitive: bool
    handover: bool
    titles: dict[str, str]
    need: str | None
    related: tuple[str, ...]
    sources: tuple[dict[str, str], ...]
    texts: dict[str, str]
    place: Place = field(compare=False, default=Place(""))

    @property
    def is_safety(self) -> bool:
        return self.topic.startswith(SAFETY_PREFIX)

    @property
    def safety_class(self) -> str:
        return self.topic.removeprefix(SAFETY_PREFIX)

    def digest(self) -> str:
        """Covers all that a reader gets or a rule goes by; the owner is not of the version."""
        return digest(
            self.topic,
            self.sensitive,
            self.handover,
            self.titles,
            self.need,
            self.related,
            self.sources,
            self.texts,
        )


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """One service at one location. `area` None means the whole country; of services equally near,
    the one with the lowest `rank` is told first."""

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
    place: Place = field(compare=False, default=Place(""))

    def digest(self) -> str:
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
    """`pack.yml`: the words that the other files may use."""

    name: str
    country: str
    languages: tuple[str, ...]
    owners: tuple[str, ...]
    needs: tuple[str, ...]
    safety_owner: str
    left_out: tuple[dict[str, str], ...] = ()


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
