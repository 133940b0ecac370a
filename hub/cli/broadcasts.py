"""`chasqui broadcast`: see and stop updates from a terminal, when the console is out of reach."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.checking import find_unchecked
from broadcast.control import pause as pause_update
from broadcast.control import resume as resume_update
from broadcast.control import stop as stop_update
from broadcast.errors import UnknownUpdateError, UpdateError
from broadcast.listing import Shown, show_update
from broadcast.models import Update
from broadcast.plan import describe_plan
from broadcast.policy import Policy
from broadcast.priority import approvals_needed, priority_of
from broadcast.progress import read_progress
from broadcast.reckoning import plan_update
from broadcast.retrying import retry_failed
from broadcast.versions import read_texts
from hub.cli.start import Settings, fail, open_database, read_settings, run
from hub.i18n import Phrases

app = typer.Typer(help="Updates under way.", no_args_is_help=True)
Act = Callable[..., Awaitable[object]]
_ACTOR = "cli"
_MOST_LISTED = 50


@app.command("list")
def show_all() -> None:
    """The last updates with their states."""
    for line in run(_list(read_settings())):
        print(line)


@app.command()
def show(update_id: str) -> None:
    """How far an update has come."""
    for line in run(_progress(read_settings(), update_id)):
        print(line)


@app.command()
def plan(update_id: str) -> None:
    """Whom an update would reach how, for how long and at what cost; changes nothing."""
    for line in run(_plan(read_settings(), update_id)):
        print(line)


@app.command()
def pause(update_id: str) -> None:
    """Hold an update; what is under way still arrives."""
    _act(pause_update, update_id)


@app.command()
def resume(update_id: str) -> None:
    """Go on with a held update."""
    _act(resume_update, update_id)


@app.command()
def stop(update_id: str) -> None:
    """End an update for good."""
    _act(stop_update, update_id)


@app.command()
def retry(update_id: str) -> None:
    """Try once more for those who failed for a reason that passes."""
    _act(retry_failed, update_id)


def _act(act: Act, update_id: str) -> None:
    try:
        run(_change(read_settings(), act, update_id))
    except UpdateError as error:
        fail(f"{update_id}: {error.staff_text}")
    print(f"{update_id}: done")


async def _change(settings: Settings, act: Act, update_id: str) -> None:
    async with open_database(settings) as database, database.write() as session:
        await act(session, update_id, actor=_ACTOR, now=settings.clock.now())


async def _list(settings: Settings) -> list[str]:
    query = select(Update).order_by(Update.changed_at.desc()).limit(_MOST_LISTED)
    async with open_database(settings) as database, database.read() as session:
        rows = (await session.scalars(query)).all()
        return [
            f"{row.id}\t{row.state}\t{priority_of(row)}\t{_day(row.changed_at)}\t{row.title}"
            for row in rows
        ]


async def _progress(settings: Settings, update_id: str) -> list[str]:
    async with open_database(settings) as database, database.read() as session:
        if await session.get(Update, update_id) is None:
            fail(f"{update_id}: {UnknownUpdateError.staff_text}")
        progress = await read_progress(session, update_id)
        approvals = _describe_approvals(await show_update(session, update_id))
        gate = await _gate(session, update_id)
    return [*approvals, *(f"{state}\t{count}" for state, count in progress.by_state.items()), gate]


async def _plan(settings: Settings, update_id: str) -> list[str]:
    policy = Policy.build(settings.config, Phrases("bot", settings.config.languages))
    async with open_database(settings) as database, database.read() as session:
        row = await session.get(Update, update_id)
        if row is None:
            fail(f"{update_id}: {UnknownUpdateError.staff_text}")
        plan = await plan_update(session, row, policy, settings.clock.now())
        return [*describe_plan(plan), await _gate(session, update_id)]


def _describe_approvals(shown: Shown) -> list[str]:
    given, needed = len(shown.approvers), approvals_needed(shown.row)
    return [f"class\t{priority_of(shown.row)}", f"approvals\t{given} of {needed}"]


async def _gate(session: AsyncSession, update_id: str) -> str:
    """The languages that nobody who speaks them has checked."""
    unchecked = find_unchecked(await read_texts(session, update_id))
    return f"not checked\t{', '.join(unchecked) or '–'}"


def _day(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
