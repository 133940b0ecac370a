"""The history of the schema, for SQLite and PostgreSQL: numbered, one head, released ones fixed."""
