"""Tables of text as XLSX and CSV: written so that no program runs them, and read as plain data.

What begins like a formula gets an apostrophe in front, which reading takes away again (SEC-43).
Files from outside are bounded before anything is unpacked (SEC-50). Knows nothing of content.
"""

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException

from content.documents import has_hidden_marks
from content.findings import Findings

MOST_ROWS = 20_000
MOST_COLUMNS = 200
LONGEST_CELL = 10_000
_MOST_BYTES = 10 * 1024 * 1024
_MOST_UNPACKED = 80 * 1024 * 1024
_MOST_PARTS = 200
_FORMULA_STARTS = tuple("=+-@\t\r\0＝＋－＠")  # Excel reads the wide ones too
_BEFORE_A_FORMULA = " \n\"'\u00a0"
# What the library raises on strange files; `SyntaxError` is what XML that is none becomes.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, ValueError, TypeError),
    *(LookupError, AttributeError, ArithmeticError, OSError, EOFError, NotImplementedError),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `line` is its number as a spreadsheet shows it."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the sheet, `shown` the file and sheet as errors name them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    shown: str = ""


def write_workbook(tables: Sequence[Table], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack_workbook(tables))


def pack_workbook(tables: Sequence[Table]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "B2"
        lines = [table.columns, *([row.get(name) for name in table.columns] for row in table.rows)]
        for number, line in enumerate(lines, 1):
            for place, text in enumerate(line, 1):
                if text:
                    cell = sheet.cell(number, place)
                    cell.value = neutralise(text)
                    cell.data_type = "s"  # also what looks like a formula's error, such as #N/A
                    cell.number_format = "@"  # text: a phone or a code stays as it is written
                    cell.alignment = Alignment(vertical="top", wrap_text="\n" in text)
                    cell.font = Font(bold=number == 1)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def write_csv(table: Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack_csv(table))


def pack_csv(table: Table) -> bytes:
    """With a mark at its beginning, by which spreadsheets know that it is UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([neutralise(row.get(name)) for name in table.columns])
    return file.getvalue().encode("utf-8-sig")


def neutralise(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if _is_like_a_formula(text) else text


def restore(text: str) -> str:
    """What `neutralise` was given."""
    return text[1:] if text.startswith("'") and _is_like_a_formula(text[1:]) else text


def _is_like_a_formula(text: str) -> bool:
    return text.lstrip(_BEFORE_A_FORMULA).startswith(_FORMULA_STARTS)


def read_workbook(path: Path, names: Sequence[str], findings: Findings) -> list[Table]:
    """The sheets of those names; others are passed over."""
    raw = _read_bytes(path, findings)
    return [] if raw is None else unpack_workbook(raw, path.name, names, findings)


def unpack_workbook(
    raw: bytes, shown: str, names: Sequence[str], findings: Findings
) -> list[Table]:
    """As `read_workbook`; `shown` is the file's name."""
    if not _is_bounded(raw, shown, findings):
        return []
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
        sheets = [(name, book[name]) for name in names if name in book.sheetnames]
        tables = [
            _to_table(name, f"{shown} [{name}]", _lines_of(sheet), findings)
            for name, sheet in sheets
        ]
    except _UNREADABLE as error:
        findings.error(
            shown, 1, "file", f"is no workbook that can be read ({type(error).__name__})"
        )
        return []
    if not sheets:
        findings.error(shown, 1, "file", f"has no sheet named {' or '.join(names)}")
    return [table for table in tables if table]


def read_csv(path: Path, name: str, findings: Findings) -> Table | None:
    """Fields divided by commas, or by semicolons as spreadsheets in Spanish write them."""
    raw = _read_bytes(path, findings)
    return None if raw is None else unpack_csv(raw, path.name, name, findings)


def unpack_csv(raw: bytes, shown: str, name: str, findings: Findings) -> Table | None:
    """As `read_csv`; `shown` is the file's name."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        findings.error(shown, 1, "file", "is not UTF-8 text; save it as CSV UTF-8")
        return None
    heading = text.partition("\n")[0]
    divider = ";" if heading.count(";") > heading.count(",") else ","
    csv.field_size_limit(_MOST_BYTES)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    try:
        return _to_table(name, shown, enumerate(lines, 1), findings)
    except csv.Error as error:
        findings.error(shown, lines.line_num, "file", f"not CSV: {error}")
        return None


def _read_bytes(path: Path, findings: Findings) -> bytes | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        findings.error(path.name, 1, "file", f"cannot be read: {error.strerror}")
        return None
    if len(raw) > _MOST_BYTES:
        findings.error(
            path.name, 1, "file", f"is larger than {_MOST_BYTES // 1024**2} MB; split it"
        )
        return None
    return raw


def _is_bounded(raw: bytes, name: str, findings: Findings) -> bool:
    """A workbook is a zip: what it claims to unpack to is added up before it is unpacked, and a
    part that is larger than it claims makes `zipfile` stop."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            sizes = [part.file_size for part in parts.infolist()]
            has_macros = any("vbaproject" in part.filename.lower() for part in parts.infolist())
    except zipfile.BadZipFile:
        findings.error(name, 1, "file", "is no XLSX workbook; save it as one")
        return False
    if len(sizes) > _MOST_PARTS or sum(sizes) > _MOST_UNPACKED:
        findings.error(name, 1, "file", "unpacks to more than a workbook of texts; not opened")
        return False
    if has_macros:
        findings.error(name, 1, "file", "holds macros; save it as XLSX without them")
        return False
    return True


class _Formula(str):
    """What stands in a cell that holds a formula."""

    __slots__ = ()


def _lines_of(sheet: object) -> Iterator[tuple[int, list[str]]]:
    rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1)  # type: ignore[attr-defined]
    for number, cells in enumerate(rows, 1):
        yield number, [_text_of(cell) for cell in cells]


def _text_of(cell: Cell) -> str:
    value = cell.value
    if cell.data_type == "f":
        return _Formula(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _to_table(
    name: str, shown: str, lines: Iterator[tuple[int, list[str]]], findings: Findings
) -> Table | None:
    heading = next(lines, None)
    columns = [text.strip() for text in heading[1]] if heading else []
    while columns and not columns[-1]:
        columns.pop()
    if not columns or len(columns) > MOST_COLUMNS:
        findings.error(
            shown, 1, "file", f"needs 1 to {MOST_COLUMNS} columns, named in its first row"
        )
        return None
    for column in {column for column in columns if columns.count(column) > 1}:
        findings.error(shown, 1, column or "file", "this column is there twice; keep one")
    rows = []
    for number, texts in lines:
        if number > MOST_ROWS + 1:
            findings.error(shown, number, "file", f"has more than {MOST_ROWS} rows; split it")
            break
        if any(text.strip() for text in texts):
            rows.append(_to_row(shown, number, columns, texts, findings))
    return Table(name, tuple(columns), tuple(rows), shown)


def _to_row(
    shown: str, number: int, columns: Sequence[str], texts: Sequence[str], findings: Findings
) -> Row:
    if any(text.strip() for text in texts[len(columns) :]):
        findings.error(shown, number, "file", "has a cell beyond the named columns; empty it")
    cells: dict[str, str] = {}
    for column, text in zip(columns, texts, strict=False):
        fault = _find_fault(text)
        if fault:
            findings.error(shown, number, column, fault)
        cells[column] = "" if fault else restore(text.replace("\r\n", "\n"))
    return Row(number, cells)


def _find_fault(text: str) -> str | None:
    if isinstance(text, _Formula):
        return "holds a formula; write its value"
    if len(text) > LONGEST_CELL:
        return f"has more than {LONGEST_CELL} characters; shorten it"
    if has_hidden_marks(text):
        return "holds an invisible or direction mark; retype it"
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        return "holds a control character; retype it"
    return None
