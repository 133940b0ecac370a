"""Takes the phrases of the code into the catalogues of `content/locale`. It never translates.

`python -m tests.i18n.catalogues` updates them (`ps` after it adds Pashto for the chat);
`--check` changes nothing and fails when something is not up to date or not translated.
A translation whose phrase left the code stays at the end of its file, commented out.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "content" / "locale"
_WIDTH = 100
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.|\{\w+\}")


@dataclass(frozen=True)
class Domain:
    """One catalogue a language: `sources` are folders and the words that mark its texts there."""

    name: str
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    languages: tuple[str, ...]  # English needs no catalogue: the code is written in it

    @property
    def template(self) -> Path:
        return LOCALE / f"{self.name}.pot"

    def file(self, language: str) -> Path:
        return LOCALE / language / f"{self.name}.po"


# In bot/ and broadcast/, _() is said to people and noop() marks what staff read in the console.
_SAID = (("bot", ("_",)), ("broadcast", ("_",)))
_READ = (
    ("hub/console", ("_", "noop", "ngettext")),
    ("hub/app", ("_",)),
    ("broadcast", ("_", "noop")),
    ("bot", ("noop",)),
)
DOMAINS = (
    Domain("bot", _SAID, tuple(sorted(each.name for each in LOCALE.iterdir() if each.is_dir()))),
    Domain("console", _READ, ("es",)),
)


def extract(domain: Domain) -> Catalog:
    """The texts of the code, without places and dates: the same code gives the same file."""
    with (ROOT / "babel.cfg").open(encoding="utf8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog()
    for folder, markers in domain.sources:
        keywords = {marker: (1, 2) if marker == "ngettext" else None for marker in markers}
        for _, _, text, _, context in extract_from_dir(ROOT / folder, methods, options, keywords):
            found.add(text, context=context)
    return found


def read_catalogue(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def find_faults(catalogue: Catalog) -> Iterator[str]:
    """What a translator still has to do: empty, doubtful, or with other placeholders."""
    for message in catalogue:
        if message.id:
            yield from (f"{fault}: {message.id}" for fault in _faults(message))


def _faults(message: Message) -> Iterator[str]:
    texts = _strings(message.string)
    if not texts or not all(texts):
        yield "not translated"
    elif message.fuzzy:
        yield "doubtful (fuzzy)"
    elif any(_placeholders(text) != _placeholders(_strings(message.id)[-1]) for text in texts):
        yield "not the placeholders of the English"


def _strings(text: object) -> list[str]:
    return [str(each) for each in text] if isinstance(text, (list, tuple)) else [str(text or "")]


def _placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)))


def render(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalogue, _WIDTH, sort_output=True, omit_header=True)
    return file.getvalue()


def write_all(languages: tuple[str, ...], *, is_check: bool) -> list[str]:
    """Update every catalogue, or only look; what is stale, missing or faulty comes back."""
    faults: list[str] = []
    for domain in DOMAINS:
        found = extract(domain)
        files = {domain.template: render(found)}
        for language in {*domain.languages, *(languages if domain.name == "bot" else ())}:
            catalogue = read_catalogue(domain.file(language), language)
            catalogue.update(found, no_fuzzy_matching=True)
            files[domain.file(language)] = render(catalogue)
            faults += [f"{language}/{domain.name}.po: {fault}" for fault in find_faults(catalogue)]
        for path, content in files.items():
            if not path.exists() or path.read_bytes() != content:
                if is_check:
                    faults.append(f"{path.relative_to(LOCALE)}: run `make i18n`")
                else:
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(content)
    return sorted(faults)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take new phrases into the catalogues.")
    parser.add_argument("languages", nargs="*", help="languages to add to the chat, such as ps")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on any fault")
    chosen = parser.parse_args()
    faults = write_all(tuple(chosen.languages), is_check=chosen.check)
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if chosen.check and faults else 0


if __name__ == "__main__":
    sys.exit(main())
