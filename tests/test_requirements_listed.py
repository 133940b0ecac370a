"""What `docs/requirements.md` calls proven is named by a test, and what a test names has a row.

It judges no proof; that is for whoever reads the test.
"""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_TABLE = _ROOT / "docs" / "requirements.md"
_STATES = {"proven", "built", "partly", "later", "decided against"}
_PARTS = ("understanding and danger", "content", "broadcast engine", "console", "hardening")
_ID = re.compile(r"\b(?:INV|PEER|HUM|SEC|F|REL)-\d{1,3}\b|\bG[1-9]\b")
_SPAN = re.compile(r"\b(INV|PEER|HUM|SEC|F|REL)-(\d+)(?:\.\.| to )(?:\1-)?(\d+)\b")
_PATH = re.compile(r"`([^`]+)`")


def _rows() -> dict[str, list[str]]:
    """The cells of each row by id: what it asks, its state, where, and what is missing."""
    rows: dict[str, list[str]] = {}
    for line in _TABLE.read_text(encoding="utf8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if _ID.fullmatch(cells[0]):
            assert cells[0] not in rows, f"{cells[0]} has two rows"
            rows[cells[0]] = cells[1:]
    return rows


ROWS = _rows()


def _ids_in(text: str) -> set[str]:
    """The ids in a text; `F-20 to F-24` and `SEC-01..SEC-03` name those in between as well."""
    spans = {
        f"{kind}-{number:0{len(first)}}"
        for kind, first, last in _SPAN.findall(text)
        for number in range(int(first), int(last) + 1)
    }
    return spans | set(_ID.findall(text))


def _named_by_tests() -> dict[str, set[str]]:
    """For each file of tests, the ids that it names."""
    return {
        path.relative_to(_ROOT).as_posix(): _ids_in(path.read_text(encoding="utf8"))
        for path in sorted((_ROOT / "tests").rglob("*.py"))
        if path != Path(__file__)
    }


def test_every_row_is_whole() -> None:
    assert len(ROWS) > 150
    for name, cells in ROWS.items():
        assert len(cells) == 4, f"{name}: five columns"
        asked, state, _, missing = cells
        assert asked, f"{name}: what does it ask?"
        assert state in _STATES, f"{name}: no such state: {state}"
        assert (missing == "–") or state != "proven", f"{name}: proven, and something is missing?"
        if state in ("partly", "decided against"):
            assert missing != "–", f"{name}: {state}: say what is missing, or why"
        if state == "later":
            assert missing.startswith(_PARTS), f"{name}: later, in which part of the work?"


def test_what_is_called_proven_is_named_by_a_test() -> None:
    named = set().union(*_named_by_tests().values())
    proven = {name for name, cells in ROWS.items() if cells[1] == "proven"}
    assert proven - named == set()


def test_no_test_names_what_has_no_row() -> None:
    unknown = {path: ids - ROWS.keys() for path, ids in _named_by_tests().items()}
    assert {path: ids for path, ids in unknown.items() if ids} == {}


def test_the_places_named_exist_and_name_the_requirement() -> None:
    named = _named_by_tests()
    for name, (_, state, where, _) in ROWS.items():
        places = _PATH.findall(where)
        absent = [place for place in places if not (_ROOT / place).exists()]
        assert absent == [], f"{name}: no such place"
        if state == "proven":
            assert any(name in named.get(place, ()) for place in places), f"{name}: named where?"
