"""What stops an API request, in one shape for all: problem details as RFC 9457 has them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One thing to mend, and where it stands in what was sent."""

    place: str = Field(description="As `body.texts.es`, `query.limit` or `header.idempotency-key`.")
    detail: str


class Problem(BaseModel):
    """Why a request was not served."""

    type: str = Field(description="`about:blank`: the status says it all.")
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default=[], description="Only where fields are wrong.")


class ProblemError(Exception):
    """The request ends here. `detail` is told to the program that sent it."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def to_response(self) -> Response:
        problem = Problem(
            type="about:blank",
            title=self.status.phrase,
            status=self.status,
            detail=self.detail,
            errors=list(self.errors),
        )
        return Response(
            problem.model_dump_json(),
            self.status,
            {**self.headers, "Cache-Control": "no-store"},
            MEDIA_TYPE,
        )


async def answer_problem(_request: Request, error: Exception) -> Response:
    """Handles what endpoints raise, and what the framework does before one is found."""
    if isinstance(error, ProblemError):
        return error.to_response()
    if isinstance(error, RequestValidationError):
        return _unreadable(error).to_response()
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return ProblemError(status, status.description, headers=error.headers).to_response()
    raise error


def _unreadable(error: RequestValidationError) -> ProblemError:
    """Without the values that were sent: they may be anything, and nobody needs them back."""
    errors = [
        FieldProblem(place=".".join(str(part) for part in each["loc"]), detail=each["msg"])
        for each in error.errors()
    ]
    detail = "What was sent does not fit; `errors` says where."
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)
