"""What processes cost in processor time, which other work on the machine disturbs little."""

import os
from pathlib import Path


def spent_by(pid: int) -> float:
    """Seconds of this process and of all its children that have ended."""
    return sum(int(each) for each in _fields(pid)[11:15]) / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """From the third on: the second is a name, which may hold anything."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf8")
    return stat.rpartition(")")[2].split()
