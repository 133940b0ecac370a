"""Services: find places and lines, read what the bot says of each, verify, recheck, withdraw, and
say for some hours that one is closed."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.conditions import Condition, end_condition, set_condition
from content.review import (
    WithdrawalReason,
    recheck_service,
    verify_service,
    withdraw_service,
)
from content.states import MoveRefusedError
from content.validity import usual_end
from hub.console.answer_views import DUE
from hub.console.errors import ConflictError, NotFoundError
from hub.console.forms import read_day
from hub.console.frame import PREFIX, Act, Card, Page, Visitor
from hub.console.menu import CONTENT
from hub.console.service_views import (
    COUNTRY,
    Filters,
    Sheet,
    count_in_state,
    load_directory,
    load_sheet,
    preview,
)
from hub.console.words import (
    condition_names,
    names_for,
    service_state_names,
    span_names,
    withdrawal_names,
)
from hub.i18n import noop
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_PAGE_LINES = 25
_LONGEST_COMMENT = 500


async def show_services(visitor: Visitor) -> Response:
    chosen = {name: visitor.query(name) for name in ("q", "need", "area", "state", "owner")}
    filters = Filters(chosen["need"], chosen["area"], chosen["state"], chosen["owner"], chosen["q"])
    page = max(1, int(asked)) if (asked := visitor.query("page")[:4]).isdecimal() else 1
    async with visitor.console.database.read() as session:
        found = await load_directory(session, filters, visitor.language, visitor.now)
    first = (page - 1) * _PAGE_LINES
    return visitor.render(
        "services.html",
        found=found,
        lines=found.lines[first : first + _PAGE_LINES],
        page=page,
        has_more=len(found.lines) > first + _PAGE_LINES,
        address=f"{PREFIX}/services?{urlencode({**chosen, 'page': ''})}",
        filters=filters,
        country=COUNTRY,
        states=service_state_names(visitor._),
        extra_states={DUE: visitor._("Ending soon")},
        conditions=condition_names(visitor._),
        names=names_for(visitor._, visitor.console.config.names),
    )


async def show_service(visitor: Visitor) -> Response:
    return _render_sheet(visitor, await _load(visitor))


async def verify(visitor: Visitor, session: AsyncSession) -> Response:
    service_id = visitor.path("service_id")
    until = read_day(visitor.field("valid_until"))
    if until is None or until < _today(visitor):
        errors = {"valid_until": visitor._("Choose a day from today on")}
        return _render_sheet(visitor, await _load(visitor), 422, errors)
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await verify_service(session, service_id, member, visitor.field("hash"), visitor.now, until)
    except MoveRefusedError as error:
        raise ConflictError(service_id) from error
    return visitor.done(
        f"/services/{service_id}", visitor._("Confirmed. The bot tells it from now on.")
    )


async def withdraw(visitor: Visitor, session: AsyncSession) -> Response:
    service_id, comment = visitor.path("service_id"), visitor.field("comment")
    errors = {}
    if visitor.field("reason") not in set(WithdrawalReason):
        errors["reason"] = visitor._("Choose why it is withdrawn")
    if len(comment) > _LONGEST_COMMENT:
        errors["comment"] = visitor._("Say it in at most 500 characters")
    if errors:
        return _render_sheet(visitor, await _load(visitor), 422, errors)
    member = await session.get_one(StaffMember, visitor.staff.id)
    reason = WithdrawalReason(visitor.field("reason"))
    try:
        await withdraw_service(session, service_id, member, reason, comment, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(service_id) from error
    return visitor.done(
        f"/services/{service_id}", visitor._("Withdrawn. The bot no longer tells it.")
    )


async def recheck(visitor: Visitor, session: AsyncSession) -> Response:
    service_id = visitor.path("service_id")
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        again = await recheck_service(session, service_id, member, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(service_id) from error
    return visitor.done(
        f"/services/{again.id}", visitor._("It waits for the check of somebody else.")
    )


async def say_condition(visitor: Visitor, session: AsyncSession) -> Response:
    service_id, spans = visitor.path("service_id"), span_names(visitor._)
    errors = {}
    if visitor.field("condition") not in set(Condition):
        errors["condition"] = visitor._("Choose what is so today")
    if visitor.field("hours") not in spans:
        errors["hours"] = visitor._("Choose for how long")
    if errors:
        return _render_sheet(visitor, await _load(visitor), 422, errors)
    member = await session.get_one(StaffMember, visitor.staff.id)
    condition = Condition(visitor.field("condition"))
    until = visitor.now + timedelta(hours=int(visitor.field("hours")))
    try:
        await set_condition(session, service_id, condition, until, member, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(service_id) from error
    return visitor.done(f"/services/{service_id}", visitor._("Done. The bot says so from now on."))


async def take_condition_back(visitor: Visitor, session: AsyncSession) -> Response:
    service_id = visitor.path("service_id")
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await end_condition(session, service_id, member, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(service_id) from error
    return visitor.done(
        f"/services/{service_id}", visitor._("Done. The usual hours are told again.")
    )


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.ANSWERS_READ):
        return []
    counts = await count_in_state(session, visitor.staff, _today(visitor))
    cards = _waiting_cards(visitor, counts) + _known_cards(visitor, counts)
    if visitor.can(Permission.SERVICES_CONDITION):
        title, advice = (
            visitor._("What is so today"),
            visitor._("Closed, full or moved: say it here"),
        )
        cards.append(Card(title, counts["approved"], advice, "/services/today", "quiet"))
    return [card for card in cards if card.count]


def _waiting_cards(visitor: Visitor, counts: dict[str, int]) -> list[Card]:
    _ = visitor._
    groups = visitor.staff.sub_groups
    owner = {"owner": groups[0] if len(groups) == 1 else ""}
    cards = []
    if visitor.can(Permission.ANSWERS_WRITE) or visitor.can(Permission.ANSWERS_VERIFY):
        advice = _("Your sub-group's: have them checked again before their last day")
        address = f"/services?{urlencode({'state': DUE, **owner})}"
        cards.append(Card(_("Services that end soon"), counts["due"], advice, address))
    if visitor.can(Permission.ANSWERS_VERIFY):
        advice = _("Your sub-group's places and lines that nobody confirmed yet")
        address = f"/services?{urlencode({'state': 'in_review', **owner})}"
        cards.append(Card(_("Services to verify"), counts["to_verify"], advice, address))
    return cards


def _known_cards(visitor: Visitor, counts: dict[str, int]) -> list[Card]:
    _ = visitor._
    return [
        Card(
            _("Services that expired"),
            counts["expired"],
            _("The bot does not tell these until somebody confirms them again"),
            "/services?state=expired",
            "bad",
        ),
        Card(
            _("Services the bot tells"),
            counts["approved"],
            _("Places and lines that people find now"),
            "/services?state=approved",
            "good",
        ),
    ]


def _local(visitor: Visitor) -> datetime:
    return visitor.now.astimezone(ZoneInfo(visitor.console.config.timezone))


def _today(visitor: Visitor) -> date:
    """As `content` reckons validity: the day in UTC."""
    return visitor.now.date()


async def _load(visitor: Visitor) -> Sheet:
    async with visitor.console.database.read() as session:
        sheet = await load_sheet(session, visitor.path("service_id"), visitor.language, visitor.now)
    if sheet is None:
        raise NotFoundError
    return sheet


def _render_sheet(
    visitor: Visitor, sheet: Sheet, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return visitor.render(
        "services_sheet.html",
        status=status,
        sheet=sheet,
        service=sheet.service,
        said=preview(sheet, visitor.console.bot, visitor.console.config.languages, _local(visitor)),
        conditions=condition_names(visitor._),
        condition=visitor.field("condition"),
        spans=span_names(visitor._),
        hours=visitor.field("hours"),
        errors=errors or {},
        states=service_state_names(visitor._),
        reasons=withdrawal_names(visitor._),
        reason=visitor.field("reason"),
        comment=visitor.field("comment"),
        valid_until=visitor.field("valid_until")
        or usual_end(sheet.service, _today(visitor)).isoformat(),
        is_own_group=sheet.service.owner in visitor.staff.sub_groups,
        names=names_for(visitor._, visitor.console.config.names),
    )


PAGES = (
    Page(
        "/services", Permission.ANSWERS_READ, show_services, nav=noop("Services"), nav_under=CONTENT
    ),
    Page("/services/{service_id}", Permission.ANSWERS_READ, show_service),
    Act("/services/{service_id}/condition", Permission.SERVICES_CONDITION, say_condition),
    Act("/services/{service_id}/condition/end", Permission.SERVICES_CONDITION, take_condition_back),
    Act("/services/{service_id}/verify", Permission.ANSWERS_VERIFY, verify),
    Act("/services/{service_id}/withdraw", Permission.ANSWERS_WITHDRAW, withdraw),
    Act("/services/{service_id}/recheck", Permission.ANSWERS_WRITE, recheck),
)
