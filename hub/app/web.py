"""The web application: doors for providers, health, console, and in a demonstration the phones."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.channels.registry import MAX_BODY
from hub.api.build import PREFIX as API_PREFIX
from hub.api.build import build_api
from hub.app.demo import build_demo
from hub.app.health import build_health
from hub.app.hub import Hub
from hub.app.media import Media
from hub.app.proof_page import ProofPage
from hub.app.webhooks import Door, Webhooks
from hub.console.build import build_console
from hub.console.headers import SecurityHeaders
from hub.jobs.port import Engine

# Which channel each public route belongs to; Twilio's status callbacks have one of their own.
_DOORS = {
    "/webhooks/telegram": "telegram",
    "/webhooks/twilio": "whatsapp",
    "/webhooks/twilio/status": "whatsapp",
}


def _proof_page(hub: Hub) -> ProofPage:
    talk = hub.conversation
    return ProofPage(
        talk.proving.proofs, talk.answers, talk.phrases, hub.config.names, talk.default
    )


def _api(hub: Hub) -> ASGIApp:
    return build_api(
        hub.database,
        hub.clock,
        hub.config,
        hub.policy,
        hub.conversation.phrases,
        is_demonstration=hub.is_demonstration,
    )


def build_web(hub: Hub, jobs: Engine) -> ASGIApp:
    """The application, wrapped so that every response carries the strict headers."""
    app = FastAPI(title="Chasqui", docs_url=None, redoc_url=None, openapi_url=None)
    doors = [
        Door(path, hub.channels[name], MAX_BODY[name])
        for path, name in _DOORS.items()
        if name in hub.channels
    ]
    app.include_router(Webhooks(hub.inbox, hub.lanes, hub.clock).router(doors))
    app.include_router(build_health(hub, jobs))
    app.include_router(_proof_page(hub).router())
    if speaking := hub.conversation.answering.speaking:
        app.include_router(Media(hub.conversation.proving.proofs, speaking).router())
    app.include_router(
        build_console(
            hub.database,
            hub.vault,
            hub.config,
            hub.clock,
            rehearser=hub.rehearser,
            inbox=hub.inbox,
            public_url=hub.environment.chasqui_public_url,
            is_demonstration=hub.is_demonstration,
        )
    )
    app.mount(API_PREFIX, _api(hub))
    if hub.is_demonstration:
        app.include_router(build_demo(hub))
    return SecurityHeaders(app)
