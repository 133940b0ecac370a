"""Phrases of bot and console in the reader's language, from the catalogues in `content/locale`.

Msgids are English. A phrase that a catalogue lacks is told in Spanish, which most readers share,
rather than in English. Catalogues are read from their `.po` files: there is no compile step.
A content pack may lay its own catalogues over these, and names what stands for `{police}` and such.
"""

import gettext
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FALLBACK = "es"
LOCALE_FOLDER = Path(__file__).parent.parent / "content" / "locale"

Translate = Callable[[str], str]


class Phrases:
    """The catalogues of one domain (`bot` or `console`), by language.

    `over` is a folder like `folder` whose catalogues come first; `words` says what is told where a
    phrase has a name in braces.
    """

    def __init__(
        self,
        domain: str,
        languages: Iterable[str],
        folder: Path = LOCALE_FOLDER,
        *,
        over: Path | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self._words = {f"{{{name}}}": word for name, word in (words or {}).items()}
        self._catalogues: Mapping[str, gettext.NullTranslations] = {
            language: _layer(language, domain, folder, over) for language in {*languages, FALLBACK}
        }
        for language, catalogue in self._catalogues.items():
            if language not in (FALLBACK, "en"):
                catalogue.add_fallback(self._catalogues[FALLBACK])

    def for_language(self, language: str) -> Translate:
        """The function usually called `_`; it takes English literals only."""
        translate = self._catalogues.get(language, self._catalogues[FALLBACK]).gettext
        return (lambda message: self._fill(translate(message))) if self._words else translate

    def _fill(self, text: str) -> str:
        if "{" in text:
            for name, word in self._words.items():
                text = text.replace(name, word)
        return text

    def plural_for(self, language: str) -> Callable[[str, str, int], str]:
        return self._catalogues.get(language, self._catalogues[FALLBACK]).ngettext


def _layer(language: str, domain: str, folder: Path, over: Path | None) -> gettext.NullTranslations:
    catalogue = _read(folder / language / f"{domain}.po")
    if over is None:
        return catalogue
    first = _read(over / language / f"{domain}.po")
    first.add_fallback(catalogue)
    return first


def own_name(language: str) -> str:
    """What its speakers call it; the code alone of a language that Babel does not know."""
    try:
        name = Locale.parse(language).get_display_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else language


def names_in(language: str, readers: Iterable[str]) -> set[str]:
    """What speakers of each of `readers` call the language, as far as Babel knows."""
    found = set()
    for reader in readers:
        try:
            found.add(Locale.parse(language).get_display_name(reader))
        except (UnknownLocaleError, ValueError):
            continue
    return {name for name in found if name}


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
