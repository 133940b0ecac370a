"""One's own account: language of the console, and the sessions that are open."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import BadFormError, NotFoundError
from hub.console.frame import LANGUAGES, Act, Page, Visitor
from hub.i18n import own_name
from hub.staff.accounts import set_language
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission
from hub.staff.sessions import end_session, end_sessions_of, list_sessions


async def show_account(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        sessions = await list_sessions(
            session, visitor.staff.id, visitor.now, visitor.console.sign_in.limits
        )
    languages = [(language, own_name(language)) for language in LANGUAGES]
    return visitor.render("account.html", sessions=sessions, languages=languages)


async def choose_language(visitor: Visitor, session: AsyncSession) -> Response:
    language = visitor.field("language")
    if language not in LANGUAGES:
        raise BadFormError("language")
    member = await session.get_one(StaffMember, visitor.staff.id)
    await set_language(session, member, language, now=visitor.now)
    _ = visitor.console.templates.phrases.for_language(language)
    return visitor.done("/account", _("The console now speaks your language."))


async def end_one(visitor: Visitor, session: AsyncSession) -> Response:
    ended = visitor.path("session_id")
    if not await end_session(session, visitor.staff.id, ended):
        raise NotFoundError(ended)
    await record_act(session, visitor.now, visitor.staff.id, "end_session", "session", ended)
    return visitor.done("/account", visitor._("That session was ended."))


async def end_others(visitor: Visitor, session: AsyncSession) -> Response:
    own = visitor.session.id if visitor.session else ""
    await end_sessions_of(session, visitor.staff.id, keep=own)
    await record_act(
        session, visitor.now, visitor.staff.id, "end_other_sessions", "staff", visitor.staff.id
    )
    return visitor.done("/account", visitor._("All other sessions were ended."))


PAGES = (
    Page("/account", Permission.SIGNED_IN, show_account),
    Act("/account/language", Permission.SIGNED_IN, choose_language),
    Act("/account/end-others", Permission.SIGNED_IN, end_others),
    Act("/account/sessions/{session_id}/end", Permission.SIGNED_IN, end_one),
)
