"""The console as an application of its own, staff of every role, and a browser-like client."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from shutil import copyfile

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.inbox import Inbox
from bot.lexical import LexicalMatcher
from bot.rehearsing import Rehearser
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.config import Config
from hub.console.build import build_console
from hub.console.headers import SecurityHeaders
from hub.database import Database
from hub.staff.accounts import NewStaff, create_staff
from hub.staff.demonstration import ensure_demonstration_staff
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.bot.understanders import make_hub, with_understanding
from tests.console.bot import read_matcher

ORIGIN = "https://console.test"
PASSWORD = "tres llamas cruzan el puente"
SAME_SITE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@dataclass
class Client:
    """One browser. It sends what a browser sends from a page of ours."""

    http: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(f"/console{path}")

    async def post(
        self, path: str, headers: dict[str, str] | None = None, /, **fields: str
    ) -> httpx.Response:
        return await self.http.post(
            f"/console{path}", data=fields, headers=SAME_SITE if headers is None else headers
        )

    async def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of the first form of the page."""
        html = (await self.get(page)).text
        return {
            name: unescape(found[1])
            for name in ("csrf", "form_id")
            if (found := re.search(rf'name="{name}" value="([^"]*)"', html))
        }

    async def act(self, path: str, page: str = "/account", /, **fields: str) -> httpx.Response:
        """Send a form that was just loaded from `page`."""
        return await self.post(path, **{**await self.hidden(page), **fields})


@dataclass
class ConsoleHarness:
    database: Database
    vault: Vault
    clock: ManualClock
    passwords: Passwords
    app: ASGIApp | None
    secrets: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    _opened: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, **headers: str) -> Client:
        assert self.app is not None
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)
        self._opened.append(http)
        return Client(http)

    async def close(self) -> None:
        for http in self._opened:
            await http.aclose()

    async def add_staff(
        self,
        username: str,
        *roles: Role,
        sub_groups: tuple[str, ...] = ("protection",),
        **more: str,
    ) -> str:
        """A member with the password `PASSWORD`; returns the id."""
        details = NewStaff(
            username,
            more.get("display_name", username.title()),
            more.get("organisation", "Organización A"),
            roles,
            sub_groups,
            more.get("language", "en"),
        )
        kept = await self.passwords.hash_new(PASSWORD)
        async with self.database.write() as session:
            made = await create_staff(
                session, self.vault, details, kept, now=self.clock.now(), actor="cli"
            )
        self.secrets[username], self.ids[username] = made.secret, made.staff_id
        return made.staff_id

    def code(self, username: str) -> str:
        return pyotp.TOTP(self.secrets[username]).at(int(self.clock.now().timestamp()))

    async def sign_in(self, username: str, client: Client | None = None) -> Client:
        """A client signed in through the form, as a person does it."""
        client = client or self.client()
        answer = await client.act(
            "/sign-in",
            "/sign-in",
            username=username,
            password=PASSWORD,
            code=self.code(username),
        )
        assert answer.status_code == 303, answer.text
        return client

    async def sign_in_as(self, role: Role) -> Client:
        """A new member with this role only, named `the_<role>`, signed in."""
        await self.add_staff(f"the_{role}", role)
        return await self.sign_in(f"the_{role}")


def make_app(
    database: Database,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
    *,
    is_demonstration: bool = False,
    public_url: str | None = ORIGIN,
    config: Config | None = None,
    rehearser: Rehearser | None = None,
    inbox: Inbox | None = None,
) -> ASGIApp:
    app = FastAPI(openapi_url=None)
    app.include_router(
        build_console(
            database,
            vault,
            config or Config(),
            clock,
            rehearser=rehearser,
            inbox=inbox,
            passwords=passwords,
            public_url=public_url,
            is_demonstration=is_demonstration,
        )
    )

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError("an error nobody expected")

    return SecurityHeaders(app)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=64, passes=1)


@pytest.fixture
async def console(
    sqlite: Database, vault: Vault, clock: ManualClock, passwords: Passwords
) -> AsyncIterator[ConsoleHarness]:
    app = make_app(sqlite, vault, clock, passwords)
    harness = ConsoleHarness(sqlite, vault, clock, passwords, app)
    yield harness
    await harness.close()


@pytest.fixture
async def demonstration(
    sqlite: Database, vault: Vault, clock: ManualClock, passwords: Passwords
) -> AsyncIterator[ConsoleHarness]:
    async with sqlite.write() as session:
        await ensure_demonstration_staff(session, vault, clock.now())
    app = make_app(sqlite, vault, clock, passwords, is_demonstration=True)
    harness = ConsoleHarness(sqlite, vault, clock, passwords, app)
    yield harness
    await harness.close()


@pytest.fixture(scope="session")
def matcher() -> LexicalMatcher:
    return read_matcher()


@pytest.fixture
async def console_and_hub(
    prepared: Path,
    tmp_path: Path,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
    matcher: LexicalMatcher,
) -> AsyncIterator[tuple[ConsoleHarness, Hub]]:
    """The console beside the whole hub, so that its pages can ask the bot."""
    path = tmp_path / "chasqui.db"
    copyfile(prepared, path)
    hub = with_understanding(await make_hub(f"sqlite:///{path}", vault, clock), matcher)
    app = make_app(hub.database, vault, clock, passwords, rehearser=hub.rehearser, inbox=hub.inbox)
    harness = ConsoleHarness(hub.database, vault, clock, passwords, app)
    yield harness, hub
    await harness.close()
    await hub.close()
