"""The whole hub as a process, against servers that know nothing of it."""
