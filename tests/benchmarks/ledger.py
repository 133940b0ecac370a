"""Receipts folded a second, and an update's expansion to 100,000 people, beside the bare driver."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import func, select

from bot.messages import Receipt, SendState
from bot.outbox import Outbox
from bot.sender import fold_receipts
from broadcast.models import Delivery
from hub.clock import ManualClock
from hub.vault import Vault
from tests.benchmarks.both_databases import Bare, Place, on_both
from tests.benchmarks.figures import Figure
from tests.benchmarks.population import add_strangers
from tests.broadcast.scene import Scene

PEOPLE = 100_000
_MOST_EXPANSIONS = 2  # each takes seconds
_AT_ONCE = 500  # what webhooks gather at most
_SINGLY = 100
_TOGETHER = 3_000
_STATES = (SendState.SENT, SendState.DELIVERED, SendState.READ)

# What the expansion writes, without its window over a person's addresses and its choice of words.
_BARE_EXPANSION = (
    "INSERT INTO deliveries"
    " (id, update_id, contact_id, address_id, channel, language, state, attempts, due_at)"
    " SELECT substr(a.id, 1, 20) || :mark, :update_id, c.id, a.id, a.channel, c.language,"
    " 'queued', 0, :now"
    " FROM contacts c JOIN addresses a ON a.contact_id = c.id WHERE a.opted_in_at IS NOT NULL"
)


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    return await on_both(folder, repetitions, _measure)


async def _measure(place: Place, repetitions: int) -> list[Figure]:
    now = datetime.now(UTC)
    scene = Scene(place.database, Vault.generate(), ManualClock(now))
    await scene.hire()
    await add_strangers(place.database, PEOPLE, now)
    expanded, bare_expanded, folding = [], [], _Folding()
    for number in range(repetitions):
        if number < _MOST_EXPANSIONS:
            target = await scene.compose()
            for turn in (0, 1):  # each goes first in turn: the second meets a larger table
                if turn == number % 2:
                    seconds, update_id = await expand(scene, PEOPLE)
                    expanded.append(PEOPLE / seconds)
                    continue
                with place.bare() as bare:
                    taken = expand_bare(bare, target, f"{number:06}", now)
                    bare_expanded.append(PEOPLE / taken)
        await folding.measure(place, scene, update_id)
    what = f"update expanded to {PEOPLE:,} people, {place.name}"
    plain = "bare INSERT … SELECT"
    return [
        *folding.figures(place),
        Figure("ledger", what, "people/s", expanded, plain, bare_expanded),
    ]


async def expand(scene: Scene, people: int) -> tuple[float, str]:
    """Seconds that the step took which begins an update, and the update's id."""
    update_id = await scene.approved()
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    began = perf_counter()
    await scene.tick()
    seconds = perf_counter() - began
    assert (await scene.read(update_id)).people == people
    return seconds, update_id


def expand_bare(bare: Bare, update_id: str, mark: str, now: datetime) -> float:
    moment = now.isoformat(" ") if bare.is_sqlite else now
    began = perf_counter()
    bare.run(_BARE_EXPANSION, mark=mark, update_id=update_id, now=moment)
    bare.commit()
    return perf_counter() - began


class _Folding:
    """Receipts a second: one a transaction, fifty a transaction, and one by the bare driver."""

    def __init__(self) -> None:
        self.singly: list[float] = []
        self.together: list[float] = []
        self.bare: list[float] = []

    async def measure(self, place: Place, scene: Scene, update_id: str) -> None:
        ids = await _accept_some(place, update_id, _SINGLY + _TOGETHER)
        few, many = ids[:_SINGLY], ids[_SINGLY:]
        self.singly.append(await _fold(scene, _receipts(few), 1))
        self.together.append(await _fold(scene, _receipts(many), _AT_ONCE))
        with place.bare() as bare:
            self.bare.append(_update_singly(bare, few))
        query = select(func.count()).where(Delivery.id.in_(ids), Delivery.state == SendState.READ)
        async with place.database.read() as session:
            assert await session.scalar(query) == len(ids), "not all receipts were folded"

    def figures(self, place: Place) -> list[Figure]:
        rows = (("one by one", self.singly), (f"{_AT_ONCE} at once", self.together))
        return [
            Figure(
                "ledger",
                f"receipts folded {how}, {place.name}",
                "receipts/s",
                values,
                "bare UPDATE and commit each",
                self.bare,
            )
            for how, values in rows
        ]


async def _accept_some(place: Place, update_id: str, number: int) -> list[str]:
    """Deliveries that the provider has; returns their ids."""
    query = (
        select(Delivery)
        .where(Delivery.update_id == update_id, Delivery.state == SendState.QUEUED)
        .limit(number)
    )
    async with place.database.write() as session:
        rows = (await session.scalars(query)).all()
        for row in rows:
            row.state, row.provider_id = SendState.ACCEPTED, f"SM{row.id}"
        return [row.id for row in rows]


def _receipts(ids: Sequence[str]) -> list[Receipt]:
    return [
        Receipt("telegram", f"SM{each}", state, send_id=each) for state in _STATES for each in ids
    ]


async def _fold(scene: Scene, receipts: Sequence[Receipt], at_once: int) -> float:
    """As webhooks do it: the outbox is asked first, and knows none of these."""
    lanes = (Outbox(scene.database, scene.vault), scene.deliveries())
    began = perf_counter()
    for start in range(0, len(receipts), at_once):
        await fold_receipts(lanes, receipts[start : start + at_once], scene.clock)
    return len(receipts) / (perf_counter() - began)


def _update_singly(bare: Bare, ids: Sequence[str]) -> float:
    began = perf_counter()
    for state in _STATES:
        for each in ids:
            bare.run("UPDATE deliveries SET state = :state WHERE id = :id", state=state, id=each)
            bare.commit()
    return len(ids) * len(_STATES) / (perf_counter() - began)
