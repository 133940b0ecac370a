"""Several real processes on one PostgreSQL database."""
