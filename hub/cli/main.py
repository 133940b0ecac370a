"""Puts the commands together and turns expected errors into one clear line and exit status 2."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError

from hub.app.demonstration import DemonstrationError
from hub.app.one_worker import SecondWorkerError
from hub.cli import ask, broadcasts, content, demo_data, questions, report, running, staff
from hub.config import ConfigError
from hub.migrations.running import SchemaError
from hub.vault import KeyFileError

app = typer.Typer(
    name="chasqui",
    help="Messaging hub of a platform for refugees and migrants.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(running.serve)
app.command()(running.web)
app.command()(running.worker)
app.command()(running.nlu)
app.command()(running.demo)
app.command()(demo_data.demo_data)
app.command()(running.migrate)
app.command("settings")(running.show_settings)
app.command("audit")(running.check_audit)
app.command()(ask.ask)
app.add_typer(content.app, name="content")
app.add_typer(staff.app, name="staff")
app.add_typer(broadcasts.app, name="broadcast")
app.add_typer(questions.app, name="questions")
app.add_typer(report.app, name="report")
_keys = typer.Typer(help="The key file.", no_args_is_help=True)
_keys.command("new")(running.new_keys)
_keys.callback()(lambda: None)
app.add_typer(_keys, name="keys")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, that of this process unless given."""
    try:
        app(arguments)
    except (ConfigError, DemonstrationError, SecondWorkerError, KeyFileError, SchemaError) as error:
        _give_up(str(error), error)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        _give_up(f"CHASQUI_DATABASE_URL: cannot be used: {reason}", error)


def _give_up(message: str, error: Exception) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2) from error
