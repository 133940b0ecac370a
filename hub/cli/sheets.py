"""`chasqui content sheets`: topics and services as spreadsheets, out and in."""

from pathlib import Path
from typing import Annotated

import typer

from content.exporting import NothingToExportError
from content.importing import ImportResult
from content.spreadsheets import SheetError, export_sheets, import_sheets
from hub.cli.start import Settings, fail, open_database, read_settings, run

app = typer.Typer(help="Topics and services as XLSX or CSV.", no_args_is_help=True)
Target = Annotated[Path, typer.Argument(help="A file that ends in .xlsx, or a folder for CSV.")]


@app.command()
def export(path: Target) -> None:
    """Write topics, their sources and services as a workbook or as CSV files."""
    try:
        written = run(_export(read_settings(), path))
    except NothingToExportError as error:
        fail(str(error))
    for file in written:
        print(file)


@app.command("import")
def import_file(path: Target) -> None:
    """Bring a workbook or CSV files in: all or nothing. What is new waits for a second person."""
    try:
        result = run(_import(read_settings(), path))
    except (SheetError, NothingToExportError) as error:
        fail(str(error))
    print(
        f"answers: {result.new_answers} new, {result.unchanged_answers} unchanged; "
        f"services: {result.new_services} new, {result.unchanged_services} unchanged"
    )
    for name in result.passed_over:
        print(f"passed over, since staff are working on it: {name}")


async def _export(settings: Settings, path: Path) -> list[Path]:
    async with open_database(settings) as database:
        return await export_sheets(database, path)


async def _import(settings: Settings, path: Path) -> ImportResult:
    async with open_database(settings) as database:
        return await import_sheets(database, path, "cli", settings.clock)
