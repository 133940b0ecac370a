"""Rules that the database itself holds to, as triggers: no code path goes round them (SEC-27).

One `Guard` makes the statements of both dialects. Parts list theirs and attach them to their
tables; migrations hold frozen copies of the statements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import DDL, MetaData, event


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuse `event` on `table` when `condition` holds.

    `<>` of values that may be NULL is written `DIFFERS`. `locks` names rows, such as `updates WHERE
    id = NEW.update_id`, that are held until commit on PostgreSQL, where two transactions could
    otherwise each see the other's past.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    locks: str | None = None


def statements(guard: Guard, dialect: str) -> tuple[str, ...]:
    """The statements that make this guard; the migrations hold a copy of them."""
    return _for_sqlite(guard) if dialect == "sqlite" else _for_postgresql(guard)


def attach_guards(metadata: MetaData, guards: Iterable[Guard]) -> None:
    """Make the guards together with their tables."""
    for guard, dialect, statement in _all(guards):
        ddl = DDL(  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy 2.1
            statement.replace("%", "%%")
        ).execute_if(dialect=dialect)
        event.listen(metadata.tables[guard.table], "after_create", ddl)


def _all(guards: Iterable[Guard]) -> Iterator[tuple[Guard, str, str]]:
    for guard in guards:
        for dialect in ("sqlite", "postgresql"):
            for statement in statements(guard, dialect):
                yield guard, dialect, statement


def _for_sqlite(guard: Guard) -> tuple[str]:
    condition = guard.condition.replace("DIFFERS", "IS NOT")
    trigger = (
        f"CREATE TRIGGER {guard.table}_{guard.name} BEFORE {guard.event} ON {guard.table}"
        f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    )
    return (trigger,)


def _for_postgresql(guard: Guard) -> tuple[str, str]:
    condition = guard.condition.replace("DIFFERS", "IS DISTINCT FROM")
    name = f"{guard.table}_{guard.name}"
    lock = f"PERFORM 1 FROM {guard.locks} FOR SHARE; " if guard.locks else ""
    row = "OLD" if guard.event == "DELETE" else "NEW"
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
        f"IF {condition} THEN RAISE EXCEPTION '{guard.message}'"
        f" USING ERRCODE = 'check_violation'; END IF; RETURN {row}; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE {guard.event} ON {guard.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    return function, trigger
