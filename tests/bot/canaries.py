"""Looks for what must not be there: in every column of every table, and in files."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from hub.database import Database


def spellings(canary: str | bytes) -> set[bytes]:
    """The ways in which a value is written down without being changed (SEC-90)."""
    raw = canary if isinstance(canary, bytes) else canary.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    # Inside a longer text base64 depends on where the value begins; these cores do not.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
        found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")} if len(coded) > 7 else set()
    if isinstance(canary, str):
        found |= {canary.encode("utf-16-le"), quote(canary).encode()}
        found.add(json.dumps(canary)[1:-1].encode())
    return found


def find_in_bytes(data: bytes, canaries: Iterable[str | bytes]) -> list[str]:
    lower = data.lower()
    return [
        repr(canary)
        for canary in canaries
        if any(spelling.lower() in lower for spelling in spellings(canary))
    ]


async def find_in_tables(
    database: Database, canaries: Iterable[str | bytes], *, but_for: frozenset[str] = frozenset()
) -> list[str]:
    """`table.column: canary` for each place where one is, in all tables except `but_for`."""
    async with database.engine.connect() as connection:
        cells = await connection.run_sync(lambda sync: list(_read_cells(sync, but_for)))
    wanted = list(canaries)
    return [
        f"{place}: {canary}" for place, value in cells for canary in find_in_bytes(value, wanted)
    ]


def find_in_files(folder: Path, canaries: Iterable[str | bytes]) -> list[str]:
    """Every file below `folder`, the database with its write-ahead log included."""
    wanted = list(canaries)
    return [
        f"{path.name}: {canary}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for canary in find_in_bytes(path.read_bytes(), wanted)
    ]


def _read_cells(connection: Connection, but_for: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    for table in set(inspect(connection).get_table_names()) - but_for:
        result = connection.execute(text(f'SELECT * FROM "{table}"'))
        columns = list(result.keys())
        for row in result:
            for column, value in zip(columns, row, strict=True):
                if value is not None:
                    yield f"{table}.{column}", _to_bytes(value)


def _to_bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return (value if isinstance(value, str) else repr(value)).encode("utf-8", "surrogatepass")
