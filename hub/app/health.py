"""Whether the process lives, whether it is fit for traffic, and figures for the operators."""

import asyncio
from typing import Any

from fastapi import APIRouter, HTTPException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.nowhere import is_test
from bot.data_requests import count_due
from hub.app.hub import Hub
from hub.jobs.port import Engine

_DATABASE_SECONDS = 2.0
_LOOPBACK = frozenset(("127.0.0.1", "::1"))


def build_health(hub: Hub, jobs: Engine) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        """Fit for traffic: needs the database only, since the matcher answers without Rasa."""
        state = await _state(hub, jobs)
        return JSONResponse(state, status_code=200 if state["ready"] else 503)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """For this machine only; a proxy in between is not this machine."""
        client = request.client.host if request.client else ""
        if client not in _LOOPBACK or "x-forwarded-for" in request.headers:
            raise HTTPException(404)
        return Response(await _figures(hub), media_type=CONTENT_TYPE_LATEST)

    return router


async def _state(hub: Hub, jobs: Engine) -> dict[str, Any]:
    has_database = await _has_database(hub)
    return {
        "ready": has_database,
        "database": "ok" if has_database else "unreachable",
        "understanding": await _engine(hub),
        "channels": sorted(name for name in hub.channels if not is_test(name)),
        "voice": _voice(hub),
        "jobs_failing": jobs.failures(),
        "demonstration": hub.is_demonstration,
    }


async def _engine(hub: Hub) -> str:
    """Which of the two answers now."""
    understander = hub.conversation.understander
    if hub.rasa is None or understander.breaker.is_open:
        return "fallback"
    return "rasa" if await hub.rasa.is_ready() else "fallback"


def _voice(hub: Hub) -> str:
    """Whether answers can be heard; where something lacks for it, the log says what."""
    if hub.conversation.answering.speaking is not None:
        return "on"
    return "lacking" if hub.config.voice.enabled else "off"


async def _has_database(hub: Hub) -> bool:
    try:
        async with asyncio.timeout(_DATABASE_SECONDS), hub.database.read() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True


async def _figures(hub: Hub) -> bytes:
    registry = CollectorRegistry()
    inbox = Gauge("chasqui_inbox_open", "Messages not answered yet", registry=registry)
    inbox.set(await hub.inbox.open_count())
    outbox = Gauge("chasqui_outbox", "Replies by state", ["state"], registry=registry)
    for state, count in (await hub.outbox.counts()).items():
        outbox.labels(state).set(count)
    overdue = Gauge("chasqui_data_requests_overdue", "Past the law's days", registry=registry)
    async with hub.database.read() as session:
        overdue.set(await count_due(session, hub.clock.now()))
    restarts = Gauge("chasqui_rasa_restarts", "Times Rasa had to be restarted", registry=registry)
    restarts.set(hub.child.restarts if hub.child else 0)
    return generate_latest(registry)
