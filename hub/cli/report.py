"""`chasqui report`: figures for people who answer for what was told."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cases import count_ratings
from bot.figures import Group, Span, read_groups
from bot.tally_models import Cut
from hub.app.exposures import Exposures, count_exposures
from hub.cli.start import Settings, fail, open_database, read_settings, run
from hub.small_cells import FEWEST, is_few

app = typer.Typer(help="Figures about what was told.", no_args_is_help=True)


@app.command()
def exposures(code: str) -> None:
    """How many people were told a version of an answer, or an update, by its code."""
    found = run(_count(read_settings(), code))
    if found is None:
        fail(f"{code}: neither an answer nor an update has this code")
    print(found.name)
    for each in found.counts:
        print(
            f"{each.kind}\t{each.channel}\t{each.state}\t"
            f"{each.messages} messages\t{each.people} people"
        )
    if not found.counts:
        print("nobody was told")


@app.command()
def helped(
    days: Annotated[int, typer.Option(min=1, help="How many days back.")] = 30,
) -> None:
    """How often people said that an answer helped, and that it did not, by topic."""
    found = run(_count_ratings(read_settings(), days))
    for topic, yes, no in found:
        print(f"{topic}\t{_shown(yes)} yes\t{_shown(no)} no")
    if not found:
        print("nobody said so")


@app.command()
def asked(
    days: Annotated[int, typer.Option(min=1, help="How many days back.")] = 30,
    by: Annotated[Cut, typer.Option(help="What to tell apart.")] = Cut.AREA,
) -> None:
    """How many people asked about what, by area or language, in whole tens of people."""
    found = run(_read_groups(read_settings(), by, days))
    for each in found:
        print(f"{each.value or '-'}\t{each.topic or 'everybody'}\t{each.people}")
    if not found:
        print(f"nothing that {FEWEST} people asked about")


def _shown(count: int) -> str:
    """Small counts could point at somebody (HUM-14)."""
    return f"fewer than {FEWEST}" if is_few(count) else str(count)


async def _read_groups(settings: Settings, by: Cut, days: int) -> list[Group]:
    today = settings.clock.now().astimezone(ZoneInfo(settings.config.timezone)).date()
    async with open_database(settings) as database, database.read() as session:
        return await read_groups(session, by, Span.ending(today, days))


async def _count_ratings(settings: Settings, days: int) -> list[tuple[str, int, int]]:
    since = (settings.clock.now() - timedelta(days=days)).date()
    async with open_database(settings) as database, database.read() as session:
        return await count_ratings(session, since)


async def _count(settings: Settings, code: str) -> Exposures | None:
    async with open_database(settings) as database, database.read() as session:
        return await count_exposures(session, code)
