"""SEC-42, SEC-40: what people and staff write stays text, wherever the console shows it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import hub.console
from hub.console.forms import clean
from hub.staff.roles import Role
from tests.console.answers import SENTENCE, add_in_review, make_content
from tests.console.conftest import ConsoleHarness

TEMPLATES = Path(hub.console.__file__).parent / "templates"


OWN_ELEMENTS = {
    name
    for file in TEMPLATES.glob("*.html")
    for name in re.findall(r"<([a-z][a-z0-9]*)", file.read_text(encoding="utf8"))
}


class HarmFinder(HTMLParser):
    """Reads a page as a browser does, and notes what no template of ours would make."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in OWN_ELEMENTS:
            self.found.append(f"<{tag}>")
        if tag == "script" and not (given.get("src") or "").startswith("/console/static/"):
            self.found.append("script without source")
        if tag == "img" and not (given.get("src") or "").startswith("data:image/"):
            self.found.append("picture from elsewhere")
        if tag == "a" and not (given.get("href") or "").startswith(("/console", "#")):
            self.found.append("link elsewhere")
        self.found += [name for name in given if name.startswith("on") or name == "style"]


def find_harm(page: str) -> list[str]:
    finder = HarmFinder()
    finder.feed(page)
    return finder.found


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "%(name)s %s {0}",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_makes_no_element_and_no_attribute(
    console: ConsoleHarness, text: str
) -> None:
    author = await console.add_staff(
        "ana", *Role, display_name=text[:60], organisation=text[:60], sub_groups=("protection",)
    )
    content = make_content(title=text, text=f"{SENTENCE * 4}{text}", source=text)
    async with console.database.write() as session:
        answer_id = await add_in_review(session, author, console.clock.now(), content)
    client = await console.sign_in("ana")
    await client.act(f"/answers/{answer_id}/send-back", comment=text)
    for path in (
        "/",
        "/answers",
        f"/answers?q={text}",
        f"/answers/{answer_id}",
        f"/answers/{answer_id}/edit",
        "/staff",
        "/account",
    ):
        page = (await client.get(path)).text
        assert not find_harm(page), path


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/answers/%22%3E%3Csvg%20onload=x"])
async def test_hostile_addresses_are_not_echoed(console: ConsoleHarness, path: str) -> None:
    client = await console.sign_in_as(Role.READER)
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text
    assert "onload" not in answer.text


@pytest.mark.parametrize(
    "path", ["/answers/%00", "/answers?q=%00&owner=%00", "/%ff%fe", "/answers/%ED%A0%80"]
)
async def test_bytes_that_no_database_takes_do_no_harm(console: ConsoleHarness, path: str) -> None:
    client = await console.sign_in_as(Role.READER)
    assert (await client.get(path)).status_code in (200, 404)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1b[31m\x9b", "ab[31m"),
        ("uno\r\ndos\rtres", "uno\ndos\ntres"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("e\u0301", "é"),
        ("a\ud800b", "ab"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_fields_are_cleaned_before_a_page_sees_them(typed: str, kept: str) -> None:
    assert clean(typed) == kept
    assert clean(clean(typed)) == clean(typed)


def test_the_finder_finds_harm() -> None:
    for text in ("<script>x</script>", "<img src=x>", "<p onclick=x>", "<a href=javascript:x>"):
        assert find_harm(text)


async def test_written_text_stands_in_its_own_direction(console: ConsoleHarness) -> None:
    await console.add_staff("ana", Role.ADMIN, display_name="ANA <b>")
    client = await console.sign_in("ana")
    for path in ("/", "/staff"):
        assert '<bdi dir="auto">ANA &lt;b&gt;</bdi>' in (await client.get(path)).text
