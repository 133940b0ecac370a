"""What is marked for translation is a literal, or translators would never see it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.i18n.catalogues import ROOT

_MARKERS = ("_", "noop")
# Modules that look up a text which is marked with noop() where it stands.
_MAY_LOOK_UP = ("broadcast", "hub/console")
_PYTHON = [
    path
    for folder in ("bot", "broadcast", "hub/console")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
_TEMPLATES = sorted((ROOT / "hub" / "console").rglob("*.html"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def find_built(source: str, *, may_look_up: bool) -> Iterator[int]:
    """Lines that mark what is not a literal (nor, if allowed, a look-up of a marked text)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_marker(node):
            literals = [each for each in node.args if _is_literal(each)]
            looked_up = [
                each for each in node.args if isinstance(each, ast.Attribute | ast.Subscript)
            ]
            allowed = len(literals) + (len(looked_up) if may_look_up else 0)
            if allowed != 1 or len(node.args) != 1 or node.keywords:
                yield node.lineno


def _is_marker(call: ast.Call) -> bool:
    """`_("…")`, `noop("…")`, `visitor._("…")`; but `self._(turn)` hands out the function `_`."""
    if isinstance(call.func, ast.Name):
        return call.func.id in _MARKERS
    hands_out = [ast.unparse(argument) for argument in call.args] == ["turn"]
    return isinstance(call.func, ast.Attribute) and call.func.attr == "_" and not hands_out


def _is_literal(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and isinstance(argument.value, str)


def find_built_in_template(source: str) -> Iterator[int]:
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_":
            argument = call.args[0]
            is_literal = isinstance(argument, nodes.Const) and isinstance(argument.value, str)
            if not is_literal and not isinstance(argument, nodes.Getattr):
                yield call.lineno


@pytest.mark.parametrize("path", _PYTHON, ids=name_of)
def test_marked_texts_are_literals(path: Path) -> None:
    may_look_up = name_of(path).startswith(_MAY_LOOK_UP)
    found = find_built(path.read_text(encoding="utf8"), may_look_up=may_look_up)
    assert list(found) == [], "only a literal reaches the catalogues"


@pytest.mark.parametrize("path", _TEMPLATES, ids=name_of)
def test_marked_texts_of_templates_are_literals(path: Path) -> None:
    found = find_built_in_template(path.read_text(encoding="utf8"))
    assert list(found) == [], "only a literal reaches the catalogues"


@pytest.mark.parametrize(
    "source",
    [
        '_(f"Near {place}")',
        '_("Near " + place)',
        '_("Near %s" % place)',
        '_("\\n".join(lines))',
        "_(text)",
        '_("Food", "Comida")',
        "noop(WORDS[1])",
        "visitor._(describe(error))",
    ],
)
def test_a_built_text_is_found(source: str) -> None:
    assert list(find_built(source, may_look_up=False)) == [1]


@pytest.mark.parametrize("source", ['_("Near %(place)s") % values', '_("a " "b")', "self._(turn)"])
def test_a_literal_is_not_found(source: str) -> None:
    assert list(find_built(source, may_look_up=False)) == []


def test_a_built_text_of_a_template_is_found() -> None:
    assert list(find_built_in_template('{{ _("Hello " ~ name) }}{{ _("Hello") }}')) == [1]
