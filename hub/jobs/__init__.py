"""Work in the background: named steps, run by loops of this process or by jobs in PostgreSQL.

Whatever starts a step is only a trigger. The truth is in the database, so a lost or repeated
trigger does no harm.
"""
