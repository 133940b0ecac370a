"""`chasqui content`: check, format, import and export packs."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.phrases import need_name
from content.check import CheckResult
from content.checking import Gate, read_gate
from content.commands import (
    check_content,
    export_content,
    find_pack,
    format_content,
    import_content,
)
from content.exporting import NothingToExportError
from content.figures import describe
from content.findings import Severity
from content.hsds import NothingVerifiedError, read_hsds, write_hsds
from content.importing import ImportResult, PackError
from content.lacking import count_texts, find_lacking
from content.pack import Pack
from content.phrase_files import check_phrases, count_phrases, lacking_phrases
from content.voice import read_voice
from hub.app.told_lengths import describe_lengths
from hub.cli import leaflets, sheets, translations
from hub.cli.start import Settings, fail, open_database, read_settings, run
from hub.i18n import own_name

app = typer.Typer(help="The content pack: topics, services, areas.", no_args_is_help=True)
app.add_typer(sheets.app, name="sheets")
app.add_typer(translations.app, name="po")
app.command()(leaflets.sms)
app.command()(leaflets.poster)
app.command()(leaflets.voice)
Folder = Annotated[Path | None, typer.Argument(help="Folder of the pack; default: of config.yml.")]


@app.command()
def check(
    folder: Folder = None,
    lang: Annotated[str | None, typer.Option(help="Also list what lacks in this language.")] = None,
) -> None:
    """Read every file and say what is wrong, where, and how to mend it."""
    folder = folder or find_pack(read_settings().config.pack)
    result, phrases = check_content(folder), check_phrases(folder)
    for finding in phrases:
        print(finding)
    _print_findings(result)
    if result.pack:
        _print_lacking(result.pack, folder, lang)
    if not result.is_clean or any(each.severity is Severity.ERROR for each in phrases):
        raise SystemExit(1)


@app.command("format")
def format_files(folder: Folder = None) -> None:
    """Bring every file into the canonical form."""
    result = format_content(folder or find_pack(read_settings().config.pack))
    for finding in result.findings:
        print(finding)
    if result.findings:
        raise SystemExit(1)
    print(f"{len(result.changed)} files changed")


@app.command("import")
def import_pack(folder: Folder = None) -> None:
    """Import a pack: all of it or nothing. What is new waits for a second person's check."""
    settings = read_settings()
    try:
        result = run(_import(settings, folder or find_pack(settings.config.pack)))
    except PackError as error:
        fail(str(error))
    print(
        f"answers: {result.new_answers} new, {result.unchanged_answers} unchanged; "
        f"services: {result.new_services} new, {result.unchanged_services} unchanged; "
        f"areas: {result.changed_areas} changed"
    )
    for name in result.passed_over:
        print(f"passed over, since staff are working on it: {name}")


@app.command()
def export(folder: Annotated[Path, typer.Argument(help="Folder to write the pack to.")]) -> None:
    """Write what the database holds as a pack."""
    try:
        written = run(_export(read_settings(), folder))
    except NothingToExportError as error:
        fail(str(error))
    print(f"{len(written)} files written to {folder}")


@app.command()
def languages(
    lang: Annotated[
        str | None, typer.Option(help="Also list the answers that lack a check in it.")
    ] = None,
) -> None:
    """Say of each language how many answers told now have a text that a person checked."""
    for gate in run(_read_gate(read_settings())):
        lacking, unchecked = len(gate.unwritten), len(gate.unchecked)
        print(
            f"{gate.language}: {gate.told} answers told; {gate.told - lacking - unchecked} checked "
            f"by a person, {unchecked} not, {lacking} without a text"
        )
        if gate.language == lang:
            for topic in gate.unwritten:
                print(f"  {topic}: no text")
            for topic in gate.unchecked:
                print(f"  {topic}: not checked")


async def _read_gate(settings: Settings) -> list[Gate]:
    async with open_database(settings) as database, database.read() as session:
        today = settings.clock.now().date()
        return await read_gate(session, settings.config.languages, today)


@app.command()
def hsds(
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    lang: Annotated[str, typer.Option(help="The language of names and texts.")] = "es",
) -> None:
    """Write the verified services as Open Referral HSDS 3, for directories of others."""
    try:
        page = run(_read_hsds(read_settings(), lang))
    except NothingVerifiedError as error:
        fail(str(error))
    write_hsds(page, file)
    print(f"{page['total_items']} services written to {file}")


async def _read_hsds(settings: Settings, lang: str) -> dict[str, Any]:
    _ = read_voice(settings.config).phrases.for_language(lang)
    zone = ZoneInfo(settings.config.timezone)
    async with open_database(settings) as database:
        name = partial(need_name, _)
        return await read_hsds(database, lang, zone, name, settings.clock.now())


async def _import(settings: Settings, folder: Path) -> ImportResult:
    async with open_database(settings) as database:
        return await import_content(database, folder, settings.clock)


async def _export(settings: Settings, folder: Path) -> list[Path]:
    async with open_database(settings) as database:
        return await export_content(database, folder)


def _print_findings(result: CheckResult) -> None:
    for finding in result.findings:
        print(finding)
    lengths = describe_lengths(result.pack) if result.pack else ()
    for line in (*describe(result.figures), *lengths):
        print(line)


def _print_lacking(pack: Pack, folder: Path, chosen: str | None) -> None:
    """How far each language in preparation is, and each text that the chosen one lacks."""
    for language in pack.settings.in_preparation:
        texts, phrases = find_lacking(pack, language), lacking_phrases(folder, language)
        said, every = count_texts(pack), count_phrases()
        print(
            f"in preparation: {language} ({own_name(language)}): "
            f"texts {said - len(texts)} of {said}; bot phrases {every - len(phrases)} of {every}"
        )
    if chosen:
        for name in find_lacking(pack, chosen):
            print(f"{chosen} lacks {name}")
        for phrase in lacking_phrases(folder, chosen):
            print(f"{chosen} lacks the phrase: {' '.join(phrase.split())}")
