"""The command line: each command builds what it needs, calls a part, and prints. No rules here."""

from hub.cli.main import main

__all__ = ["main"]
