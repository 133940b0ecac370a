"""The scene of the tests of updates, for the tests of the checks."""

from tests.broadcast.conftest import small_scene

__all__ = ["small_scene"]
