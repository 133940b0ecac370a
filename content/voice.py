"""How the bot speaks for one pack: its phrases, with the pack's wording and lines of last resort.

Read from the pack's files at the start, never from the database: these must be said even while it
does not answer.
"""

from dataclasses import dataclass
from pathlib import Path

from content.commands import find_pack
from content.findings import Findings
from content.pack import PackSettings
from content.reading import read_pack_settings
from hub.config import Config, ConfigError
from hub.i18n import Phrases

OWN_PHRASES = "locale"  # the folder of a pack's own catalogues, one folder a language


@dataclass(frozen=True)
class Voice:
    """`unfinished` are the languages that are offered although the pack does not have all texts in
    them; what they lack is told in Spanish."""

    phrases: Phrases
    calling_code: str
    unfinished: frozenset[str]


def read_voice(config: Config) -> Voice:
    """Raise `ConfigError` if the pack of `config.yml` cannot be read."""
    folder = find_pack(config.pack)
    findings = Findings()
    settings = read_pack_settings(folder, findings)
    if settings is None or findings.errors:
        faults = "\n".join(str(finding) for finding in findings.errors)
        raise ConfigError(f"pack: {config.pack}: cannot be read\n{faults}")
    return Voice(
        phrases=phrases_of(folder, settings, config.languages),
        calling_code=settings.calling_code,
        unfinished=frozenset(config.languages) - frozenset(settings.languages),
    )


def phrases_of(folder: Path, settings: PackSettings, languages: tuple[str, ...]) -> Phrases:
    """The bot's phrases as the pack in `folder` says them."""
    return Phrases("bot", languages, over=folder / OWN_PHRASES, words=settings.lines)
