"""The partner API: who gets in, what it tells, and what it takes."""
