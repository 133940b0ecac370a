"""`chasqui content po`: the pack's texts and the bot's phrases for translators, out and in."""

from pathlib import Path
from typing import Annotated

import typer

from content.commands import find_pack
from content.exporting import NothingToExportError
from content.findings import Findings
from content.pack import PackSettings
from content.phrase_files import PhraseError, export_phrases, import_phrases
from content.reading import read_pack_settings
from content.translations import (
    TranslationError,
    TranslationResult,
    export_translations,
    import_translations,
)
from hub.cli.start import Settings, fail, open_database, read_settings, run

app = typer.Typer(help="Texts for translators, as PO files.", no_args_is_help=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder for the files, one a language.")],
    lang: Annotated[list[str] | None, typer.Option(help="Only this language; repeatable.")] = None,
) -> None:
    """Write the newest texts of topics and services with their translations."""
    try:
        written = run(_export(read_settings(), folder, tuple(lang or ())))
    except (TranslationError, NothingToExportError) as error:
        fail(str(error))
    for file in written:
        print(file)


@app.command("import")
def import_file(path: Annotated[Path, typer.Argument(help="A PO file.")]) -> None:
    """Bring translations in: all or nothing. What is new waits for a second person."""
    try:
        result = run(_import(read_settings(), path))
    except (TranslationError, NothingToExportError) as error:
        fail(str(error))
    for finding in result.passed_over:
        print(finding)
    print(
        f"answers: {result.stored.new_answers} new; services: {result.stored.new_services} new; "
        f"{len(result.passed_over)} entries passed over"
    )


@app.command("export-phrases")
def export_bot_phrases(
    folder: Annotated[Path, typer.Argument(help="Folder for the files, one a language.")],
    lang: Annotated[
        list[str] | None, typer.Option(help="Only this language; default: those in preparation.")
    ] = None,
) -> None:
    """Write what the bot says by itself, with its translations so far."""
    settings = read_settings()
    pack, named = _read_pack(settings)
    try:
        written = export_phrases(pack, named, folder, tuple(lang or ()), settings.clock.now())
    except PhraseError as error:
        fail(str(error))
    for file in written:
        print(file)


@app.command("import-phrases")
def import_bot_phrases(path: Annotated[Path, typer.Argument(help="A PO file.")]) -> None:
    """Take finished phrases into the pack: all or nothing. They are told after the next start."""
    settings = read_settings()
    pack, named = _read_pack(settings)
    try:
        target, count = import_phrases(pack, named, path, settings.clock.now())
    except PhraseError as error:
        fail(str(error))
    print(f"{count} phrases of the pack's own in {target}")


def _read_pack(settings: Settings) -> tuple[Path, PackSettings]:
    folder, findings = find_pack(settings.config.pack), Findings()
    named = read_pack_settings(folder, findings)
    if named is None or findings.errors:
        fail("\n".join(str(finding) for finding in findings.errors))
    return folder, named


async def _export(settings: Settings, folder: Path, languages: tuple[str, ...]) -> list[Path]:
    async with open_database(settings) as database:
        return await export_translations(database, folder, languages, settings.clock)


async def _import(settings: Settings, path: Path) -> TranslationResult:
    async with open_database(settings) as database:
        return await import_translations(database, path, "cli", settings.clock)
