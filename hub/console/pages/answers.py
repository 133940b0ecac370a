"""Answers: find them, read all languages side by side, verify, send back, withdraw."""

from datetime import date
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.checking import check_language, find_unchecked
from content.review import send_back, verify_answer, withdraw_answer
from content.states import MoveRefusedError, State
from content.validity import usual_end
from hub.console.answer_form import longest_text_of
from hub.console.answer_views import (
    DUE,
    HAS,
    LACKS,
    UNCHECKED,
    Filters,
    Sheet,
    count_in_state,
    list_answers,
    list_owners,
    load_sheet,
)
from hub.console.errors import ConflictError, NotFoundError
from hub.console.forms import read_day
from hub.console.frame import PREFIX, Act, Card, Page, Visitor
from hub.console.menu import CONTENT
from hub.console.words import names_for, safety_titles
from hub.i18n import FALLBACK, noop
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_PAGE_LINES = 25
_LONGEST_COMMENT = 500


async def show_answers(visitor: Visitor) -> Response:
    filters = Filters(
        visitor.query("owner"),
        visitor.query("state"),
        visitor.query("q"),
        visitor.query("language"),
        visitor.query("having"),
    )
    page = max(1, int(asked)) if (asked := visitor.query("page")[:4]).isdecimal() else 1
    async with visitor.console.database.read() as session:
        owners = await list_owners(session)
        languages = visitor.console.config.languages
        lines = await list_answers(
            session,
            filters,
            visitor.language,
            _today(visitor),
            languages,
            safety=safety_titles(visitor._),
        )
    first = (page - 1) * _PAGE_LINES
    chosen = {
        "q": filters.text,
        "owner": filters.owner,
        "state": filters.state,
        "language": filters.language,
        "having": filters.having,
    }
    return visitor.render(
        "answers.html",
        lines=lines[first : first + _PAGE_LINES],
        total=len(lines),
        page=page,
        has_more=len(lines) > first + _PAGE_LINES,
        address=f"{PREFIX}/answers?{urlencode({**chosen, 'page': ''})}",
        filters=filters,
        owners=owners,
        names=names_for(visitor._, visitor.console.config.names),
        extra_states={
            DUE: visitor._("Ending soon"),
            UNCHECKED: visitor._("With languages to check"),
        },
        havings={
            HAS: visitor._("Has it"),
            LACKS: visitor._("Lacks it"),
            UNCHECKED: visitor._("Nobody checked it"),
        },
    )


async def show_answer(visitor: Visitor) -> Response:
    sheet = await load(visitor)
    return _render_sheet(visitor, sheet)


async def verify(visitor: Visitor, session: AsyncSession) -> Response:
    answer_id = visitor.path("answer_id")
    until = read_day(visitor.field("valid_until"))
    if until is None or until < _today(visitor):
        errors = {"valid_until": visitor._("Choose a day from today on")}
        return _render_sheet(visitor, await load(visitor), 422, errors)
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        seen, checked = visitor.field("hash"), visitor.choices("checked")
        await verify_answer(session, answer_id, member, seen, visitor.now, until, checked)
    except MoveRefusedError as error:
        raise ConflictError(answer_id) from error
    return visitor.done(
        f"/answers/{answer_id}", visitor._("Approved. The bot uses it from now on.")
    )


async def check_one_language(visitor: Visitor, session: AsyncSession) -> Response:
    answer_id, language = visitor.path("answer_id"), visitor.field("language")
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await check_language(
            session, answer_id, language, member, visitor.field("hash"), visitor.now
        )
    except MoveRefusedError as error:
        raise ConflictError(answer_id) from error
    return visitor.done(f"/answers/{answer_id}", visitor._("Noted: you read it in this language."))


async def return_to_author(visitor: Visitor, session: AsyncSession) -> Response:
    answer_id = visitor.path("answer_id")
    comment = visitor.field("comment")
    if not comment or len(comment) > _LONGEST_COMMENT:
        errors = {"comment": visitor._("Say in a few words what should change")}
        return _render_sheet(visitor, await load(visitor), 422, errors)
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await send_back(session, answer_id, member, comment, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(answer_id) from error
    return visitor.done(f"/answers/{answer_id}", visitor._("Sent back to its author."))


async def withdraw(visitor: Visitor, session: AsyncSession) -> Response:
    answer_id = visitor.path("answer_id")
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await withdraw_answer(session, answer_id, member, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(answer_id) from error
    return visitor.done(f"/answers/{answer_id}", visitor._("Withdrawn. The bot no longer says it."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    counts = await count_in_state(session, visitor.staff, _today(visitor))
    cards = _waiting_cards(visitor, counts) + _known_cards(visitor, counts)
    return [card for card in cards if card.count]


def _waiting_cards(visitor: Visitor, counts: dict[str, int]) -> list[Card]:
    _ = visitor._
    cards = []
    if visitor.can(Permission.ANSWERS_WRITE) or visitor.can(Permission.ANSWERS_VERIFY):
        advice = _("Your sub-group's: read them again before their last day")
        title = _("Answers that end soon")
        cards.append(Card(title, counts["due"], advice, "/answers?state=due"))
    if visitor.can(Permission.ANSWERS_VERIFY):
        advice = _("Your sub-group's texts that somebody else wrote")
        title = _("Answers to verify")
        cards.append(Card(title, counts["to_verify"], advice, "/answers?state=in_review"))
    if visitor.can(Permission.ANSWERS_WRITE):
        advice = _("Read the comment, correct, and send again")
        title = _("Answers sent back")
        cards.append(Card(title, counts["sent_back"], advice, "/answers?state=draft"))
    return cards


def _known_cards(visitor: Visitor, counts: dict[str, int]) -> list[Card]:
    _ = visitor._
    if not visitor.can(Permission.ANSWERS_READ):
        return []
    return [
        Card(
            _("Answers that expired"),
            counts["expired"],
            _("The bot says that these are being checked"),
            "/answers?state=expired",
            "bad",
        ),
        Card(
            _("Approved answers"),
            counts["approved"],
            _("The bot can give these now"),
            "/answers?state=approved",
            "good",
        ),
        Card(
            _("Answers in review"),
            counts["in_review"],
            _("Of all sub-groups"),
            "/answers?state=in_review",
            "quiet",
        ),
    ]


def _today(visitor: Visitor) -> date:
    """As `content` reckons validity: the day in UTC."""
    return visitor.now.date()


async def load(visitor: Visitor) -> Sheet:
    async with visitor.console.database.read() as session:
        sheet = await load_sheet(
            session,
            visitor.path("answer_id"),
            visitor.language,
            _today(visitor),
            safety_titles(visitor._),
        )
    if sheet is None:
        raise NotFoundError
    return sheet


def _render_sheet(
    visitor: Visitor, sheet: Sheet, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    order = {language: place for place, language in enumerate(visitor.console.config.languages)}
    return visitor.render(
        "answer.html",
        status=status,
        sheet=sheet,
        answer=sheet.answer,
        texts=sorted(sheet.texts, key=lambda text: order.get(text.language, len(order))),
        missing=[
            language
            for language in visitor.console.config.languages
            if language not in {text.language for text in sheet.texts}
        ],
        errors=errors or {},
        limit=longest_text_of(sheet.answer.topic),
        comment=visitor.field("comment"),
        valid_until=visitor.field("valid_until")
        or usual_end(sheet.answer, _today(visitor)).isoformat(),
        unchecked=find_unchecked(sheet.texts, visitor.console.config.languages),
        translations=[
            (text.language, visitor.console.config.names.get(text.language, text.language))
            for text in sorted(sheet.texts, key=lambda text: order.get(text.language, len(order)))
            if text.language != FALLBACK
        ],
        may_check=visitor.can(Permission.ANSWERS_VERIFY)
        and sheet.state in (State.IN_REVIEW, State.APPROVED)
        and not sheet.is_by(visitor.staff),
        is_own_group=sheet.owner in visitor.staff.sub_groups,
        names=names_for(visitor._, visitor.console.config.names),
    )


PAGES = (
    Page("/answers", Permission.ANSWERS_READ, show_answers, nav=noop("Answers"), nav_under=CONTENT),
    Page("/answers/{answer_id}", Permission.ANSWERS_READ, show_answer),
    Act("/answers/{answer_id}/verify", Permission.ANSWERS_VERIFY, verify),
    Act("/answers/{answer_id}/check", Permission.ANSWERS_VERIFY, check_one_language),
    Act("/answers/{answer_id}/send-back", Permission.ANSWERS_SEND_BACK, return_to_author),
    Act("/answers/{answer_id}/withdraw", Permission.ANSWERS_WITHDRAW, withdraw),
)
