"""SEC-43, SEC-50: spreadsheets run nothing, and what comes from outside is bounded plain data."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from content import sheet_files
from content.findings import Findings
from content.sheet_files import (
    Row,
    Table,
    neutralise,
    read_csv,
    read_workbook,
    restore,
    write_csv,
    write_workbook,
)

FORMULAS = [
    '=HYPERLINK("https://example.org","x")',
    "=cmd|'/c calc'!A1",
    "+51999888777",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "  =1",
    "\"'=1",
    "\n=1",
    "＝1",
    "'=1",
    "''",
    "'plain",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_begins_like_a_formula(text: str) -> None:
    # SEC-43
    written = neutralise(text)
    assert written[0] not in "=+-@\t\r\0＝"
    assert restore(written) == text


@given(st.text(st.sampled_from("'=+-@ \"\na1＝"), max_size=8))
def test_every_text_comes_back(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert not neutralise(text).startswith(("=", "+", "-", "@", "＝"))


def _write(table: Table, path: Path) -> None:
    write_workbook([table], path) if path.suffix == ".xlsx" else write_csv(table, path)


def _read(path: Path, findings: Findings) -> Table | None:
    if path.suffix == ".csv":
        return read_csv(path, "topics", findings)
    return next(iter(read_workbook(path, ["topics"], findings)), None)


both = pytest.mark.parametrize("name", ["topics.xlsx", "topics.csv"])


@both
def test_formulas_are_text_in_the_file_and_come_back(tmp_path: Path, name: str) -> None:
    # SEC-43
    rows = tuple(Row(n, {"a": text, "phone": "01"}) for n, text in enumerate(FORMULAS, 2))
    path = tmp_path / name
    _write(Table("topics", ("a", "phone"), rows), path)
    if name.endswith("xlsx"):
        cells = [cell for row in load_workbook(path)["topics"].iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} == {"s"}
    findings = Findings()
    table = _read(path, findings)
    assert findings.items == []
    assert table is not None
    assert [row.cells for row in table.rows] == [row.cells for row in rows]
    assert [row.line for row in table.rows] == [row.line for row in rows]


def _faults(path: Path) -> str:
    findings = Findings()
    _read(path, findings)
    return "\n".join(str(one) for one in findings.items)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("abc\u202ecba", "an invisible or direction mark"),
        ("a\u200bb", "an invisible or direction mark"),
        ("a\x07b", "a control character"),
        ("x" * 10_001, "more than 10000 characters"),
    ],
)
def test_hostile_cells_are_named_by_row_and_column(tmp_path: Path, text: str, fault: str) -> None:
    # SEC-50
    path = tmp_path / "topics.csv"
    path.write_text(f'topic,note\na,b\nc,"{text}"\n', encoding="utf8")
    assert "topics.csv:3: error: note: " in _faults(path)
    assert fault in _faults(path)


def test_a_formula_in_a_workbook_is_refused(tmp_path: Path) -> None:
    # SEC-43
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "topics"
    sheet.append(["topic", "note"])
    sheet.append(["a", "=1+1"])
    book.save(tmp_path / "in.xlsx")
    assert "in.xlsx [topics]:2: error: note: holds a formula" in _faults(tmp_path / "in.xlsx")


def test_numbers_and_days_of_a_spreadsheet_are_read_as_they_look(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "topics"
    sheet.append(["phone", "date", "flag", "empty"])
    sheet.append([105, date(2026, 3, 2), True, None])
    sheet.append([None, None, None, None])
    book.save(tmp_path / "in.xlsx")
    findings = Findings()
    table = _read(tmp_path / "in.xlsx", findings)
    assert table is not None
    [row] = table.rows
    assert row.cells == {"phone": "105", "date": "2026-03-02", "flag": "true", "empty": ""}


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    # SEC-50
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (81 * 1024 * 1024))
    assert path.stat().st_size < 1024 * 1024
    assert "unpacks to more than a workbook" in _faults(path)


@pytest.mark.parametrize(
    "inside",
    [
        {},
        {"xl/workbook.xml": "<x"},
        {"[Content_Types].xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><Types>&b;</Types>"},
    ],
)
def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path, inside: dict[str, str]) -> None:
    # SEC-50
    path = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        for name, text in inside.items():
            parts.writestr(name, text)
    assert "no workbook that can be read" in _faults(path)


@pytest.mark.parametrize(
    ("before", "is_read"), [("", True), ('<!DOCTYPE x [<!ENTITY y "z">]>', False)]
)
def test_entities_inside_a_workbook_are_refused(tmp_path: Path, before: str, is_read: bool) -> None:
    # SEC-50
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    _write(Table("topics", ("a",), (Row(2, {"a": "b"}),)), good)
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for part in old.infolist():
            text = old.read(part).decode()
            if part.filename.endswith("sheet1.xml"):
                text = before + (text.partition("?>")[2] or text)
            new.writestr(part.filename, text)
    assert (_faults(bad) == "") is is_read


@both
def test_rows_are_counted(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # SEC-50
    monkeypatch.setattr(sheet_files, "MOST_ROWS", 5)
    rows = tuple(Row(n, {"a": str(n)}) for n in range(2, 9))
    _write(Table("topics", ("a",), rows), tmp_path / name)
    assert ":7: error: file: has more than 5 rows" in _faults(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "needs 1 to 200 columns"),
        ("a,b,a\n1,2,3\n", "a: this column is there twice"),
        ("a,b\n1,2,3\n", ":2: error: file: has a cell beyond the named columns"),
        ('a,b\n"1,2\n', "not CSV"),
    ],
)
def test_a_broken_table_is_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "topics.csv"
    path.write_text(text, encoding="utf8")
    assert fault in _faults(path)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "topics.csv").write_bytes("año".encode("latin-1"))
    assert "is not UTF-8 text" in _faults(tmp_path / "topics.csv")
    assert "cannot be read" in _faults(tmp_path / "none.csv")
    (tmp_path / "text.xlsx").write_text("hello")
    assert "is no XLSX workbook" in _faults(tmp_path / "text.xlsx")


def test_semicolons_as_spreadsheets_in_spanish_write_them(tmp_path: Path) -> None:
    path = tmp_path / "topics.csv"
    path.write_text("a;b\n1;'=2\n", encoding="utf8")
    findings = Findings()
    table = _read(path, findings)
    assert table is not None
    assert table.rows == (Row(2, {"a": "1", "b": "=2"}),)
