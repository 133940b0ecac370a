"""Writing answers: all languages of a version in one form, saved as a draft or sent to review."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.check_texts import LONGEST_STEP, LONGEST_TITLE
from content.findings import Severity
from content.models import Answer
from content.pack import TopicContent
from content.review import NotReadyError, check_draft, edit_answer, submit_answer
from content.rows import read_topic
from content.states import MoveRefusedError
from hub.console.answer_form import (
    SOURCE_FIELDS,
    explain_findings,
    find_form_errors,
    longest_text_of,
    read_content,
)
from hub.console.answer_previews import advise
from hub.console.answer_views import Sheet
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import Act, Page, Visitor
from hub.console.pages.answer_phones import preview_on, read_phone
from hub.console.pages.answers import load
from hub.console.pages.trying import channel_names
from hub.console.words import names_for
from hub.staff.models import StaffMember
from hub.staff.roles import Permission


async def show_edit(visitor: Visitor) -> Response:
    sheet = await load(visitor)
    async with visitor.console.database.read() as session:
        row = await session.get_one(Answer, sheet.answer.id)
        content = await read_topic(session, row)
    return await _show_form(visitor, sheet, content)


async def check(visitor: Visitor) -> Response:
    """The form as it is being written, with what the rules say to it; nothing is saved."""
    sheet = await load(visitor)
    async with visitor.console.database.read() as session:
        before = await read_topic(session, await session.get_one(Answer, sheet.answer.id))
    return await _show_form(visitor, sheet, read_content(visitor, before))


async def save(visitor: Visitor, session: AsyncSession) -> Response:
    """Save a draft, or save and submit in one step; what breaks a rule comes back with the form."""
    answer_id = visitor.path("answer_id")
    row = await _get(session, answer_id)
    if row.hash != visitor.field("hash"):
        raise ConflictError(answer_id)
    content = read_content(visitor, await read_topic(session, row))
    errors = find_form_errors(content, visitor._)
    member = await session.get_one(StaffMember, visitor.staff.id)
    if not errors:
        try:
            saved = await edit_answer(session, answer_id, content, member, visitor.now)
            if visitor.field("then") != "submit":
                return visitor.done(f"/answers/{saved.id}", visitor._("The draft is saved."))
            await submit_answer(session, saved.id, member, visitor.now)
            return visitor.done(f"/answers/{saved.id}", visitor._("Sent to review."))
        except NotReadyError as error:
            languages = visitor.console.config.languages
            errors = explain_findings(error.findings, content, languages, visitor._)
        except MoveRefusedError as error:
            raise ConflictError(answer_id) from error
    return await _show_form(visitor, await load(visitor), content, errors, 422)


async def submit(visitor: Visitor, session: AsyncSession) -> Response:
    answer_id = visitor.path("answer_id")
    row = await _get(session, answer_id)
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await submit_answer(session, answer_id, member, visitor.now)
    except NotReadyError as error:
        content = await read_topic(session, row)
        languages = visitor.console.config.languages
        errors = explain_findings(error.findings, content, languages, visitor._)
        return await _show_form(visitor, await load(visitor), content, errors, 422)
    except MoveRefusedError as error:
        raise ConflictError(answer_id) from error
    return visitor.done(f"/answers/{answer_id}", visitor._("Sent to review."))


async def _get(session: AsyncSession, answer_id: str) -> Answer:
    row = await session.get(Answer, answer_id, with_for_update=True)
    if row is None:
        raise NotFoundError(answer_id)
    return row


async def _show_form(
    visitor: Visitor,
    sheet: Sheet,
    content: TopicContent,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    empty = {**dict.fromkeys(("id", *SOURCE_FIELDS), ""), "says": []}
    sources = [{**empty, **source} for source in content.sources]
    shown = read_phone(visitor, visitor.field)
    return visitor.render(
        "answer_edit.html",
        status=status,
        sheet=sheet,
        content=content,
        sources=[*sources, empty],
        languages=visitor.console.config.languages,
        longest_text=longest_text_of(content.topic),
        longest_title=LONGEST_TITLE,
        longest_step=LONGEST_STEP,
        errors=errors or {},
        faults=await _find_faults(visitor, content, errors or {}),
        advice=advise(content, visitor._),
        names=names_for(visitor._, visitor.console.config.names),
        shown=shown,
        previews=await preview_on(visitor, content, shown),
        channels=channel_names(visitor),
        hash=visitor.field("hash") or sheet.answer.hash,
    )


async def _find_faults(
    visitor: Visitor, content: TopicContent, errors: dict[str, str]
) -> dict[str, str]:
    """What would keep the text from review, by field, besides what is said already."""
    languages = visitor.console.config.languages
    async with visitor.console.database.read() as session:
        try:
            findings = await check_draft(session, content)
        except MoveRefusedError:
            return {}
    faults = [finding for finding in findings if finding.severity is Severity.ERROR]
    explained = explain_findings(faults, content, languages, visitor._)
    return {field: phrase for field, phrase in explained.items() if field not in errors}


PAGES = (
    Page("/answers/{answer_id}/edit", Permission.ANSWERS_WRITE, show_edit),
    Page("/answers/{answer_id}/edit/check", Permission.ANSWERS_WRITE, check, method="POST"),
    Act("/answers/{answer_id}/edit/save", Permission.ANSWERS_WRITE, save),
    Act("/answers/{answer_id}/submit", Permission.ANSWERS_WRITE, submit),
)
