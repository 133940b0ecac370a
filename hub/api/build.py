"""Builds the API: an application of its own below `/api/v1`, behind its gate."""

from typing import Any

from fastapi import Depends, FastAPI, Security
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from broadcast.policy import Policy
from hub.api.answers import answers_router
from hub.api.desk import Desk, refuse_unknown
from hub.api.figures import figures_router
from hub.api.gate import Gate
from hub.api.limits import Limiter
from hub.api.problems import FieldProblem, Problem, ProblemError, answer_problem
from hub.api.proposals import proposals_router
from hub.api.reference import PAGE_PATH, STYLE_PATH, reference_router
from hub.api.services import services_router
from hub.clock import Clock
from hub.config import Config
from hub.database import Database
from hub.i18n import Phrases

PREFIX = "/api/v1"
SCHEMA_PATH = "/openapi.json"
_STAFF_LANGUAGES = ("es", "en")
_DESCRIPTION = """Verified answers, services and figures of the platform for refugees and migrants,
and the way to propose an update. Send `Authorization: Bearer` and the token that the platform's
administrators gave to your organisation."""


def build_api(
    database: Database,
    clock: Clock,
    config: Config,
    policy: Policy,
    bot: Phrases,
    *,
    is_demonstration: bool = False,
) -> ASGIApp:
    """The application to mount at `PREFIX`."""
    desk = Desk(
        database=database,
        clock=clock,
        config=config,
        policy=policy,
        bot=bot,
        console=Phrases("console", _STAFF_LANGUAGES),
        is_demonstration=is_demonstration,
    )
    api = _build_application(desk)
    return Gate(
        api,
        database,
        clock,
        calls=Limiter(config.api.requests_per_minute),
        strangers=Limiter(config.api.strangers_per_minute),
        open_paths=frozenset({SCHEMA_PATH, PAGE_PATH, STYLE_PATH}),
    )


def _build_application(desk: Desk) -> FastAPI:
    bearer = HTTPBearer(auto_error=False, description="The gate has looked at it before.")
    api = FastAPI(
        title="Chasqui",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=SCHEMA_PATH,
        redirect_slashes=False,
        dependencies=[Security(bearer), Depends(refuse_unknown)],
    )
    for error in (ProblemError, RequestValidationError, HTTPException):
        api.add_exception_handler(error, answer_problem)
    api.include_router(answers_router(desk))
    api.include_router(services_router(desk))
    api.include_router(figures_router(desk))
    api.include_router(proposals_router(desk))
    api.include_router(reference_router(lambda: describe(api)))
    api.openapi = lambda: describe(api)  # type: ignore[method-assign]  # as FastAPI's guide has it
    return api


def describe(api: FastAPI) -> dict[str, Any]:
    """The description of the API, with the one shape of errors."""
    if api.openapi_schema is None:
        schema = get_openapi(
            title=api.title,
            version=api.version,
            description=_DESCRIPTION,
            routes=api.routes,
            servers=[{"url": PREFIX}],
        )
        parts = schema["components"]["schemas"]
        template = "#/components/schemas/{model}"
        for model in (FieldProblem, Problem):
            parts[model.__name__] = model.model_json_schema(ref_template=template)
            parts[model.__name__].pop("$defs", None)
        api.openapi_schema = schema
    return api.openapi_schema
