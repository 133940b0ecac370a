"""Files that staff take away. Knows how one is handed over, not what stands in it."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from content.sheet_files import neutralise


def csv_file(name: str, heading: Sequence[str], lines: Iterable[Sequence[object]]) -> Response:
    """A table as CSV, marked as UTF-8 at its beginning, since spreadsheets else guess.

    No cell can act as a formula in the program that opens it (SEC-43).
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([neutralise(str(cell)) for cell in line] for line in lines)
    return as_file(file.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", name)


def as_file(content: str | bytes, media_type: str, name: str) -> Response:
    """`name` is one of ours: nothing in it has to be escaped."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
