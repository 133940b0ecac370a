"""Every response carries the strict headers; health tells the truth and nothing about people."""

from dataclasses import replace

import httpx
import pytest

from bot.channels.base import WebhookRequest
from bot.channels.simulator import Simulator
from bot.channels.telegram import CAPABILITIES
from bot.messages import Inbound, Receipt
from hub.app.hub import Hub
from hub.jobs.loops import Jobs
from tests.app.web import TELEGRAM_PATH, client_of, from_telegram, telegram_text

LOOPBACK = "127.0.0.1"
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
POLICY = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


class Broken(Simulator):
    """A channel with a bug."""

    def __init__(self, hub: Hub) -> None:
        super().__init__("telegram", CAPABILITIES, now=hub.clock.now)

    def verify(self, request: WebhookRequest) -> None:
        del request

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        raise RuntimeError("canary-in-an-error " + request.body.decode())


def assert_strict(answer: httpx.Response) -> None:
    for name, value in STRICT.items():
        assert answer.headers[name] == value, name
    assert [rule for rule in POLICY if rule not in answer.headers["Content-Security-Policy"]] == []
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 404),
        ("GET", "/nowhere", 404),
        ("POST", "/nowhere", 404),
        ("GET", TELEGRAM_PATH, 405),
        ("POST", TELEGRAM_PATH, 403),
        ("POST", "/webhooks/twilio", 403),
        ("POST", "/webhooks/twilio/status", 403),
        ("POST", "/healthz", 405),
    ],
)
async def test_every_response_is_strict(
    web: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    # SEC-25
    answer = await web.request(method, path)
    assert answer.status_code == status
    assert_strict(answer)


async def test_large_unreadable_and_unstored_ones_are_strict_too(
    hub: Hub, hub_without_database: Hub, web: httpx.AsyncClient
) -> None:
    # SEC-25
    too_large = await from_telegram(web, b"x" * 300_000)
    unreadable = await from_telegram(web, b"{")
    async with client_of(hub_without_database) as down:
        unstored = await from_telegram(down, telegram_text(900))
    assert [each.status_code for each in (too_large, unreadable, unstored)] == [413, 200, 503]
    for answer in (too_large, unreadable, unstored):
        assert_strict(answer)


async def test_a_bug_tells_nobody_anything(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    # SEC-25, SEC-10, INV-9
    broken = replace(hub, channels={"telegram": Broken(hub)})
    async with client_of(broken) as web:
        answer = await from_telegram(web, telegram_text(900, "canary-of-a-person"))
    assert answer.status_code == 500
    assert_strict(answer)
    assert "canary" not in answer.text
    assert "Traceback" not in answer.text
    printed = capfd.readouterr()
    assert "canary" not in printed.out + printed.err


async def test_alive_is_alive_even_without_a_database(hub_without_database: Hub) -> None:
    async with client_of(hub_without_database) as web:
        answer = await web.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_ready_tells_each_dependency(web: httpx.AsyncClient) -> None:
    answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "ready": True,
            "database": "ok",
            "understanding": "fallback",
            "channels": ["telegram", "whatsapp"],
            "jobs_failing": {},
            "voice": "off",
            "demonstration": False,
        },
    )


async def test_without_a_database_it_is_not_ready(hub_without_database: Hub) -> None:
    # F-10
    async with client_of(hub_without_database) as web:
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


async def test_ready_names_the_loops_that_fail(hub: Hub) -> None:
    jobs = Jobs()

    async def step() -> bool:
        return False

    jobs.add("turns-0", step, every_seconds=1)
    jobs._loops["turns-0"][0].failures = 4
    async with client_of(hub, jobs) as web:
        assert (await web.get("/readyz")).json()["jobs_failing"] == {"turns-0": 4}


async def test_figures_are_for_this_machine_only(hub: Hub) -> None:
    # SEC-29
    async with client_of(hub, address=LOOPBACK) as near:
        assert (await near.get("/metrics")).status_code == 200
        through_proxy = await near.get("/metrics", headers={"X-Forwarded-For": LOOPBACK})
        unknown = await near.get("/nowhere")
    async with client_of(hub) as far:
        from_afar = await far.get("/metrics")
    for answer in (through_proxy, from_afar):
        assert (answer.status_code, answer.content) == (404, unknown.content)


async def test_figures_count_and_name_nobody(hub: Hub) -> None:
    # SEC-93
    async with client_of(hub, address=LOOPBACK) as web:
        for update_id in (1, 2, 3):
            await from_telegram(web, telegram_text(update_id, "canary", user=987654321))
        await hub.turns.step()
        text = (await web.get("/metrics")).text
    assert "chasqui_inbox_open 2.0" in text
    assert 'chasqui_outbox{state="queued"} 3.0' in text
    assert "canary" not in text
    assert "987654321" not in text
