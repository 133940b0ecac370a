"""Makes happen what the plan says, at the moment that it says, and notes it in the history."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from broadcast.errors import UpdateError
from broadcast.states import ENDED
from broadcast.versions import find_update
from tests.chaos.checks import Story
from tests.chaos.fleet import Fleet
from tests.chaos.people import Template
from tests.chaos.plan import Act, Happening, Plan
from tests.chaos.staff import UNAPPROVED, Staff
from tests.chaos.truth import Truth
from tests.servers.faults import FaultKind

_LOOK_SECONDS = 0.01
_LOOKS_UNTIL_STATE = 40
_TOO_MANY = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 1",
    "parameters": {"retry_after": 1},
}


@dataclass
class Nemesis:
    plan: Plan
    update_id: str
    providers: dict[str, str]  # channel → URL
    template: Template
    fleet: Fleet
    staff: Staff
    truth: Truth
    story: Story
    note: Callable[..., None]
    restarts: int = 0
    _meanwhile: list[asyncio.Task[None]] = field(default_factory=list)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.seed)  # noqa: S311

    async def rage(self) -> None:
        acts: dict[Act, Callable[..., Awaitable[None]]] = {
            Act.KILL: self._kill,
            Act.FREEZE: self._freeze,
            Act.RELIEVE: self._relieve,
            Act.KILL_HUB: self._kill_hub,
            Act.RESTART_DATABASE: self._restart_database,
            Act.FAULTS: self._faults,
            Act.OPT_OUT: self._opt_out,
            Act.EDIT: self._edit,
            Act.PAUSE: self._pause,
            Act.STOP: self._stop,
            Act.CORRECT: self._correct,
        }
        for happening in self.plan.happenings:
            if not await self._is_moment_of(happening):
                self.note("too_late", act=happening.act)
                continue
            self.note(happening.act, at=happening.at, **happening.details)
            try:
                await acts[happening.act](**happening.details)
            except UpdateError as error:  # it is over, or stopped: what staff then read on the page
                self.note("refused", act=happening.act, error=type(error).__name__)
        await asyncio.gather(*self._meanwhile)

    async def _is_moment_of(self, happening: Happening) -> bool:
        """Whether so many were reached; False if it is over before."""
        wanted, looks = happening.at * self.plan.people, 0
        while self.truth.read_on() < wanted:
            looks += 1
            if looks % _LOOKS_UNTIL_STATE == 0 and await self._is_over():
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    async def _is_over(self) -> bool:
        try:
            async with self.staff.database.read() as session:
                return (await find_update(session, self.update_id)).state in ENDED
        except (SQLAlchemyError, OSError):
            return False

    async def _kill(self, slot: int) -> None:
        self.fleet.kill(f"sender-{slot % self.plan.senders}")

    async def _freeze(self, slot: int, seconds: float) -> None:
        name = f"sender-{slot % self.plan.senders}"
        self._meanwhile.append(asyncio.create_task(self.fleet.freeze(name, seconds)))

    async def _relieve(self, slot: int) -> None:
        self.fleet.relieve(f"sender-{slot % self.plan.senders}")

    async def _kill_hub(self) -> None:
        self.fleet.kill("hub" if "hub" in self.fleet.places else "sender-0")

    async def _restart_database(self) -> None:
        self.restarts += 1
        await asyncio.to_thread(self.template.crash)

    async def _faults(self, kind: FaultKind, channel: str, times: int) -> None:
        fault: dict[str, Any] = {"kind": kind, "times": times, "status": 502}
        if kind is FaultKind.STATUS:
            fault |= {"status": 429, "body": _TOO_MANY}
        url = f"{self.providers[channel]}/_control/fault"
        async with aiohttp.ClientSession() as client, client.post(url, json=fault) as answer:
            answer.raise_for_status()

    async def _opt_out(self, people: int) -> None:
        stay = [
            p for p in self.template.people if p.is_invited and p.contact_id not in self.story.left
        ]
        for person in self._chance.sample(stay, people):
            self.story.left[person.contact_id] = await self.staff.opt_out(person)

    async def _edit(self) -> None:
        await self.staff.write(UNAPPROVED)  # handed over, and approved by nobody
        if await self.staff.try_to_edit(self.update_id):
            self.story.found.append("words: what was under way could be edited")

    async def _pause(self, seconds: float) -> None:
        before = await self.staff.pause(self.update_id)
        await asyncio.sleep(seconds)
        claims = await self.staff.resume(self.update_id) - before
        if claims:
            self.story.found.append(f"pause: {claims} claims while it was paused")

    async def _stop(self) -> None:
        self.story.claims_at_stop[self.update_id] = await self.staff.stop(self.update_id)

    async def _correct(self) -> None:
        correction, claims = await self.staff.correct(self.update_id)
        self.story.claims_at_stop[self.update_id] = claims
        self.story.corrects[correction] = self.update_id
        self.story.words[correction] = await self.staff.approve(correction)
