"""The main menu: short for everybody, and never without the page that one is on."""

from hub.console.menu import MenuItem, arrange
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness


def _entries(*headings: str, current: int = -1) -> list[tuple[str, MenuItem]]:
    return [
        (heading, MenuItem(f"{number}", f"/{number}", number == current))
        for number, heading in enumerate(headings)
    ]


def test_a_short_menu_hides_nothing() -> None:
    sections = arrange(_entries("", "a", "a", "b", "b"))
    assert [(each.heading, len(each.items)) for each in sections] == [("", 1), ("a", 2), ("b", 2)]
    assert not any(each.is_folded for each in sections)


def test_a_long_menu_folds_its_last_heading() -> None:
    sections = arrange(_entries("", *["a"] * 6, *["b"] * 3))
    assert [each.is_folded for each in sections] == [False, False, True]


def test_the_fold_of_the_current_page_is_known() -> None:
    sections = arrange(_entries("", *["a"] * 6, *["b"] * 3, current=8))
    assert [each.is_current for each in sections] == [False, False, True]


async def test_headings_stand_only_over_what_one_may_open(console: ConsoleHarness) -> None:
    reader = (await (await console.sign_in_as(Role.READER)).get("/")).text
    menu = reader.split('id="menu"')[1].split("</nav>")[0]
    assert "Content" in menu
    assert "/console/staff" not in menu
    assert "/console/cases" not in menu
