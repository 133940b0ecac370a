"""How long the server works on each page of the console, over a crowd, beside a trivial page.

The pages come from the console's registry, so a new one is measured without being named here.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import httpx
from fastapi import FastAPI
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.case_desk import COMPLAINTS, REQUESTS
from bot.case_models import Case
from bot.models import Contact
from bot.person_reads import ReadKind
from bot.question_desk import GroupState
from bot.question_models import QuestionGroup
from bot.read_models import PersonRead
from broadcast.models import Delivery, Update
from content.models import Answer, AreaRow, Service
from hub.app.demodata.crowd import Size
from hub.app.demodata.filling import FILLED, Filling
from hub.app.processes import keep_what_was_built
from hub.clock import ManualClock
from hub.config import Config
from hub.console.build import build_console
from hub.console.cookies import SESSION_COOKIE
from hub.console.frame import PREFIX
from hub.console.headers import SecurityHeaders
from hub.console.pages import PAGES
from hub.console.pages.contacts import EXPORT
from hub.console.pages.static_files import STATIC_FILES
from hub.database import Database
from hub.staff import tokens
from hub.staff.accounts import NewStaff, create_staff, is_person
from hub.staff.demonstration import SUB_GROUPS
from hub.staff.enrolment import RESTORE, request_new_access
from hub.staff.models import AuditEntry, EnrolmentLink, Organisation, PendingAct, StaffMember
from hub.staff.powers import Powers, request_powers
from hub.staff.roles import Role
from hub.staff.second_person import Request, request_act
from hub.staff.sessions import start_session
from hub.staff.token_models import ApiToken
from hub.vault import Vault
from tests.benchmarks.both_databases import Place, on_both, on_kept
from tests.benchmarks.figures import Figure, milliseconds

SMALL = Size(contacts=20_000, messages=40_000, broadcasts=100, cases=400)
FULL = Size(contacts=1_000_000, messages=2_000_000, broadcasts=100, cases=5_000)
_SEED = 2026
_MOST_IDS = 6
_ASKED = 24  # requests of each page and repetition
_TRIVIAL = "/nothing"
UNKNOWN = "unknown"
_NAME = re.compile(r"{(\w+)(?::path)?}")
_LINK = "a-link-to-look-at"
_BASE = "https://console.test"


@dataclass
class Timed:
    """ASGI middleware: seconds from the request to the last byte of its answer."""

    app: ASGIApp
    taken: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()

        async def note(message: Message) -> None:
            await send(message)
            if not message.get("more_body", False):
                self.taken = perf_counter() - began

        await self.app(scope, receive, note)


@dataclass
class Pages:
    """A signed-in browser with every right, and the addresses that it asks for."""

    database: Database
    vault: Vault
    now: datetime
    timed: Timed = field(init=False)
    token: str = field(default="", repr=False)

    async def open(self) -> None:
        app = FastAPI(openapi_url=None)
        clock = ManualClock(self.now)
        app.include_router(
            build_console(self.database, self.vault, Config(), clock, public_url=_BASE)
        )
        app.add_api_route(_TRIVIAL, _nothing, response_model=None)
        self.timed = Timed(SecurityHeaders(app))
        self.token = await self._sign_in()

    async def addresses(self) -> dict[str, list[str]]:
        """By route, a few addresses each; `UNKNOWN` for names that nothing here fills in."""
        found = {}
        async with self.database.read() as session:
            for route in PAGES:
                if route.method == "GET":
                    found[route.path] = await _fill_in(session, route.path)
        return found

    async def ask(self, address: str) -> tuple[httpx.Response, float]:
        """The answer, and the seconds that the server took for it."""
        transport = httpx.ASGITransport(self.timed)
        cookies = {SESSION_COOKIE: self.token}
        async with httpx.AsyncClient(
            transport=transport, base_url=_BASE, cookies=cookies
        ) as client:
            return await client.get(address), self.timed.taken

    async def _sign_in(self) -> str:
        details = NewStaff("medidora", "Medidora", "Organización M", tuple(Role), SUB_GROUPS)
        async with self.database.write() as session:
            known = select(StaffMember).where(StaffMember.username == details.username)
            if await session.scalar(known) is None:
                await create_staff(session, self.vault, details, "!", now=self.now, actor="cli")
            member = (await session.scalars(known)).one()
            people = await _look_up_people(session, member, self.now)
            await _ask_for_acts(session, member, people[0], self.now)
            return await start_session(session, member, self.now)


async def _ask_for_acts(
    session: AsyncSession, member: StaffMember, contact_id: str, now: datetime
) -> None:
    """So that there are requests, a token and a link to look at; once for each database."""
    if await session.get(EnrolmentLink, _hash_of_link()) is not None:
        return
    others = select(StaffMember).where(StaffMember.id != member.id)
    # Somebody for whom nothing is asked yet: of a demonstration that is the first by name.
    other = (await session.scalars(others.order_by(StaffMember.username.desc()))).first()
    assert other is not None
    wanted = Powers.chosen([*other.roles, Role.DESK], other.sub_groups)
    await request_act(session, request_powers(other, wanted, "Reemplaza a Ana"), member, now)
    await request_act(session, request_new_access(other, "Perdió el teléfono"), member, now)
    wanted_record = Request(EXPORT, "contact", contact_id, {}, "Lo pidió por escrito")
    await request_act(session, wanted_record, member, now)
    ends = now + timedelta(days=30)
    scopes = tuple(tokens.Scope)
    grant = tokens.Grant("Directorio", other.organisation_id, scopes, ends)
    await tokens.grant_token(session, grant, requested_by=member.id, approved_by=other.id, now=now)
    session.add(
        EnrolmentLink(
            token_hash=_hash_of_link(),
            staff_id=other.id,
            made_by=member.id,
            made_at=now,
            expires_at=ends,
        )
    )


def _hash_of_link() -> bytes:
    return sha256(_LINK.encode()).digest()


async def _look_up_people(
    session: AsyncSession, member: StaffMember, now: datetime
) -> Sequence[str]:
    """Records open only to whoever looked for them by their address, a moment ago."""
    people = list(await session.scalars(select(Contact.id).order_by(Contact.id).limit(_MOST_IDS)))
    for each in people:
        session.add(PersonRead(staff_id=member.id, contact_id=each, kind=ReadKind.RECORD, at=now))
    return people


async def measure(
    folder: Path, repetitions: int, size: Size = SMALL, kept: Path | None = None
) -> list[Figure]:
    """`kept` is a folder that stays filled, for the next time."""
    vault, now = _keys(kept), datetime.now(UTC)

    async def measure_one(place: Place, repetitions: int) -> list[Figure]:
        if not await _is_filled(place.database):
            await Filling(place.database, vault, Config(), now, lambda _: None).fill(size, _SEED)
        await _settle(place)
        pages = Pages(place.database, vault, now)
        await pages.open()
        keep_what_was_built()  # as a hub does that has started
        return await measure_pages(pages, repetitions, f"{place.name}, {size.contacts:,} people")

    if kept is None:
        return await on_both(folder, repetitions, measure_one)
    return await on_kept(kept, repetitions, measure_one)


def _keys(kept: Path | None) -> Vault:
    if kept is None:
        return Vault.generate()
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / "keys.json"
    if not path.exists():
        Vault.generate().save(path)
    return Vault.load(path)


async def _is_filled(database: Database) -> bool:
    """To its end: a folder whose filling was broken off says so when it is filled again."""
    filled = select(AuditEntry.seq).where(AuditEntry.action == FILLED).limit(1)
    async with database.read() as session:
        return await session.scalar(filled) is not None


async def measure_pages(
    pages: Pages, repetitions: int, where: str, asked: int = _ASKED
) -> list[Figure]:
    taken: dict[str, _Series] = {}
    for path, addresses in (await pages.addresses()).items():
        if not addresses:  # a kept folder was filled before there was such a thing to look at
            print(f"not measured, since there is none: {path}", file=sys.stderr)
            continue
        taken[path] = await _measure_page(pages, addresses, repetitions, asked)
    return [
        Figure("pages", f"{path} {name}, {where}", "ms", values, "a trivial page", base)
        for path, series in taken.items()
        for name, values, base in (
            ("p50", series.p50, series.base_p50),
            ("p95", series.p95, series.base_p95),
        )
    ]


@dataclass
class _Series:
    """Milliseconds, one value of each for each repetition."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    base_p50: list[float] = field(default_factory=list)
    base_p95: list[float] = field(default_factory=list)


async def _measure_page(
    pages: Pages, addresses: Sequence[str], repetitions: int, asked: int
) -> _Series:
    series = _Series()
    await pages.ask(addresses[0])  # templates are compiled once, before anybody comes
    for _ in range(repetitions):
        seconds, base = list[float](), list[float]()
        for number in range(asked):
            answer, took = await pages.ask(addresses[number % len(addresses)])
            assert answer.status_code < 500, f"{answer.url.path}: {answer.status_code}"
            seconds.append(took)
            base.append((await pages.ask(_TRIVIAL))[1])
        series.p50.append(milliseconds(seconds, 0.5))
        series.p95.append(milliseconds(seconds, 0.95))
        series.base_p50.append(milliseconds(base, 0.5))
        series.base_p95.append(milliseconds(base, 0.95))
    return series


async def _nothing() -> PlainTextResponse:
    return PlainTextResponse("nothing")


async def _fill_in(session: AsyncSession, path: str) -> list[str]:
    names = _NAME.findall(path)
    if not names:
        return [f"{PREFIX}{path}"]
    values = await _values(session, path, names[0])
    return [PREFIX + _NAME.sub(value, path) for value in values]


async def _values(session: AsyncSession, path: str, name: str) -> Sequence[str]:
    plain = {"name": list(STATIC_FILES)[:_MOST_IDS], "rest": ["nowhere"], "token": [_LINK]}
    if name in plain:
        return plain[name]
    if name == "update_id":
        return await _sample_updates(session)
    last = _SAMPLES.get(path.split("/")[-1])
    sample = last or _SAMPLES.get(name) or _SAMPLES.get(f"{path.split('/')[1]} {name}")
    if sample is None:
        return [UNKNOWN]
    column, which = sample
    query = select(column).where(*which).order_by(column).limit(_MOST_IDS)
    return list(await session.scalars(query))


async def _sample_updates(session: AsyncSession) -> list[str]:
    """The ones with the most copies, and one in each state."""
    size = func.count().desc()
    copies = select(Delivery.update_id).group_by(Delivery.update_id).order_by(size).limit(2)
    one_each = select(func.min(Update.id)).group_by(Update.state)
    return [*await session.scalars(copies), *await session.scalars(one_each)]


async def _settle(place: Place) -> None:
    """As databases are that have run for a while: their statistics known, nothing half merged."""
    async with place.database.engine.connect() as connection:
        await connection.exec_driver_sql("ANALYZE")
        await connection.commit()


_Sample = tuple[InstrumentedAttribute[str], Sequence[ColumnElement[bool]]]
# Whose ids stand in an address, by the name there; with its first part where that is not enough,
# or by its last one where a page needs an object of its own kind.
_SAMPLES: Mapping[str, _Sample] = {
    "answer_id": (Answer.id, ()),
    "service_id": (Service.id, ()),
    "group_id": (QuestionGroup.id, ()),
    "askers": (QuestionGroup.id, (QuestionGroup.state == GroupState.LEARNED,)),
    "organisation_id": (Organisation.id, ()),
    "staff_id": (StaffMember.id, (is_person(),)),
    "requests act_id": (PendingAct.id, ()),
    "staff act_id": (PendingAct.id, (PendingAct.kind == RESTORE.name,)),
    "contacts act_id": (PendingAct.id, (PendingAct.kind == EXPORT.name,)),
    "contact_id": (Contact.id, ()),
    "token_id": (ApiToken.id, ()),
    "code": (AreaRow.code, (AreaRow.parent.is_(None),)),
    "cases case_id": (Case.id, (Case.kind.in_(REQUESTS),)),
    "complaints case_id": (Case.id, (Case.kind.in_(COMPLAINTS),)),
}
