"""Phrases of bot and console in the reader's language, from the catalogues in `content/locale`.

Msgids are English. A phrase that a catalogue lacks is told in Spanish, which most readers share,
rather than in English. Catalogues are read from their `.po` files: there is no compile step.
"""

import gettext
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FALLBACK = "es"
LOCALE_FOLDER = Path(__file__).parent.parent / "content" / "locale"

Translate = Callable[[str], str]


class Phrases:
    """The catalogues of one domain (`bot` or `console`), by language."""

    def __init__(
        self, domain: str, languages: tuple[str, ...], folder: Path = LOCALE_FOLDER
    ) -> None:
        self._catalogues: Mapping[str, gettext.NullTranslations] = {
            language: _read(folder / language / f"{domain}.po")
            for language in {*languages, FALLBACK}
        }
        for language, catalogue in self._catalogues.items():
            if language not in (FALLBACK, "en"):
                catalogue.add_fallback(self._catalogues[FALLBACK])

    def for_language(self, language: str) -> Translate:
        """The function usually called `_`; it takes English literals only."""
        return self._catalogues.get(language, self._catalogues[FALLBACK]).gettext

    def plural_for(self, language: str) -> Callable[[str, str, int], str]:
        return self._catalogues.get(language, self._catalogues[FALLBACK]).ngettext


def _read(path: Path) -> gettext.NullTranslations:
    """English needs no catalogue; a file with an empty msgstr counts as lacking the phrase."""
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def noop(message: str) -> str:
    """Mark a literal for extraction where it is not translated yet."""
    return message
