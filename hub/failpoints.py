"""Places where a test may kill this process, to prove that nothing is lost there.

Nothing happens unless `CHASQUI_FAILPOINT` names a point: `name`, or `name:n` to die at the n-th
hit. `CHASQUI_FAILPOINT_LOG` names a file to which each hit appends the point's name.
"""

import os
import signal
from collections import Counter
from pathlib import Path

# Read once: every message comes by here several times.
_ARMED = os.environ.get("CHASQUI_FAILPOINT", "")
_LOG = os.environ.get("CHASQUI_FAILPOINT_LOG", "")
_hits: Counter[str] = Counter()


def hit(name: str) -> None:
    """Die here without any clean-up if this failpoint is armed."""
    if _LOG:
        with Path(_LOG).open("a", encoding="utf8") as file:
            file.write(f"{name}\n")
    if not _ARMED:
        return
    point, _, number = _ARMED.partition(":")
    if point != name:
        return
    _hits[name] += 1
    if _hits[name] >= int(number or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
