"""`chasqui questions`: what staff learnt from unanswered questions, for the next model."""

from pathlib import Path
from typing import Annotated

import typer

from bot.question_export import QuestionExportError, Written, export_examples
from hub.cli.start import Settings, fail, open_database, read_settings, run

app = typer.Typer(help="Questions that the bot could not answer.", no_args_is_help=True)
app.callback()(lambda: None)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The folder of examples.")] = Path("nlu/data"),
) -> None:
    """Add the chosen examples to the files of their topics. Read the difference, then train."""
    try:
        written = run(_export(read_settings(), folder))
    except QuestionExportError as error:
        fail(str(error))
    for each in written:
        print(f"{each.path}: {each.lines} new")
    if not written:
        print("nothing new")


async def _export(settings: Settings, folder: Path) -> list[Written]:
    async with open_database(settings) as database, database.write() as session:
        return await export_examples(session, folder, settings.clock.now())
