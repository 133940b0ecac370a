"""Servers that play the providers, for tests and for running the hub without them."""
