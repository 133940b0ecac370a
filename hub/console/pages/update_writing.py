"""Writing updates: the guided form, saved as a draft or handed over for approval in one step."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.audience import Audience, Count
from broadcast.correcting import recall
from broadcast.errors import UnfitError, UpdateError
from broadcast.listing import list_templates
from broadcast.models import Update
from broadcast.reckoning import count_audience
from broadcast.states import Move, State, can
from broadcast.verify import find_faults
from broadcast.versions import find_update, lock_update
from broadcast.writing import compose, edit, read_draft, submit, withdraw
from hub.console.errors import BadFormError, ConflictError
from hub.console.frame import Act, Page, Visitor
from hub.console.template_form import fetch_picked, list_options, mark_picked
from hub.console.update_form import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_URGENCY,
    Form,
    Options,
    empty_form,
    explain_findings,
    fill_form,
    link_answer,
    list_areas,
    list_interests,
    load_areas,
    policy_of,
    read_answer_code,
    read_audience,
    read_draft_from,
    read_form,
    read_query,
    spell_places,
)
from hub.console.update_path import steps_at
from hub.console.update_refusals import refuse
from hub.console.update_words import CHANNELS
from hub.console.words import names_for
from hub.staff.roles import Permission


async def show_new(visitor: Visitor) -> Response:
    form = empty_form(policy_of(visitor.console), visitor.now)
    form.told_answer = visitor.query("told_answer")[:32]
    form.owner = next(iter(visitor.staff.sub_groups), "")
    async with visitor.console.database.read() as session:
        return await _show_form(visitor, session, form, None)


async def show_edit(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        try:
            row = await find_update(session, visitor.path("update_id"))
        except UpdateError as error:
            raise refuse(error) from error
        if not can(State(row.state), Move.EDIT):
            raise ConflictError(row.id)
        draft = await read_draft(session, row.id)
        policy = policy_of(visitor.console)
        form = fill_form(draft, await load_areas(session), policy)
        form.answer = await read_answer_code(session, draft.answer_id)
        form.templates = mark_picked(form.templates, await list_templates(session))
        if row.state == State.DRAFT:
            faults = await find_faults(session, row, policy, visitor.now)
            form.errors = explain_findings(faults, visitor._)
        return await _show_form(visitor, session, form, row)


async def save_new(visitor: Visitor, session: AsyncSession) -> Response:
    return await _save(visitor, session, None)


async def save(visitor: Visitor, session: AsyncSession) -> Response:
    try:
        row = await lock_update(session, visitor.path("update_id"))
    except UpdateError as error:
        raise refuse(error) from error
    return await _save(visitor, session, row)


async def hand_over(visitor: Visitor, session: AsyncSession) -> Response:
    """From the update's own page, without a change."""
    update_id = visitor.path("update_id")
    try:
        return await _submit(visitor, session, update_id, _seen_version(visitor))
    except UnfitError:
        return visitor.go(f"/updates/{update_id}/edit")
    except UpdateError as error:
        raise refuse(error) from error


async def give_up(visitor: Visitor, session: AsyncSession) -> Response:
    update_id = visitor.path("update_id")
    try:
        await withdraw(session, update_id, actor=visitor.staff.id, now=visitor.now)
    except UpdateError as error:
        raise refuse(error) from error
    return visitor.done("/updates", visitor._("The update was given up. Nothing was sent."))


async def begin_correction(visitor: Visitor, session: AsyncSession) -> Response:
    policy = policy_of(visitor.console)
    update_id = visitor.path("update_id")
    try:
        wrong = await find_update(session, update_id)
        row = await recall(
            session,
            update_id,
            policy,
            title=(visitor._("Correction: %(title)s") % {"title": wrong.title})[:LONGEST_TITLE],
            author=visitor.staff.id,
            now=visitor.now,
        )
    except UpdateError as error:
        raise refuse(error) from error
    phrase = visitor._("Write what is right. It goes to those whom the update reached.")
    return visitor.done(f"/updates/{row.id}/edit", phrase)


async def show_count(visitor: Visitor) -> Response:
    """How many people the choices of an unsaved form hold; a part of the form's page."""
    form = read_query(visitor)
    async with visitor.console.database.read() as session:
        audience = read_audience(form, await load_areas(session), visitor._)
        count = await _count(visitor, session, audience)
    names = visitor.console.config.names
    return visitor.render("updates_count.html", count=count, channels=CHANNELS, languages=names)


async def show_areas(visitor: Visitor) -> Response:
    """What lies right below an area: one level of the tree of a form."""
    async with visitor.console.database.read() as session:
        areas = await list_areas(session, visitor.path("code")[:6])
    return visitor.render("updates_areas.html", areas=areas)


async def _save(visitor: Visitor, session: AsyncSession, row: Update | None) -> Response:
    form, policy = read_form(visitor), policy_of(visitor.console)
    form.templates = fetch_picked(form.templates, await list_templates(session))
    draft = read_draft_from(form, await load_areas(session), policy, visitor.now, visitor._)
    draft = await link_answer(session, form, draft, visitor._)
    if form.owner and form.owner not in _owners(visitor, row):
        form.errors["owner"] = visitor._("Choose a sub-group that you belong to.")
    if form.errors:
        return await _show_form(visitor, session, form, row, 422)
    try:
        if row is None:
            author = visitor.staff.id
            saved = await compose(session, draft, policy, author=author, now=visitor.now)
        else:
            saved = await edit(
                session,
                row.id,
                draft,
                policy,
                seen_version=_seen_version(visitor),
                editor=visitor.staff.id,
                now=visitor.now,
            )
        if visitor.field("then") == "submit":
            return await _submit(visitor, session, saved.id, saved.version)
        if visitor.field("then") == "look" and await find_faults(
            session, saved, policy, visitor.now
        ):
            phrase = visitor._("The draft is saved. Some things have to be mended first.")
            return visitor.done(f"/updates/{saved.id}/edit", phrase)
    except UnfitError:
        faults = await find_faults(session, saved, policy, visitor.now)
        form.errors = explain_findings(faults, visitor._)
        return await _show_form(visitor, session, form, row, 422)
    except UpdateError as error:
        raise refuse(error) from error
    return visitor.done(f"/updates/{saved.id}", visitor._("The draft is saved."))


async def _submit(
    visitor: Visitor, session: AsyncSession, update_id: str, version: int
) -> Response:
    await submit(
        session,
        update_id,
        policy_of(visitor.console),
        seen_version=version,
        submitter=visitor.staff.id,
        now=visitor.now,
    )
    phrase = visitor._("Handed over. Now somebody else reads and approves it.")
    return visitor.done(f"/updates/{update_id}", phrase)


def _seen_version(visitor: Visitor) -> int:
    typed = visitor.field("version")[:9]
    if not typed.isdecimal():
        raise BadFormError("no version")
    return int(typed)


def _owners(visitor: Visitor, row: Update | None) -> list[str]:
    """Sub-groups for which this author may write; one that the update has stays possible."""
    own = list(visitor.staff.sub_groups)
    return own if row is None or row.owner is None or row.owner in own else [row.owner, *own]


async def _count(visitor: Visitor, session: AsyncSession, audience: Audience) -> Count:
    return await count_audience(session, audience, policy_of(visitor.console), visitor.now)


async def _show_form(
    visitor: Visitor,
    session: AsyncSession,
    form: Form,
    row: Update | None,
    status: int = 200,
) -> Response:
    book = await load_areas(session)
    audience = read_audience(form, book, visitor._)
    config = visitor.console.config
    names = names_for(visitor._, config.names)
    interests = await list_interests(session)
    spell_places(form, book)
    return visitor.render(
        "updates_form.html",
        status=status,
        form=form,
        row=row,
        version=visitor.field("version") or (row.version if row else 1),
        count=await _count(visitor, session, audience),
        options=Options(
            languages=list(config.names.items()),
            owners=[(each, names.owners.get(each, each)) for each in _owners(visitor, row)],
            interests=[(name, names.owners.get(name, name)) for name in interests],
            departments=await list_areas(session),
        ),
        closings=policy_of(visitor.console).closings,
        channels=CHANNELS,
        languages=config.names,
        templates=list_options(await list_templates(session)),
        steps=steps_at(None, visitor._),
        default_language=config.default_language,
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
        longest_urgency=LONGEST_URGENCY,
    )


PAGES = (
    Page("/updates/new", Permission.UPDATES_WRITE, show_new),
    Act("/updates/new/save", Permission.UPDATES_WRITE, save_new),
    Page("/updates/count", Permission.UPDATES_WRITE, show_count),
    Page("/updates/areas/{code}", Permission.UPDATES_WRITE, show_areas),
    Page("/updates/{update_id}/edit", Permission.UPDATES_WRITE, show_edit),
    Act("/updates/{update_id}/edit/save", Permission.UPDATES_WRITE, save),
    Act("/updates/{update_id}/submit", Permission.UPDATES_WRITE, hand_over),
    Act("/updates/{update_id}/withdraw", Permission.UPDATES_WRITE, give_up),
    Act("/updates/{update_id}/correct", Permission.UPDATES_WRITE, begin_correction),
)
