"""A million people made by the database itself, whose addresses all open as one number."""

from datetime import datetime

from hub.vault import Vault
from tests.benchmarks.both_databases import Bare

ADDRESS = "900000000"
_AS_STORED = "%Y-%m-%d %H:%M:%S.%f"  # by SQLite, of moments in UTC
_OWN_ROW = "0" * 26

_SQLITE = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
    " INSERT INTO {into} SELECT {row} FROM numbers"
)
_POSTGRESQL = "INSERT INTO {into} SELECT {row} FROM generate_series(1, :count) AS numbers(n)"
_CONTACTS = (
    "contacts (id, language, language_is_chosen, interests, created_at, last_seen_at, noticed_at)",
    "{id}, 'es', {false}, '[]', :now, :now, :now",
)
_ADDRESSES = (
    (
        "addresses (id, contact_id, channel, address_index, address_sealed, opted_in_at,"
        " last_inbound_at)"
    ),
    "{id}, {id}, 'telegram', {index}, :sealed, :now, :now",
)


class OneNumberVault(Vault):
    """Opens what the crowd has in place of sealed addresses, at the cost of opening one: to seal a
    million of them would take longer than all that is measured."""

    _sealed: bytes | None = None

    def open(self, table: str, column: str, row_id: str, sealed: bytes) -> str:
        del row_id, sealed
        if self._sealed is None:
            self._sealed = self.seal(table, column, _OWN_ROW, ADDRESS)
        return super().open(table, column, _OWN_ROW, self._sealed)


def add_crowd(bare: Bare, count: int, now: datetime) -> None:
    moment = now.strftime(_AS_STORED) if bare.is_sqlite else now
    statement = _SQLITE if bare.is_sqlite else _POSTGRESQL
    for into, row in (_CONTACTS, _ADDRESSES):
        filled = row.format(
            # In no order, as ids are: one made of the number would be kinder to every index.
            id="printf('%08x', (n * 2654435761) % 4294967296) || printf('%018d', n)"
            if bare.is_sqlite
            else "lpad(to_hex((n::bigint * 2654435761) % 4294967296), 8, '0')"
            " || lpad(n::text, 18, '0')",
            false="0" if bare.is_sqlite else "false",
            index="randomblob(32)" if bare.is_sqlite else "sha256(n::text::bytea)",
        )
        values: dict[str, object] = {"count": count, "now": moment}
        if ":sealed" in filled:
            values["sealed"] = b"-"
        if not bare.is_sqlite:
            filled = filled.replace("%", "%%")  # the driver's own mark
        bare.run(statement.format(into=into, row=filled), **values)
    bare.commit()
    bare.run("ANALYZE")
    bare.commit()
