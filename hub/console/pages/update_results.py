"""What became of an update: places, a curve, what followed, a list without names, one more try."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.errors import UpdateError
from broadcast.listing import show_update
from broadcast.reasons import in_words
from broadcast.results import FEWEST, Line, list_copies, read_results
from broadcast.retrying import retry_failed
from hub.console.downloads import csv_file
from hub.console.frame import Act, Page, Visitor
from hub.console.update_form import load_areas
from hub.console.update_refusals import refuse
from hub.console.update_words import CHANNELS, TONES, delivery_names, state_names
from hub.console.words import names_for
from hub.staff.roles import Permission

_MOST_SHOWN = 50
_MOST_EXPORTED = 200_000
_BAD = ("failed", "cancelled")


async def show_results(visitor: Visitor) -> Response:
    update_id = visitor.path("update_id")
    async with visitor.console.database.read() as session:
        try:
            shown = await show_update(session, update_id)
        except UpdateError as error:
            raise refuse(error) from error
        results = await read_results(session, update_id)
        return visitor.render(
            "updates_results.html",
            row=shown.row,
            progress=shown.progress,
            problems=shown.progress.problems(visitor._),
            counted_at=results.at or shown.progress.at,
            areas=results.areas,
            book=await load_areas(session),
            curve=results.curve,
            afterwards=results.afterwards,
            worth_it=results.worth_it,
            lines=[one async for one in list_copies(session, update_id, _MOST_SHOWN)],
            explain=lambda line: _explain(visitor, line),
            fewest=FEWEST,
            is_open=shown.row.not_after > visitor.now,
            deliveries=delivery_names(visitor._),
            states=state_names(visitor._),
            names=names_for(visitor._, visitor.console.config.names),
            channels=CHANNELS,
            tones=TONES,
        )


async def export_copies(visitor: Visitor) -> Response:
    """The whole list as CSV; it holds no more than the page shows."""
    update_id = visitor.path("update_id")
    async with visitor.console.database.read() as session:
        try:
            await show_update(session, update_id)
        except UpdateError as error:
            raise refuse(error) from error
        lines = [one async for one in list_copies(session, update_id, _MOST_EXPORTED)]
    _ = visitor._
    heading = (_("Copy"), _("Channel"), _("Language"), _("State"), _("Why"), _("Sent"))
    name = f"update-{update_id[:8]}.csv"
    return csv_file(name, (*heading, _("Last change")), _in_cells(visitor, lines))


async def retry(visitor: Visitor, session: AsyncSession) -> Response:
    update_id = visitor.path("update_id")
    try:
        number = await retry_failed(session, update_id, actor=visitor.staff.id, now=visitor.now)
    except UpdateError as error:
        raise refuse(error) from error
    phrase = visitor._("Failed copies that are tried once more: %(number)s") % {"number": number}
    return visitor.done(f"/updates/{update_id}", phrase)


def _in_cells(visitor: Visitor, lines: list[Line]) -> Iterator[tuple[str, ...]]:
    states = delivery_names(visitor._)
    for line in lines:
        yield (
            line.code,
            CHANNELS.get(line.channel, line.channel),
            line.language,
            states[line.state],
            _explain(visitor, line),
            line.sent_at.isoformat(timespec="seconds") if line.sent_at else "",
            line.changed_at.isoformat(timespec="seconds") if line.changed_at else "",
        )


def _explain(visitor: Visitor, line: Line) -> str:
    if line.state not in _BAD:
        return ""
    return in_words(line.channel, line.error_code, line.fault, visitor._)


PAGES = (
    Page("/updates/{update_id}/results", Permission.UPDATES_READ, show_results),
    Page("/updates/{update_id}/results.csv", Permission.UPDATES_READ, export_copies),
    Act("/updates/{update_id}/results/retry", Permission.UPDATES_STOP, retry),
)
