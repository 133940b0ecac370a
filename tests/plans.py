"""How a database means to answer a query, in its own words."""

import sqlalchemy as sa

from hub.database import Database


async def plan_of(database: Database, query: sa.Select[*tuple[object, ...]]) -> str:
    """In lower case; the query's parameters have their values."""
    dialect = database.engine.dialect
    spelled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as session:
        if (
            not database.is_sqlite
        ):  # what is as small as in tests it would rather read and sort whole
            for way in ("seqscan", "bitmapscan", "sort"):
                await session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
        rows = await session.execute(sa.text(f"{explain} {spelled}".replace(":", r"\:")))
        return "\n".join(str(row) for row in rows).lower()
