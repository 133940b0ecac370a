"""Proposing an update: a draft for people to read, never a message that leaves by itself."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Literal

from babel.core import negotiate_locale
from fastapi import APIRouter, Depends, Header, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from broadcast.audience import Audience
from broadcast.models import Update
from broadcast.proposing import UnfitProposalError, find_proposal, propose
from broadcast.states import State
from broadcast.subject import Finding
from broadcast.versions import Draft
from content.models import Topic
from hub.api.desk import Desk, Moment, refusals, require, unchanged
from hub.api.problems import FieldProblem, ProblemError
from hub.api.replies import reply
from hub.console.forms import clean
from hub.console.once import KEPT
from hub.database import insert_if_new
from hub.i18n import Translate
from hub.staff.models import UsedForm
from hub.staff.tokens import Caller, Scope

_ROUTE = "/api/v1/updates"
_STAFF_LANGUAGES = ("en", "es")
Text = Annotated[str, Field(max_length=4096), AfterValidator(clean)]
Title = Annotated[
    str,
    Field(min_length=1, max_length=120, description="For staff only; it is not sent."),
    AfterValidator(lambda text: " ".join(clean(text).split())),
]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2,3}$")]


class _Strict(BaseModel):
    """What nobody knows is refused, rather than left out in silence."""

    model_config = ConfigDict(extra="forbid")


class ForWhom(_Strict):
    """All that is given has to hold; nothing given is everybody who asked for updates."""

    languages: list[LanguageCode] = Field(default=[], max_length=20)
    areas: list[Annotated[str, Field(pattern="^[0-9]{2,6}$")]] = Field(
        default=[], max_length=50, description="UBIGEO codes, with all that lies within."
    )
    interests: list[Annotated[str, Field(max_length=64)]] = Field(
        default=[], max_length=20, description="Sub-groups whose updates people chose."
    )
    channels: list[Literal["telegram", "whatsapp"]] = Field(default=[], max_length=2)


class Proposal(_Strict):
    """An update as you would send it. It cannot be urgent, or pass the night: staff decide that."""

    title: Title
    texts: dict[LanguageCode, Text] = Field(
        min_length=1, max_length=10, description="By language, without a line on how to stop."
    )
    audience: ForWhom = ForWhom()
    send_at: Moment | None = Field(default=None, description="null: as soon as it is approved.")
    not_after: Moment | None = Field(
        default=None, description="Nobody gets it later; null: as long as updates usually live."
    )


class Note(BaseModel):
    place: str
    detail: str


class Proposed(BaseModel):
    """How a proposal stands."""

    id: str
    title: str
    state: State = Field(
        description="`draft`: people have to hand it over, others to approve it; until `approved` "
        "nothing is decided."
    )
    proposed_at: datetime
    changed_at: datetime
    notes: list[Note] = Field(
        default=[], description="Said once, on proposing: what its readers will look at."
    )


def proposals_router(desk: Desk) -> APIRouter:
    may_propose = require(Scope.UPDATES_PROPOSE)
    router = APIRouter(tags=["updates"], responses=refusals(HTTPStatus.NOT_FOUND))

    @router.post(
        "/updates",
        status_code=HTTPStatus.CREATED,
        response_model=Proposed,
        summary="Propose an update",
        responses=refusals(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    )
    async def propose_update(
        request: Request,
        proposal: Proposal,
        caller: Annotated[Caller, Depends(may_propose)],
        idempotency_key: Annotated[
            str,
            Header(
                min_length=8,
                max_length=200,
                pattern="^[!-~]+$",
                description="A new one for each proposal, such as a UUID. The same request again, "
                "also after a broken connection, proposes nothing new.",
            ),
        ],
    ) -> Response:
        """Scope `updates:propose`. What the rules find has to be mended first (422)."""
        said = desk.console.for_language(_wanted_language(request))
        proposed = await _propose_once(desk, proposal, caller, idempotency_key, said)
        return Response(
            proposed.model_dump_json(),
            HTTPStatus.CREATED,
            {"Location": f"{_ROUTE}/{proposed.id}", "Cache-Control": "no-store"},
            "application/json",
        )

    @router.get(
        "/updates/{update_id}",
        response_model=Proposed,
        summary="How a proposal of yours stands",
        responses={**unchanged(), **refusals()},
    )
    async def show_update(
        request: Request,
        update_id: Annotated[str, Path(pattern="^[0-9a-f]{26}$")],
        caller: Annotated[Caller, Depends(may_propose)],
    ) -> Response:
        """Scope `updates:propose`. Of every program of your organisation, and of nobody else."""
        async with desk.database.read() as session:
            row = await find_proposal(session, update_id, caller.organisation_id)
        if row is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such proposal of yours.")
        return reply(request, _to_proposed(row))

    return router


async def _propose_once(
    desk: Desk, proposal: Proposal, caller: Caller, key: str, said: Translate
) -> Proposed:
    """Whatever is raised, nothing of it is kept, and the key is free again."""
    form_id = sha256(key.encode()).hexdigest()[:32]
    body_hash = sha256(proposal.model_dump_json().encode()).digest()
    try:
        async with desk.database.write() as session:
            if not await _claim(session, caller, form_id, body_hash, desk.clock.now()):
                return await _repeat(session, caller, form_id, body_hash)
            proposed = await _propose(desk, session, proposal, caller, said)
            await _note_result(session, caller, form_id, proposed.id)
            return proposed
    except UnfitProposalError as error:
        raise _refuse(list(_spell(error.findings, said))) from error


async def _propose(
    desk: Desk, session: AsyncSession, proposal: Proposal, caller: Caller, said: Translate
) -> Proposed:
    await _check_names(desk, session, proposal)
    now, chosen = desk.clock.now(), proposal.audience
    draft = Draft(
        title=proposal.title,
        texts=proposal.texts,
        audience=Audience(
            languages=tuple(chosen.languages),
            areas=tuple(chosen.areas),
            interests=tuple(chosen.interests),
            channels=tuple(chosen.channels),
        ),
        send_at=proposal.send_at,
        not_after=proposal.not_after
        or max(now, proposal.send_at or now) + desk.policy.default_life,
    )
    _check_times(draft)
    row, findings = await propose(session, draft, desk.policy, account=caller.account_id, now=now)
    notes = [Note(place=place, detail=words) for place, words in _spell(findings, said)]
    return _to_proposed(row).model_copy(update={"notes": notes})


async def _check_names(desk: Desk, session: AsyncSession, proposal: Proposal) -> None:
    """What would match nobody, or has no place here, is a slip of the one who wrote it."""
    languages = desk.config.languages
    known = set(await session.scalars(select(Topic.owner).distinct()))
    faults = [
        (f"body.texts.{name}", f"one of {', '.join(languages)}")
        for name in proposal.texts
        if name not in languages
    ]
    faults += [
        ("body.audience.languages", f"{name}: one of {', '.join(languages)}")
        for name in proposal.audience.languages
        if name not in languages
    ]
    faults += [
        ("body.audience.interests", "there is no such sub-group")
        for name in proposal.audience.interests
        if name not in known
    ]
    if faults:
        raise _refuse(faults)


def _check_times(draft: Draft) -> None:
    if draft.send_at is not None and draft.send_at >= draft.not_after:
        raise _refuse([("body.not_after", "later than send_at")])


async def _claim(
    session: AsyncSession, caller: Caller, form_id: str, body_hash: bytes, now: datetime
) -> bool:
    """Whether this key is used for the first time; it counts only if the transaction commits."""
    await session.execute(
        delete(UsedForm).where(UsedForm.staff_id == caller.account_id, UsedForm.at < now - KEPT)
    )
    return await insert_if_new(
        session,
        UsedForm,
        staff_id=caller.account_id,
        route=_ROUTE,
        form_id=form_id,
        body_hash=body_hash,
        location="",
        at=now,
    )


async def _note_result(session: AsyncSession, caller: Caller, form_id: str, update_id: str) -> None:
    used = await session.get_one(UsedForm, (caller.account_id, _ROUTE, form_id))
    used.location = update_id


async def _repeat(
    session: AsyncSession, caller: Caller, form_id: str, body_hash: bytes
) -> Proposed:
    used = await session.get_one(UsedForm, (caller.account_id, _ROUTE, form_id))
    if used.body_hash != body_hash:
        raise ProblemError(
            HTTPStatus.CONFLICT, "This Idempotency-Key was used for another proposal."
        )
    return _to_proposed(await session.get_one(Update, used.location))


def _to_proposed(row: Update) -> Proposed:
    return Proposed(
        id=row.id,
        title=row.title,
        state=State(row.state),
        proposed_at=row.created_at,
        changed_at=row.changed_at,
    )


def _spell(findings: Sequence[Finding], _: Translate) -> Iterator[tuple[str, str]]:
    """Findings name the form's fields; here they stand where the body has them."""
    for finding in findings:
        place = finding.place.replace("text.", "texts.", 1)
        place = f"audience.{place}" if place == "areas" else place
        yield f"body.{place}", _(finding.words) % dict(finding.values)


def _refuse(faults: list[tuple[str, str]]) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The rules for updates found what has to be mended first; `errors` says what.",
        errors=[FieldProblem(place=place, detail=words) for place, words in faults],
    )


def _wanted_language(request: Request) -> str:
    header = request.headers.get("accept-language", "")[:200]
    asked = [each.partition(";")[0].strip() for each in header.split(",")]
    return negotiate_locale(asked, _STAFF_LANGUAGES, sep="-") or _STAFF_LANGUAGES[0]
