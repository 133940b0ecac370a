"""Every phrase of the console is there in Spanish, with the same placeholders."""

import ast
import re
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import hub.console
from hub.i18n import LOCALE_FOLDER

FOLDER = Path(hub.console.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "noop": None}
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def _used() -> set[str]:
    found = extract_from_dir(FOLDER, METHODS, OPTIONS, keywords=KEYWORDS)
    return {
        words if isinstance(words, str) else words[0] for _file, _line, words, _notes, _on in found
    }


def _translated() -> dict[str, Message]:
    with (LOCALE_FOLDER / "es" / "console.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in catalogue
        if message.id
    }


def test_every_phrase_has_its_spanish() -> None:
    used, translated = _used(), _translated()
    assert len(used) > 100
    missing = {phrase for phrase in used if phrase not in translated}
    assert not missing
    empty = {key for key, message in translated.items() if not all(_strings(message))}
    assert not empty


def test_the_placeholders_are_the_same() -> None:
    for phrase, message in _translated().items():
        for string in _strings(message):
            assert set(_PLACEHOLDER.findall(string)) == set(_PLACEHOLDER.findall(phrase)), phrase


def test_no_phrase_is_put_together_before_it_is_translated() -> None:
    """Extraction sees literals only: `_(variable)` would stay English for ever."""
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("_", "noop"):
                assert isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}"


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])
