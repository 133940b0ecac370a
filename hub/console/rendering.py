"""Templates: autoescaped, strict about missing names, in the reader's language and time zone."""

import gzip
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from hub.i18n import Phrases

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """`compressed` is the content by gzip; both are kept, since neither ever changes."""

    content: bytes
    compressed: bytes
    media_type: str
    version: str


def load_static_files() -> dict[str, StaticFile]:
    """All files that browsers may load, by name; nothing else in the folder can be asked for."""
    found = sorted(path for path in _STATIC.rglob("*") if path.suffix in _TYPES)
    return {path.relative_to(_STATIC).as_posix(): _load(path) for path in found}


def _load(path: Path) -> StaticFile:
    content = path.read_bytes()
    compressed = gzip.compress(content, mtime=0)
    version = sha256(content).hexdigest()[:12]
    return StaticFile(content, compressed, _TYPES[path.suffix], version)


@lru_cache(maxsize=2048)
def spell_day(day: date, language: str, pattern: str) -> str:
    """Kept, since a page of figures spells the same days twice, and Babel takes its time."""
    return format_date(day, pattern, locale=language)


def spell_number(number: int) -> str:
    """With a narrow space between thousands: readers differ about what a point or comma says."""
    return f"{number:,}".replace(",", "\u202f")


class Templates:
    """One Jinja environment for each language, so that macros too speak it."""

    def __init__(
        self,
        phrases: Phrases,
        languages: tuple[str, ...],
        time_zone: str,
        static_files: Mapping[str, StaticFile],
    ) -> None:
        self.phrases = phrases
        self._zone = ZoneInfo(time_zone)
        self._static_files = static_files
        self._environments = {language: self._build(language) for language in languages}

    def respond(self, language: str, template: str, status: int, **context: object) -> HTMLResponse:
        page = self._environments[language].get_template(template)
        return HTMLResponse(page.render(language=language, **context), status)

    def _build(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
            self.phrases.for_language(language),
            self.phrases.plural_for(language),
            newstyle=True,
        )
        environment.globals["static"] = self._static_address
        environment.globals["new_form_id"] = lambda: secrets.token_urlsafe(18)
        environment.filters["moment"] = lambda moment: self.format_moment(moment, language)
        environment.filters["number"] = spell_number
        environment.filters["day"] = lambda day, pattern="d MMM y": spell_day(
            day, language, pattern
        )
        return environment

    def format_moment(self, moment: datetime, language: str) -> str:
        local = moment.astimezone(self._zone)
        pattern = "d MMM y, HH:mm"
        return format_datetime(local, pattern, locale=language)

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _static_address(self, name: str) -> str:
        return f"/console/static/{name}?v={self._static_files[name].version}"
