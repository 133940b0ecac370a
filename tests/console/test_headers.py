"""SEC-25, HUM-28: the headers of every response of the application, errors included."""

import re

import pytest

from hub.console.headers import CONTENT_SECURITY_POLICY, HEADERS
from hub.console.pages import PAGES
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness

_THIRD_PARTY = re.compile(r"""(?:src|href|action)=["'](?:[a-z]+:)?//""", re.IGNORECASE)


def test_the_policy_allows_this_site_only() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }
    assert "max-age=31536000; includeSubDomains" in HEADERS["Strict-Transport-Security"]


async def test_every_route_and_every_error_carries_them(console: ConsoleHarness) -> None:
    await console.add_staff("ana", *Role)
    clients = (console.client(), await console.sign_in("ana"))
    statuses = set()
    for client in clients:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            for path in {re.sub(r"\{[^}]*\}", "x", page.path) for page in PAGES}:
                answer = await client.http.request(method, f"/console{path}")
                statuses.add(answer.status_code)
                for name, value in HEADERS.items():
                    assert answer.headers[name] == value, (method, path)
                assert answer.headers["cache-control"] == "no-store", (method, path)
    assert {200, 303, 403, 404, 405} <= statuses


@pytest.mark.parametrize(("path", "status"), [("/boom", 500), ("/nowhere", 404)])
async def test_the_frameworks_own_errors_carry_them(
    console: ConsoleHarness, path: str, status: int
) -> None:
    answer = await console.client().http.get(path)
    assert answer.status_code == status
    assert HEADERS.items() <= dict(answer.headers.items()).items() or all(
        answer.headers[name] == value for name, value in HEADERS.items()
    )
    assert answer.headers["cache-control"] == "no-store"
    assert "an error nobody expected" not in answer.text


async def test_pages_have_no_inline_code_and_ask_nobody_else(console: ConsoleHarness) -> None:
    await console.add_staff("ana", *Role)
    client = await console.sign_in("ana")
    for page in PAGES:
        if page.method != "GET" or "{" in page.path:
            continue
        html = (await client.get(page.path)).text
        assert not _THIRD_PARTY.search(html), page.path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), page.path
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), page.path
