"""The main menu: what a visitor may open, under a few headings, so that it stays short."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.i18n import noop

CONTENT, PEOPLE, PLATFORM = noop("Content"), noop("People"), noop("Platform")
_MOST = 9  # entries to be seen at once; with more than that, the last heading is folded


@dataclass(frozen=True)
class MenuItem:
    label: str
    path: str
    is_current: bool


@dataclass
class MenuSection:
    """`heading` is empty for what stands before all others."""

    heading: str
    items: list[MenuItem] = field(default_factory=list)
    is_folded: bool = False

    @property
    def is_current(self) -> bool:
        return any(item.is_current for item in self.items)


def arrange(entries: Iterable[tuple[str, MenuItem]]) -> list[MenuSection]:
    """From pairs of heading and item. Headings come in the order in which they are first named."""
    sections: dict[str, MenuSection] = {}
    for heading, item in entries:
        sections.setdefault(heading, MenuSection(heading)).items.append(item)
    found = list(sections.values())
    if len(found) > 1 and sum(len(section.items) for section in found) > _MOST:
        found[-1].is_folded = True
    return found
