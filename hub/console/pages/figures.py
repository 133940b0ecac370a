"""Figures: what people wrote about and how it was answered. Counts only, and nobody's words."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.figures import Group, Span, read_groups
from bot.tally import EVERYBODY
from bot.tally_models import Cut
from hub.console.downloads import csv_file
from hub.console.figure_views import (
    RANGES,
    Choice,
    Day,
    Messages,
    area_names,
    count_conditions,
    rank_groups,
    rank_topics,
    read_alarms,
    read_messages,
    read_place,
)
from hub.console.frame import Page, Visitor
from hub.console.menu import PLATFORM
from hub.console.update_words import CHANNELS
from hub.console.words import condition_names, danger_names
from hub.i18n import noop
from hub.small_cells import FEWEST
from hub.staff.roles import Permission

_USUAL_RANGE = 30
_CUTS = {"area": Cut.AREA, "language": Cut.LANGUAGE}


async def show_figures(visitor: Visitor) -> Response:
    config, reader = visitor.console.config, visitor.language
    names = config.names
    async with visitor.console.database.read() as session:
        areas = await area_names(session)
        choice, is_cut_short = _read_choice(visitor, areas)
        span = span_of(visitor, choice.days)
        place = await read_place(session, choice.area, span) if choice.area else []
        messages = None if choice.area else await read_messages(session, choice, span)
        return visitor.render(
            "figures.html",
            choice=choice,
            is_cut_short=is_cut_short,
            ranges=RANGES,
            fewest=FEWEST,
            in_place=sum(people for _, people in place),
            rows_of_place=[(day, (people,)) for day, people in place],
            messages=messages,
            rows_of_messages=_rows(messages, lambda day: (day.turns, day.replies)),
            rows_of_shares=_rows(messages, lambda day: (day.understood,)),
            topics=await rank_topics(session, choice, span, reader),
            has_topics_everywhere=not (choice.area or choice.language),
            by_area=await rank_groups(session, Cut.AREA, span, areas, reader),
            by_language=await rank_groups(session, Cut.LANGUAGE, span, names, reader),
            alarms=await read_alarms(session, span, danger_names(visitor._)),
            conditions=await count_conditions(session, span, ZoneInfo(config.timezone)),
            condition_names=condition_names(visitor._),
            areas=areas,
            languages=names,
            channels=_channels(visitor),
        )


def _rows(
    messages: Messages | None, values: Callable[[Day], Sequence[int | None]]
) -> list[tuple[date, Sequence[int | None]]]:
    """The lines of a chart's table."""
    return [(day.day, values(day)) for day in messages.days] if messages else []


async def export_groups(visitor: Visitor) -> Response:
    """People by area or language and topic, in whole tens, since a file goes anywhere (HUM-14)."""
    cut = _CUTS.get(visitor.query("by"), Cut.AREA)
    choice, _ = _read_choice(visitor, {})
    span = span_of(visitor, choice.days)
    async with visitor.console.database.read() as session:
        names = await area_names(session) if cut is Cut.AREA else visitor.console.config.names
        groups = await read_groups(session, cut, span)
    name = f"figures-{cut}-{span.first.isoformat()}-{span.last.isoformat()}.csv"
    heading = ("from", "to", "code", "name", "topic", "people_in_tens")
    return csv_file(name, heading, _in_cells(groups, dict(names), span))


def _in_cells(
    groups: list[Group], names: dict[str, str], span: Span
) -> Iterator[tuple[object, ...]]:
    for each in groups:
        topic = "all" if each.topic == EVERYBODY else each.topic
        yield *span.bounds(), each.value, names.get(each.value, each.value), topic, each.people


def span_of(visitor: Visitor, days: int) -> Span:
    """The last days of the platform's calendar, today included."""
    return Span.ending(visitor.console.templates.local_date(visitor.now), days)


def _read_choice(visitor: Visitor, areas: dict[str, str]) -> tuple[Choice, bool]:
    """What was asked for, without what is unknown; and whether something had to be left out, since
    an area is never crossed with a language or channel."""
    days, area = visitor.query("days"), visitor.query("area")
    asked = Choice(
        days=int(days) if days in {str(each) for each in RANGES} else _USUAL_RANGE,
        area=area if area in areas else "",
        language=_known(visitor, "language", visitor.console.config.names),
        channel=_known(visitor, "channel", _channels(visitor)),
    )
    if asked.area and (asked.language or asked.channel):
        return Choice(asked.days, asked.area), True
    return asked, False


def _known(visitor: Visitor, name: str, values: dict[str, str]) -> str:
    value = visitor.query(name)
    return value if value in values else ""


def _channels(visitor: Visitor) -> dict[str, str]:
    """Simulated ones in a demonstration only."""
    return {
        channel: name
        for channel, name in CHANNELS.items()
        if visitor.console.is_demonstration or not channel.startswith("simulator.")
    }


PAGES = (
    Page(
        "/figures", Permission.FIGURES_READ, show_figures, nav=noop("Figures"), nav_under=PLATFORM
    ),
    Page("/figures.csv", Permission.FIGURES_READ, export_groups),
)
