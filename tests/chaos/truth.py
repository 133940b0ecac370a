"""The provider's log, read as it grows: what people's phones really got."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.faults import FaultKind

NOT_TAKEN = frozenset({FaultKind.STATUS})  # the only fault that says for certain: nothing was sent


@dataclass(frozen=True)
class Call:
    channel: str
    to: str
    text: str
    accepted: bool
    fault: str | None

    @property
    def is_doubtful(self) -> bool:
        """The hub cannot know what became of it."""
        return self.fault is not None and self.fault not in NOT_TAKEN


@dataclass
class Truth:
    path: Path
    calls: list[Call] = field(default_factory=list)
    accepted: int = 0
    _offset: int = 0

    def read_on(self) -> int:
        """How many messages were accepted so far."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        whole, end, _ = new.rpartition(b"\n")
        self._offset += len(whole) + len(end)
        for line in whole.splitlines():
            call = Call(**json.loads(line))
            self.calls.append(call)
            self.accepted += call.accepted
        return self.accepted
