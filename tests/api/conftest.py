"""The partner API as an application of its own, with verified content and tokens to ask it with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from broadcast.policy import Policy
from content.voice import read_voice
from hub.api.build import PREFIX, build_api
from hub.clock import ManualClock
from hub.config import ApiSettings, Config
from hub.console.headers import SecurityHeaders
from hub.database import Database
from hub.staff.models import StaffMember
from hub.staff.tokens import Grant, Scope, grant_token, reveal_secret
from tests.content.conftest import Desk, open_desk
from tests.content.packs import add_member

CONFIG = Config(api=ApiSettings(requests_per_minute=5000, strangers_per_minute=5000))
ORIGIN = "https://hub.test"
DAY = timedelta(days=1)


def make_app(
    database: Database,
    clock: ManualClock,
    config: Config = CONFIG,
    *,
    is_demonstration: bool = False,
) -> ASGIApp:
    phrases = read_voice(config).phrases
    policy = Policy.build(config, phrases)
    app = FastAPI(openapi_url=None)
    app.mount(
        PREFIX,
        build_api(database, clock, config, policy, phrases, is_demonstration=is_demonstration),
    )
    return SecurityHeaders(app)


def open_client(app: ASGIApp, token: str = "", address: str = "203.0.113.9") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40_000))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN + PREFIX, headers=headers)


@dataclass
class Partner:
    """An organisation that asks the API. `admins` are the two who give tokens."""

    desk: Desk
    app: ASGIApp
    admins: tuple[StaffMember, StaffMember]
    _opened: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.desk.database

    @property
    def clock(self) -> ManualClock:
        return self.desk.clock

    async def add_token(self, *scopes: Scope, days: int = 30, name: str = "Web") -> tuple[str, str]:
        """The id of the token, and the token. It is of the first admin's organisation."""
        asked, agreed = self.admins
        grant = Grant(name, asked.organisation_id, scopes, self.clock.now() + days * DAY)
        now = self.clock.now()
        async with self.database.write() as session:
            row = await grant_token(
                session, grant, requested_by=asked.id, approved_by=agreed.id, now=now
            )
            return row.id, await reveal_secret(session, row.id, actor=asked.id, now=now)

    def client(self, token: str = "", address: str = "203.0.113.9") -> httpx.AsyncClient:
        client = open_client(self.app, token, address)
        self._opened.append(client)
        return client

    async def client_for(self, *scopes: Scope) -> httpx.AsyncClient:
        return self.client((await self.add_token(*scopes))[1])

    async def close(self) -> None:
        for client in self._opened:
            await client.aclose()


async def open_partner(desk: Desk) -> Partner:
    async with desk.database.write() as session:
        asks = await add_member(session, "alba", roles=("admin",))
        agrees = await add_member(session, "bruno", roles=("admin",))
    return Partner(desk, make_app(desk.database, desk.clock), (asks, agrees))


@pytest.fixture
async def partner(sqlite: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Partner]:
    opened = await open_partner(await open_desk(sqlite, clock, tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
async def each_partner(
    database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Partner]:
    """The same on SQLite and on PostgreSQL."""
    opened = await open_partner(await open_desk(database, clock, tmp_path))
    yield opened
    await opened.close()


def keys(page: httpx.Response, name: str = "key") -> list[Any]:
    assert page.status_code == 200, page.text
    return [item[name] for item in page.json()["items"]]
