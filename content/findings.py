"""What a check of a pack finds: each with file, line, field and how to mend it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong in a pack; `message` says what and how to mend it."""

    path: str
    line: int
    field: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.field}: {self.message}"


@dataclass
class Findings:
    """What a check has found so far."""

    items: list[Finding] = field(default_factory=list)

    def error(self, path: str, line: int, field: str, message: str) -> None:
        self.items.append(Finding(path, line, field, message))

    def warn(self, path: str, line: int, field: str, message: str) -> None:
        self.items.append(Finding(path, line, field, message, Severity.WARNING))

    @property
    def errors(self) -> list[Finding]:
        return [item for item in self.items if item.severity is Severity.ERROR]
