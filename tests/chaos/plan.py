"""What goes wrong in one run, and when: drawn from the seed alone.

Moments are shares of the people reached, not seconds, so that a slow machine sees the same story.
Where exactly a process is when it happens is the machine's: two runs of a seed are not the same.
"""

import random
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.servers.faults import FaultKind

_ROOT = Path(__file__).parent.parent.parent
_HIT = re.compile(r'\bhit\("([a-z_.]+)"\)')
_ONCE = ("approve.", "expand.", "tick.", "deliveries.claimed")  # few of these in a run
_PAUSES = (0.3, 1.0)  # seconds
_STORM = (5, 25)  # calls that are told to wait a second; about seven of them come each second
_FROZEN = (8.0, 10.0)  # longer than a lease, and than the next look for leases that are over
_END = 0.6  # before this no update is stopped
_WHILE_WHATSAPP = (0.0, 0.12)  # it has fewer people and is done before the others


class Act(StrEnum):
    KILL = "kill"  # kill -9 of a sending process
    FREEZE = "freeze"  # a sending process stands still until long after its leases, then goes on
    RELIEVE = "relieve"  # SIGTERM: it ends what it has in hand, and another takes its place
    KILL_HUB = "kill_hub"  # of the one that takes in receipts
    RESTART_DATABASE = "restart_database"
    FAULTS = "faults"  # of a provider
    OPT_OUT = "opt_out"
    EDIT = "edit"  # somebody tries to change what is under way, and writes on another draft
    PAUSE = "pause"  # and resume
    STOP = "stop"
    CORRECT = "correct"


@dataclass(frozen=True)
class Happening:
    """`at` is the share of the people that the provider has accepted messages for."""

    at: float
    act: Act
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """`deaths` are armed failpoints: each start of a sender takes the next."""

    seed: int
    people: int
    senders: int
    in_flight: int
    statuses: tuple[str, ...]
    repeats: int
    has_templates: bool
    deaths: tuple[str, ...]
    happenings: tuple[Happening, ...]


def sending_points() -> list[str]:
    """The failpoints that an update meets from its approval on, as the source has them."""
    files = [_ROOT / "bot" / "sender.py", *sorted((_ROOT / "broadcast").glob("*.py"))]
    return [name for path in files for name in _HIT.findall(path.read_text(encoding="utf8"))]


def draw(seed: int, number: int, people: int, *, on_postgres: bool) -> Plan:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - for a story, not for a secret
    in_flight = chance.randint(4, 8) if people < 1000 else chance.randint(16, 64)
    happenings = [
        *_kills(chance, people, on_postgres=on_postgres),
        *_faults(chance, 3 if people < 1000 else 10),
        *_staff(chance),
        *(_at(chance, Act.OPT_OUT, people=chance.randint(1, 5)) for _ in range(4)),
    ]
    return Plan(
        seed=seed,
        people=people,
        senders=2 if on_postgres else 1,
        in_flight=in_flight,
        statuses=chance.choice([("sent", "delivered"), ("delivered", "sent"), ("delivered",)]),
        repeats=chance.randint(1, 2),
        has_templates=chance.random() < 0.5,
        deaths=tuple(_deaths(chance, seed, number, in_flight)),
        happenings=tuple(sorted(happenings, key=lambda each: each.at)),
    )


def _deaths(chance: random.Random, seed: int, number: int, in_flight: int) -> list[str]:
    """Half of all points, so that two runs meet all of them; in the order of an update's life."""
    deck = sending_points()
    random.Random(seed + number // 2).shuffle(deck)  # noqa: S311
    half = len(deck) // 2
    dealt = deck[:half] if number % 2 == 0 else deck[half:]
    order = ("approve", "tick", "expand")
    first = [point for part in order for point in sorted(dealt) if point.startswith(f"{part}.")]
    later = [point for point in dealt if point not in first]
    return [
        point if point.startswith(_ONCE) else f"{point}:{chance.randint(1, in_flight)}"
        for point in first + later
    ]


def _kills(chance: random.Random, people: int, *, on_postgres: bool) -> list[Happening]:
    times = chance.randint(1, 2 if people < 1000 else 6)
    found = [_at(chance, Act.KILL, slot=chance.randint(0, 1)) for _ in range(times)]
    found.append(Happening(round(chance.uniform(*_WHILE_WHATSAPP), 3), Act.KILL_HUB))
    found.append(_at(chance, Act.RELIEVE, slot=chance.randint(0, 1)))
    if on_postgres and chance.random() < 0.4:  # alone, nobody takes up what it held
        seconds = round(chance.uniform(*_FROZEN), 2)
        found.append(_at(chance, Act.FREEZE, slot=chance.randint(0, 1), seconds=seconds))
    if on_postgres and chance.random() < 0.5:
        found.append(_at(chance, Act.RESTART_DATABASE))
    return found


def _faults(chance: random.Random, most: int) -> list[Happening]:
    doubtful = [
        FaultKind.RESET,
        FaultKind.RESET_AFTER,
        FaultKind.STATUS_AFTER,
        FaultKind.CUT_OFF,
        FaultKind.TRUNCATED,
    ]
    found = [
        _at(
            chance,
            Act.FAULTS,
            kind=chance.choice(doubtful),
            channel="telegram",
            times=chance.randint(1, most),
        )
        for _ in range(chance.randint(2, 2 + most))
    ]
    early: dict[str, Any] = {"kind": chance.choice(doubtful), "channel": "whatsapp", "times": most}
    storm: dict[str, Any] = {
        "kind": FaultKind.STATUS,
        "channel": "telegram",
        "times": chance.randint(*_STORM),
    }
    return [
        *found,
        Happening(round(chance.uniform(*_WHILE_WHATSAPP), 3), Act.FAULTS, early),
        _at(chance, Act.FAULTS, **storm),
    ]


def _staff(chance: random.Random) -> list[Happening]:
    """What needs an update that is under way comes before its end."""
    found = [_at(chance, Act.EDIT, until=_END)]
    found += [
        _at(chance, Act.PAUSE, until=_END, seconds=round(chance.uniform(*_PAUSES), 2))
        for _ in range(chance.randint(1, 2))
    ]
    end = chance.random()
    if end < 0.5:
        act = Act.STOP if end < 0.2 else Act.CORRECT
        found.append(Happening(round(chance.uniform(_END, 0.9), 3), act))
    return found


def _at(chance: random.Random, act: Act, until: float = 0.9, **details: Any) -> Happening:
    return Happening(round(chance.uniform(0.02, until), 3), act, details)
