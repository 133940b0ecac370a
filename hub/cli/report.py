"""`chasqui report`: figures for people who answer for what was told."""

import typer

from hub.app.exposures import Exposures, count_exposures
from hub.cli.start import Settings, fail, open_database, read_settings, run

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


@app.callback()
def _commands() -> None:
    """Keeps `exposures` a command of its own while it is the only one."""


async def _count(settings: Settings, code: str) -> Exposures | None:
    async with open_database(settings) as database, database.read() as session:
        return await count_exposures(session, code)
