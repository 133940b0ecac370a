"""How connections to PostgreSQL are made, kept and looked after."""

from time import monotonic

from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

# A process that stands still in the middle of a transaction, or a machine cut off in it, would hold
# its rows for hours: an opt-out or a stop would wait for it. PostgreSQL then ends the transaction.
_PATIENCE = "-c idle_in_transaction_session_timeout=10s"
# A connection that served a moment ago is believed to live. To ask it each time took a tenth of the
# time of a claim.
_RESTED_SECONDS = 1.0
_SERVED_AT = "served_at"
_HAS_FAILED = "has_failed"


def create_postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        connect_args={"options": f"{url.query.get('options', '')} {_PATIENCE}".strip()},
        pool_size=pool_size,
        max_overflow=0,
        # The last one used is taken first: its statements are prepared, what they need is at hand.
        pool_use_lifo=True,
    )
    _look_after(engine)
    return engine


def _look_after(engine: AsyncEngine) -> None:
    """Ask a connection that rested, or on which something failed, whether it lives, as SQLAlchemy's
    `pool_pre_ping` asks each; if not, it and what else may be dead are made anew."""
    dialect = engine.dialect

    def doubt(context: ExceptionContext) -> None:
        if context.connection is not None and not context.connection.invalidated:
            context.connection.info[_HAS_FAILED] = True

    def note(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_SERVED_AT] = monotonic()

    def ask(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        now = monotonic()
        is_doubtful = entry.info.pop(_HAS_FAILED, False)
        if not is_doubtful and now - entry.info.get(_SERVED_AT, now) < _RESTED_SECONDS:
            return
        try:
            dialect.do_ping(connection)
            connection.rollback()  # of the transaction that the question began
        except dialect.loaded_dbapi.Error as error:
            if not dialect.is_disconnect(error, connection, None):
                raise
            raise InvalidatePoolError from error

    event.listen(engine.sync_engine, "handle_error", doubt)
    event.listen(engine.sync_engine, "checkin", note)
    event.listen(engine.sync_engine, "checkout", ask)
