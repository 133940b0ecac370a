"""One run: a broadcast, its nemesis, quiet again, and the verdict."""

import asyncio
import json
import multiprocessing.connection
import shutil
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bot.messages import SendState
from broadcast.models import Delivery, Update
from broadcast.states import ENDED
from hub.database import Database
from tests.chaos.checks import Story, Verdict, check
from tests.chaos.fleet import CONTEXT, Fleet, ended, kill, start
from tests.chaos.nemesis import Nemesis
from tests.chaos.people import Template
from tests.chaos.plan import Plan
from tests.chaos.provider import play
from tests.chaos.staff import TEXTS, Staff
from tests.chaos.truth import Truth
from tests.chaos.worker import Orders, sign
from tests.end_to_end.process import free_port

_CALMS_WITHIN_SECONDS = 120.0
_APPROVES = "approve."
_CHANNELS = 2


@dataclass
class Outcome:
    plan: Plan
    verdict: Verdict
    senders_lost: int
    restarts: int
    died_at: list[str]
    refusals: int  # calls that the provider answered with an error, or not at all
    seconds: float
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
        url, port = self.template.copy(self.name), free_port()
        provider, urls = self._start_provider(port)
        database = Database(url, pool_size=3)
        orders = Orders(url, self.folder, *urls, self.plan.in_flight, True, None, "")
        try:
            return await self._send(database, orders, port)
        finally:
            await kill(provider)
            await database.close()

    def _start_provider(self, port: int) -> tuple[BaseProcess, tuple[str, str]]:
        here, there = CONTEXT.Pipe()
        behaviour = {
            "statuses": self.plan.statuses,
            "repeats": self.plan.repeats,
            "shuffled": True,
        }
        log = self.folder / "provider.log"
        log.touch()
        process = start(play, log, f"http://127.0.0.1:{port}", behaviour, there)
        if not multiprocessing.connection.wait([here], timeout=30):
            raise RuntimeError("the provider did not start")
        telegram, twilio = here.recv()
        return process, (telegram, twilio)

    async def _send(self, database: Database, orders: Orders, port: int) -> Outcome:
        staff = Staff(database, self.template.vault, self.template.staff)
        truth, fleet = Truth(self.folder / "provider.log"), Fleet(self.note, deque())
        update_id = await self._approve(staff, orders, fleet)
        self._start_first(fleet, orders, port)
        watching = asyncio.create_task(fleet.watch())
        nemesis = Nemesis(
            plan=self.plan,
            update_id=update_id,
            people=self.template.people,
            providers={"telegram": orders.telegram, "whatsapp": orders.twilio},
            server=self.template.server,
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
        async with asyncio.timeout(_CALMS_WITHIN_SECONDS):
            while truth.read_on() == 0:
                await asyncio.sleep(0.01)
        for number in range(1, self.plan.senders):
            fleet.add(fleet.arm(replace(orders, name=f"sender-{number}")))

    async def _until_calm(self, database: Database, twilio: str) -> None:
        """Nothing more goes wrong: everything must come to its end by itself."""
        self.note("calm")
        try:
            async with asyncio.timeout(_CALMS_WITHIN_SECONDS):
                while not await self._is_over(database):
                    await asyncio.sleep(0.1)
                async with aiohttp.ClientSession() as client:
                    while await _count_callbacks(client, twilio):
                        await asyncio.sleep(0.1)
        except TimeoutError:
            self.story.found.append("lost: it did not come to an end")

    async def _is_over(self, database: Database) -> bool:
        open_rows = select(func.count()).where(
            Delivery.state.in_((SendState.QUEUED, SendState.SENDING))
        )
        going = select(func.count()).where(
            Update.id.in_(list(self.story.words)), Update.state.not_in(ENDED)
        )
        async with database.read() as session:
            return not await session.scalar(open_rows) and not await session.scalar(going)

    async def _judge(
        self, database: Database, truth: Truth, fleet: Fleet, nemesis: Nemesis
    ) -> Outcome:
        window = self.plan.in_flight * _CHANNELS
        lost = fleet.senders_lost + nemesis.restarts * self.plan.senders
        doubtful = sum(call.is_doubtful for call in truth.calls)
        self.story.most_in_doubt = window * lost + doubtful
        self.story.found += [f"process: {each}" for each in fleet.strange_ends]
        verdict = await check(database, self.template.people, truth, self.story)
        return Outcome(
            plan=self.plan,
            verdict=verdict,
            senders_lost=fleet.senders_lost,
            restarts=nemesis.restarts,
            died_at=fleet.died_at,
            refusals=sum(call.fault is not None for call in truth.calls),
            seconds=monotonic() - self._began,
            history=self.history,
        )


async def _count_callbacks(client: aiohttp.ClientSession, twilio: str) -> int:
    async with client.get(f"{twilio}/_control/calm") as answer:
        return int((await answer.json())["callbacks"])
