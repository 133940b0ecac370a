"""The verbs of `chasqui content`, as plain functions. They print nothing and know no terminal."""

from dataclasses import dataclass
from pathlib import Path

from content.check import CheckResult, check_pack
from content.exporting import export_pack
from content.findings import Finding, Findings
from content.formatting import write_pack
from content.importing import ImportResult, import_pack
from content.reading import read_pack
from hub.clock import Clock
from hub.database import Database

PACKS_FOLDER = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class FormatResult:
    """`findings` are the errors for which nothing was written."""

    changed: tuple[Path, ...]
    findings: tuple[Finding, ...]


def find_pack(name: str) -> Path:
    """The folder of a pack by its name in `config.yml`, or by its path if it is not of ours."""
    return Path(name) if "/" in name else PACKS_FOLDER / name


def check_content(folder: Path) -> CheckResult:
    return check_pack(folder)


def format_content(folder: Path) -> FormatResult:
    """Bring every file into the canonical form; nothing is written while a file cannot be read.

    Comments are not kept: what matters belongs into `facts` or `left_out`.
    """
    findings = Findings()
    pack = read_pack(folder, findings)
    if pack is None or findings.errors:
        return FormatResult((), tuple(sorted(findings.items)))
    return FormatResult(tuple(write_pack(pack, folder)), ())


async def import_content(
    database: Database, folder: Path, clock: Clock, actor: str = "cli"
) -> ImportResult:
    """Raise `content.importing.PackError` if the pack has errors."""
    return await import_pack(database, folder, actor, clock)


async def export_content(database: Database, folder: Path) -> list[Path]:
    """Raise `content.exporting.NothingToExportError` if no pack was imported yet."""
    return await export_pack(database, folder)
