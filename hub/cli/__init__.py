"""The command line. Each command builds what it needs, calls a part, and prints; no rules live here."""

from hub.cli.main import main

__all__ = ["main"]
