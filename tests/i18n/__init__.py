"""Tests of what is said: catalogues, command words, and the texts that people and staff read."""
