"""Fills a demonstration's database: content, people, messages, then the past in its order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from bot.channels.registry import SIMULATED
from bot.models import Address
from broadcast.census_taking import CensusTaking
from broadcast.keeping import Keeping
from broadcast.policy import Policy
from broadcast.results import RECKONERS
from content.models import AreaRow
from hub.app.demodata.access import plan_access
from hub.app.demodata.cases import Handlers, plan_cases
from hub.app.demodata.content import plan_content
from hub.app.demodata.crowd import DAYS, Crowd, Size, gather_crowd
from hub.app.demodata.figures import add_figures, add_tellings
from hub.app.demodata.messages import add_messages, read_told
from hub.app.demodata.past import Past
from hub.app.demodata.people import add_people
from hub.app.demodata.questions import add_questions
from hub.app.demodata.updates import Staff, plan_updates
from hub.app.demonstration import DemonstrationError, prepare_demonstration
from hub.clock import ManualClock
from hub.config import Config
from hub.database import Database
from hub.i18n import Phrases
from hub.staff.audit import record_act
from hub.staff.models import AuditEntry, StaffMember
from hub.vault import Vault

FILLED = "demo_data"  # the act with which a filling ends
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Filling:
    """`tell` hears what is being done; `seed` decides everything that is drawn."""

    database: Database
    vault: Vault
    config: Config
    now: datetime
    tell: Tell

    async def fill(self, size: Size, seed: int) -> None:
        """Raise `DemonstrationError` where real staff or people are, or a crowd already."""
        await refuse_people(self.database)
        self.tell("content")
        begun = ManualClock(self.now - timedelta(days=DAYS))
        await prepare_demonstration(self.database, self.vault, begun, self.config.pack)
        crowd = await self._gather(size, seed)
        past = Past()
        await self._plan(past, crowd, size)
        self.tell("people")
        async with self.database.write() as session:
            await add_people(session, self.vault, crowd)
        self.tell("messages")
        async with self.database.write() as session:
            kept = timedelta(days=self.config.retention.message_days)
            told = await read_told(session)
            await add_messages(session, self.vault, crowd, told, kept)
            await add_questions(session, self.vault, crowd)
            await add_figures(session, crowd, told, ZoneInfo(self.config.timezone))
            await add_tellings(session, crowd, told)
        self.tell("updates, cases, content")
        await past.happen(self.database)
        keeping = Keeping(self.database, ManualClock(self.now), RECKONERS)
        while await keeping.step():
            pass
        policy = Policy.build(self.config, Phrases("bot", self.config.languages))
        await CensusTaking(self.database, policy, ManualClock(self.now)).step()
        async with self.database.write() as session:
            details = {"seed": seed, "contacts": size.contacts}
            await record_act(session, self.now, "cli", FILLED, "database", "-", **details)

    async def _gather(self, size: Size, seed: int) -> Crowd:
        async with self.database.read() as session:
            rows = (await session.scalars(select(AreaRow).order_by(AreaRow.code))).all()
        return gather_crowd(seed, size, [(row.code, row.population) for row in rows], self.now)

    async def _plan(self, past: Past, crowd: Crowd, size: Size) -> None:
        policy = Policy.build(self.config, Phrases("bot", self.config.languages))
        async with self.database.read() as session:
            ids = {
                member.username: member.id for member in await session.scalars(select(StaffMember))
            }
            staff = Staff(ids["autora"], ids["verificador"], ids["aprobadora"])
            await plan_content(session, past, staff, self.now)
        plan_updates(past, crowd, policy, staff, size.broadcasts)
        plan_access(past, self.now)
        plan_cases(past, self.vault, crowd, Handlers(staff.verifier, ids["oyente"]), size.cases)


async def refuse_people(database: Database) -> None:
    """Raise `DemonstrationError` if somebody real may be among the people, or a crowd is there."""
    real = exists().where(Address.channel.not_in(list(SIMULATED)))
    filled = exists().where(AuditEntry.action == FILLED)
    async with database.read() as session:
        if await session.scalar(select(real)):
            raise DemonstrationError(
                "this database holds people of real channels; made-up ones need another database "
                "(set CHASQUI_DATABASE_URL)"
            )
        if await session.scalar(select(filled)):
            raise DemonstrationError(
                "this database is filled already; set CHASQUI_DATABASE_URL to a new one"
            )
