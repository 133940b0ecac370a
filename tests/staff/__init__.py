"""Tests of staff accounts, sign-in, sessions and the audit log."""
