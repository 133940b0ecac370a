"""`chasqui serve`, `web`, `worker`, `nlu`, `demo`, `migrate`, `keys`, `settings`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.app.demonstration import prepare_demonstration, refuse_demonstration
from hub.app.hub import NLU_FOLDER, build_hub
from hub.app.processes import run as run_loop
from hub.app.processes import serve as serve_hub
from hub.cli.start import Settings, fail, load_vault, open_database, read_settings, run
from hub.migrations.running import current_revision, newest_revision
from hub.migrations.running import migrate as migrate_database
from hub.staff.audit import find_break
from hub.vault import Vault

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
_DEFAULT_HOST = "127.0.0.1"
_DEFAULT_PORT = 8000


def serve(host: Host = _DEFAULT_HOST, port: Port = _DEFAULT_PORT) -> None:
    """Web, worker, Telegram polling where no public URL is set, and the watched Rasa."""
    _start(host, port, with_web=True, with_worker=True)


def web(host: Host = _DEFAULT_HOST, port: Port = _DEFAULT_PORT) -> None:
    """The web process of a cluster: webhooks and console."""
    _start(host, port, with_web=True, with_worker=False)


def worker() -> None:
    """A worker process of a cluster: answers and sends."""
    _start(_DEFAULT_HOST, _DEFAULT_PORT, with_web=False, with_worker=True)


def demo(host: Host = _DEFAULT_HOST, port: Port = _DEFAULT_PORT) -> None:
    """The demonstration: content approved by itself and marked so, simulated phones, staff."""
    settings = read_settings()
    _ensure_keys(settings.environment.chasqui_keys)
    run(_prepare_demo(settings))
    _start(host, port, with_web=True, with_worker=True, is_demonstration=True)


def nlu() -> None:
    """Rasa in the foreground. CHASQUI_NLU_SECRET and CHASQUI_NLU_PORT say how it is reached."""
    python = NLU_FOLDER.resolve() / ".venv" / "bin" / "python"
    if not python.exists():
        fail(f"{python}: no environment for Rasa; run `make nlu-train`")
    os.execv(python, [str(python), str(NLU_FOLDER.resolve() / "serve.py")])  # noqa: S606


def migrate(
    revision: Annotated[
        str, typer.Argument(help="A revision, `head`, or `base` (no tables).")
    ] = "head",
) -> None:
    """Create or upgrade the database."""
    run(_migrate(read_settings(), revision))


def new_keys() -> None:
    """Make the key file that CHASQUI_KEYS names. Keep a copy apart from the database's backups."""
    path = read_settings().environment.chasqui_keys
    try:
        Vault.generate().save(path)
    except FileExistsError:
        fail(f"{path}: exists already; keys are never overwritten")
    print(f"{path}: made. Whoever has it can read everybody's data: keep it apart from backups.")


def check_audit() -> None:
    """Whether the audit log is whole; names the first entry that was changed or is missing."""
    broken = run(_find_break(read_settings()))
    if broken is not None:
        fail(f"audit: entry {broken} does not follow from the one before it")
    print("audit: whole")


def show_settings() -> None:
    """Every setting of config.yml with its value and meaning."""
    settings = read_settings()
    table = Table("setting", "value", "meaning")
    for name, value, meaning in _flatten(settings.config, ""):
        table.add_row(name, value, meaning)
    Console().print(table)


def _flatten(section: object, prefix: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for name, field in type(section).model_fields.items():  # type: ignore[attr-defined]
        value = getattr(section, name)
        if hasattr(value, "model_fields"):
            rows += _flatten(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, str(value), field.description or ""))
    return rows


async def _migrate(settings: Settings, revision: str) -> None:
    async with open_database(settings, checked=False) as database:
        await migrate_database(database, revision)


async def _find_break(settings: Settings) -> int | None:
    async with open_database(settings) as database, database.read() as session:
        return await find_break(session)


async def _prepare_demo(settings: Settings) -> None:
    async with open_database(settings, checked=False) as database:
        if await current_revision(database) != newest_revision():
            await migrate_database(database)
        print("Reading the content pack …", file=sys.stderr)
        await prepare_demonstration(
            database, load_vault(settings), settings.clock, settings.config.pack
        )


def _ensure_keys(path: Path) -> None:
    if not path.exists():
        Vault.generate().save(path)


def _start(
    host: str, port: int, *, with_web: bool, with_worker: bool, is_demonstration: bool = False
) -> None:
    settings = read_settings()
    vault = load_vault(settings)

    async def start() -> None:
        async with open_database(settings) as database:
            if not is_demonstration:
                await refuse_demonstration(database)
        hub = await build_hub(
            settings.config,
            settings.environment,
            settings.clock,
            vault,
            is_demonstration=is_demonstration,
        )
        await serve_hub(
            hub,
            host=host,
            port=port,
            with_web=with_web,
            with_worker=with_worker,
            started=lambda: _announce(
                host, port, with_web=with_web, is_demonstration=is_demonstration
            ),
        )

    run_loop(start)


def _announce(host: str, port: int, *, with_web: bool, is_demonstration: bool) -> None:
    place = f"http://{host}:{port}"
    if is_demonstration:
        print(f"\n  Chasqui is running. Open {place}/demo\n", file=sys.stderr)
    elif not with_web:
        print("\n  A worker of Chasqui is running\n", file=sys.stderr)
    else:
        print(f"\n  Chasqui is running. Console: {place}/console\n", file=sys.stderr)
