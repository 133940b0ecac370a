"""One run: a broadcast, its nemesis, quiet again, and the verdict."""

import asyncio
import contextlib
import json
import shutil
from collections import Counter, deque
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot.messages import SendState
from broadcast.models import Delivery, Update
from broadcast.states import ENDED
from hub.database import Database
from tests.chaos.checks import Story, Verdict, check
from tests.chaos.costs import spent_by
from tests.chaos.fleet import CONTEXT, Fleet, ended, kill, start
from tests.chaos.nemesis import Nemesis
from tests.chaos.people import Template
from tests.chaos.plan import Act, Plan
from tests.chaos.provider import play
from tests.chaos.staff import CORRECTED_TEMPLATES, TEMPLATES, TEXTS, Staff
from tests.chaos.truth import Truth
from tests.chaos.worker import Orders, sign
from tests.ports import free_port

# A machine that is busy with other work may be very slow.
_STARTS_WITHIN_SECONDS = 900.0
_CALMS_WITHIN_SECONDS = 300.0  # without anything that happens
_LOOK_SECONDS = 0.01
_LOOK_AT_END_SECONDS = 0.2
_ACTS = frozenset(Act)
_APPROVES = "approve."
_CHANNELS = 2
_TEMPLATES = (*TEMPLATES.values(), *CORRECTED_TEMPLATES.values())


@dataclass
class Outcome:
    plan: Plan
    verdict: Verdict
    senders_lost: int
    senders_frozen: int
    restarts: int
    calls: int
    died_at: list[str]
    refusals: int  # calls that the provider answered with an error, or not at all
    seconds: float
    processor_seconds: float  # of the processes of the run and of its database
    happened: Counter[str]
    history: list[dict[str, Any]]

    def save(self, folder: Path, *sources: Path) -> None:
        """Everything that somebody needs who wants to know how it came to it."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            {"event": "plan", **asdict(self.plan)},
            *self.history,
            {"event": "verdict", **asdict(self.verdict)},
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "history.jsonl").write_text(text, encoding="utf8")
        for path in sources:
            shutil.copy(path, folder)


@dataclass
class Run:
    plan: Plan
    template: Template
    folder: Path
    name: str
    story: Story = field(default_factory=Story)
    history: list[dict[str, Any]] = field(default_factory=list)
    _began: float = field(default_factory=monotonic)

    def note(self, event: str, **more: Any) -> None:
        self.history.append({"after": round(monotonic() - self._began, 3), "event": event, **more})

    async def go(self) -> Outcome:
        self.folder.mkdir()
        self.template.vault.save(self.folder / "keys.json")
        url, port = await asyncio.to_thread(self.template.copy, self.name), free_port()
        provider, urls = await self._start_provider(port)
        database = Database(url, pool_size=3)
        before = self.template.spent_seconds
        orders = Orders(
            url, self.folder, self.template.examples, *urls, self.plan.in_flight, True, None, ""
        )
        try:
            outcome = await self._send(database, orders, port)
            by_provider = spent_by(provider.pid or 0)
        finally:
            await kill(provider)
            await database.close()
        outcome.processor_seconds += by_provider + self.template.spent_seconds - before
        return outcome

    async def _start_provider(self, port: int) -> tuple[BaseProcess, tuple[str, str]]:
        here, there = CONTEXT.Pipe()
        behaviour = {
            "statuses": self.plan.statuses,
            "repeats": self.plan.repeats,
            "shuffled": True,
            "templates": {each.sid: each.body for each in _TEMPLATES},
        }
        log = self.folder / "provider.log"
        log.touch()
        process = start(play, log, f"http://127.0.0.1:{port}", behaviour, there)
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            while not here.poll():
                await asyncio.sleep(_LOOK_SECONDS)
        telegram, twilio = here.recv()
        return process, (telegram, twilio)

    async def _send(self, database: Database, orders: Orders, port: int) -> Outcome:
        staff = Staff(database, self.template.vault, self.template.staff, self.plan.has_templates)
        truth, fleet = Truth(self.folder / "provider.log"), Fleet(self.note, deque())
        update_id = await self._approve(staff, orders, fleet)
        self._start_first(fleet, orders, port)
        watching = asyncio.create_task(fleet.watch())
        nemesis = Nemesis(
            plan=self.plan,
            update_id=update_id,
            providers={"telegram": orders.telegram, "whatsapp": orders.twilio},
            template=self.template,
            fleet=fleet,
            staff=staff,
            truth=truth,
            story=self.story,
            note=self.note,
        )
        try:
            await self._start_others(fleet, orders, truth)
            await nemesis.rage()
            await self._until_calm(database, orders.twilio)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await fleet.end()
        truth.read_on()
        return await self._judge(database, truth, fleet, nemesis)

    async def _approve(self, staff: Staff, orders: Orders, fleet: Fleet) -> str:
        update_id = await staff.write(TEXTS)
        fleet.deaths.extend(self.plan.deaths)
        while fleet.deaths and fleet.deaths[0].startswith(_APPROVES):
            dying = replace(orders, name="approval", failpoint=fleet.deaths.popleft())
            code = await ended(start(sign, dying, update_id, staff.members["approver"]))
            self.note("died", process="approval", why=dying.failpoint, code=code)
            fleet.died_at.append(str(dying.failpoint))
        self.story.words[update_id] = await staff.approve(update_id)
        return update_id

    def _start_first(self, fleet: Fleet, orders: Orders, port: int) -> None:
        """On SQLite it takes in receipts too; on PostgreSQL another process does."""
        is_alone = self.template.server is None
        first = replace(orders, name="sender-0", port=port if is_alone else None)
        fleet.add(fleet.arm(first))
        if not is_alone:
            fleet.add(replace(orders, name="hub", sends=False, port=port))

    async def _start_others(self, fleet: Fleet, orders: Orders, truth: Truth) -> None:
        """Once the first is past the beginning, where it may have to die."""
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            while truth.read_on() == 0:
                await asyncio.sleep(_LOOK_SECONDS)
        for number in range(1, self.plan.senders):
            fleet.add(fleet.arm(replace(orders, name=f"sender-{number}")))

    async def _until_calm(self, database: Database, twilio: str) -> None:
        """Nothing more goes wrong: everything must come to its end by itself."""
        self.note("calm")
        async with aiohttp.ClientSession() as client:
            left, until = None, monotonic() + _CALMS_WITHIN_SECONDS
            while monotonic() < until:
                before = left
                # Right after a restart of the database the connection asked last is closed.
                with contextlib.suppress(OperationalError):
                    left = await self._count_left(database, client, twilio)
                    if not any(left):
                        return
                if left != before:
                    until = monotonic() + _CALMS_WITHIN_SECONDS
                await asyncio.sleep(_LOOK_AT_END_SECONDS)
        self.story.found.append(f"lost: it did not come to an end, left are {left}")

    async def _count_left(
        self, database: Database, client: aiohttp.ClientSession, twilio: str
    ) -> tuple[int, int, int]:
        """Copies that are open, updates that are under way, receipts that are on their way."""
        open_rows = select(func.count()).where(
            Delivery.state.in_((SendState.QUEUED, SendState.SENDING))
        )
        going = select(func.count()).where(
            Update.id.in_(list(self.story.words)), Update.state.not_in(ENDED)
        )
        async with database.read() as session:
            copies = await session.scalar(open_rows) or 0
            updates = await session.scalar(going) or 0
        return copies, updates, await _count_callbacks(client, twilio)

    async def _judge(
        self, database: Database, truth: Truth, fleet: Fleet, nemesis: Nemesis
    ) -> Outcome:
        window = self.plan.in_flight * _CHANNELS
        lost = fleet.senders_lost + fleet.senders_frozen + nemesis.restarts * self.plan.senders
        doubtful = sum(call.is_doubtful for call in truth.calls)
        self.story.most_in_doubt = window * lost + doubtful
        self.story.found += [f"process: {each}" for each in fleet.strange_ends]
        verdict = await check(database, self.template.people, truth, self.story)
        return Outcome(
            plan=self.plan,
            verdict=verdict,
            senders_lost=fleet.senders_lost,
            senders_frozen=fleet.senders_frozen,
            restarts=nemesis.restarts,
            calls=len(truth.calls),
            died_at=fleet.died_at,
            refusals=sum(call.fault is not None for call in truth.calls),
            seconds=monotonic() - self._began,
            processor_seconds=sum(each.spent for each in fleet.places.values()),
            happened=Counter(each["event"] for each in self.history if each["event"] in _ACTS),
            history=self.history,
        )


async def _count_callbacks(client: aiohttp.ClientSession, twilio: str) -> int:
    async with client.get(f"{twilio}/_control/calm") as answer:
        return int((await answer.json())["callbacks"])
