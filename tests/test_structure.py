"""The rules of the house that nobody should have to remember: sizes, names, imports, catches."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parent.parent
PARTS = ("bot", "broadcast", "content", "hub")
LONGEST_MODULE, LONGEST_TEST, LONGEST_FUNCTION = 400, 500, 60
# Written by Alembic; as long as the schema is.
MIGRATIONS = ROOT / "hub" / "migrations" / "versions"
# Where anything may be caught, because the edge of one message or job must record what happened;
# docs/architecture.md says why for each.
BROAD = {
    "bot/recording.py",
    "hub/jobs/steps.py",
    "hub/gathering.py",
    "bot/turns.py",
    "bot/keeping_safe.py",
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
# What ties a file to the machine that it was written on: its folders, and where it gets packages.
FOREIGN = re.compile(
    rb"(?<![\w/.-])/(?:work|root|home/\w+)(?![\w-])"
    rb"|(?:index[-_]url|find[-_]links|registry)[\"' ]*[=: ][\"' ]*(?:https?:|/)",
    re.IGNORECASE,
)


def tracked(*patterns: str) -> list[Path]:
    """Files under version control, and new ones that will be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def modules(*folders: str) -> Iterator[tuple[str, ast.Module, int]]:
    """Each module's name, tree and number of lines."""
    for path in tracked(*(f":(glob){folder}/**/*.py" for folder in folders)):
        source = path.read_text(encoding="utf8")
        yield str(path.relative_to(ROOT)), ast.parse(source), len(source.splitlines())


def is_generated(name: str) -> bool:
    return (ROOT / name).is_relative_to(MIGRATIONS) and not name.endswith("__init__.py")


def test_imports_go_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    # Not through its command, which turns off the loggers of everything that was imported before.
    configure()
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert kept, capsys.readouterr().out


def test_no_module_is_too_long() -> None:
    long = [
        f"{name}: {lines}"
        for folder, most in ((PARTS, LONGEST_MODULE), (("tests", "nlu"), LONGEST_TEST))
        for name, _, lines in modules(*folder)
        if lines > most and not is_generated(name)
    ]
    assert long == []


def test_no_function_is_too_long() -> None:
    long = [
        f"{name}:{node.lineno}: {node.name}: {node.end_lineno - node.lineno + 1}"
        for name, tree, _ in modules(*PARTS, "tests", "nlu")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
        and not is_generated(name)
    ]
    assert long == []


def test_no_module_is_a_drawer() -> None:
    names = [name for name, _, _ in modules(*PARTS, "tests", "nlu")]
    assert [name for name in names if DRAWERS & set(Path(name).with_suffix("").parts)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, tree, _ in modules(*PARTS, "tests", "nlu")
        if tree.body and not (ast.get_docstring(tree) or "").strip()
    ]
    assert silent == []


def test_anything_is_caught_only_where_it_is_said() -> None:
    # Swallowed errors are the worst kind: nobody knows of them.
    broad = {
        name
        for name, tree, _ in modules(*PARTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_anything(node)
    }
    assert broad == BROAD
    described = (ROOT / "docs" / "architecture.md").read_text(encoding="utf8")
    assert [name for name in sorted(BROAD) if name not in described] == []


def _catches_anything(handler: ast.ExceptHandler) -> bool:
    caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(
        each is None or (isinstance(each, ast.Name) and each.id in ("Exception", "BaseException"))
        for each in caught
    )


def test_nothing_is_tied_to_one_machine() -> None:
    tied = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != Path(__file__) and FOREIGN.search(path.read_bytes())
    ]
    assert tied == []


def test_nothing_is_put_off() -> None:
    """An open end is an issue, not a comment."""
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1)
        if words.search(line)
    ]
    assert left == []
