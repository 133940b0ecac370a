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
    scripts = {path.name for path in (STATIC / "vendor").glob("*.js")}
    assert set(named) == scripts
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


async def test_addresses_carry_the_contents_hash_and_may_be_kept(console: ConsoleHarness) -> None:
    client = console.client()
    page = (await client.get("/sign-in")).text
    addresses = re.findall(r'"/console(/static/[^"]+)"', page)
    assert len(addresses) == 4
    for address in addresses:
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        digest = hashlib.sha256(answer.content).hexdigest()
        assert address.endswith(f"?v={digest[:12]}")


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
