"""SEC-49: whatever stands in an address, pages answer as pages and change nothing.

The names of parameters are read from the code of the console, so that none is forgotten.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hub.console
from hub.console.pages import PAGES
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness
from tests.console.services import import_services
from tests.console.updates import add_in_review

_FOLDER = Path(hub.console.__file__).parent
_NAME = re.compile(r"\{(\w+)(?::path)?\}")
HOSTILE = (
    "' OR '1'='1' --",
    '"; DROP TABLE staff_members; --',
    "1 UNION SELECT password_hash FROM staff_members",
    "%",
    "_%\\",
    "-1",
    "99999999999999999999999999",
    "1e309",
    "NaN",
    "2026-13-99",
    "0001-01-01",
    "9999-12-31",
    "\x00",
    "\u202e\u2066\u200f",
    "٣",  # a digit for `isdigit`, and none for SQL
    "{{7*7}}${7*7}%(x)s",
    "../../../etc/passwd",
    "x" * 800,
    "<script>alert(1)</script>",
)
RAW = ("%ff%fe", "%ed%a0%80", "%", "%zz", "a&a=b&=&&")


IN_PATHS = (HOSTILE[0], HOSTILE[12], "x" * 2000, "../../../etc/passwd")


def names_of_parameters() -> dict[str, set[str]]:
    """By module, the literals that `visitor.query(…)` is called with."""
    found: dict[str, set[str]] = {}
    for file in _FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "query":
                literals = {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
                found.setdefault(file.stem, set()).update(literals)
    return found


def addresses() -> Iterator[str]:
    by_module = names_of_parameters()
    names = sorted(set().union(*by_module.values()))
    assert {"q", "state", "page", "actor", "before"} <= set(names)
    for route in PAGES:
        if route.method != "GET":
            continue
        if route.handler.__module__.rpartition(".")[2] in by_module:
            address = _NAME.sub("nothing", route.path)
            for value in (*map(quote, HOSTILE), *RAW):
                yield f"{address}?{'&'.join(f'{name}={value}' for name in names)}"
        if _NAME.search(route.path):
            for value in (*(quote(value, safe="") for value in IN_PATHS), *RAW[:2]):
                yield _NAME.sub(value, route.path)


async def test_pages_answer_whatever_the_address_says(console: ConsoleHarness) -> None:
    # SEC-49
    await import_services(console)
    await add_in_review(console)
    await console.add_staff("eva", *Role)
    client = await console.sign_in("eva")
    for address in addresses():
        answer = await client.get(address)
        assert answer.status_code < 500, address[:80]
        assert "<script>alert(1)" not in answer.text
        assert "$argon2" not in answer.text
    assert (await client.get("/")).status_code == 200  # tables and session are still there
