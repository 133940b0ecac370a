"""The history of the schema, for SQLite and PostgreSQL. Numbered, one head; released ones never change."""
