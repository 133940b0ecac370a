"""Talking with many: updates, approval, audience, delivery ledger."""
