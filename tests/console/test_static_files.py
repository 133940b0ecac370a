"""Files for browsers: a fixed set, cached by content, and what is vendored is what it claims."""

import hashlib
import re
from pathlib import Path

import pytest

import hub.console
from tests.console.conftest import ConsoleHarness

STATIC = Path(hub.console.__file__).parent / "static"


def test_vendored_files_are_unchanged() -> None:
    table = (STATIC / "vendor" / "VENDORED.md").read_text(encoding="utf8")
    named = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", table, re.MULTILINE))
    vendored = {path.name for path in (STATIC / "vendor").iterdir()}
    assert set(named) == {name for name in vendored if name.endswith((".js", ".css"))}
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


async def test_addresses_carry_the_contents_hash_and_may_be_kept(console: ConsoleHarness) -> None:
    client = console.client()
    page = (await client.get("/sign-in")).text
    addresses = re.findall(r'"/console(/static/[^"]+)"', page)
    assert len(addresses) >= 4
    for address in addresses:
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        digest = hashlib.sha256(answer.content).hexdigest()
        assert address.endswith(f"?v={digest[:12]}")


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("xgzip", False),
        ("", False),
    ],
)
async def test_files_are_compressed_for_browsers_that_take_it(
    console: ConsoleHarness, accepted: str, *, is_compressed: bool
) -> None:
    client = console.client(**{"accept-encoding": accepted})
    answer = await client.get("/static/console.css")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert (answer.headers.get("content-encoding") == "gzip") == is_compressed
    assert answer.content == (STATIC / "console.css").read_bytes()


async def test_pages_are_never_compressed(console: ConsoleHarness) -> None:
    # SEC-24: a page holds the form's token beside what the address said, so its length must not
    # tell which letters they share (BREACH).
    answer = await console.client(**{"accept-encoding": "gzip"}).get("/sign-in?lang=gzip")
    assert "csrf" in answer.text
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../frame.py",
        "/static/%2e%2e/frame.py",
        "/static/..%2fframe.py",
        "/static/vendor/VENDORED.md",
        "/static//etc/passwd",
        "/static/",
    ],
)
async def test_no_other_file_can_be_asked_for(console: ConsoleHarness, path: str) -> None:
    assert (await console.client().get(path)).status_code == 404
