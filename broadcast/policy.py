"""What a deployment decides about updates, and what its channels can carry.

Made from the settings and the adapters' capabilities; nothing here reads a file or the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from bot.channels.registry import CAPABILITIES
from broadcast.quiet import after_quiet, find_zone, is_quiet
from hub.config import ChannelSettings, Config, PeopleCap
from hub.i18n import Phrases, Translate, own_name

NO_CAP = PeopleCap(per_day=None, per_week=None)
SIMULATED = "simulator."  # a simulated phone counts as the channel that it stands for


@dataclass(frozen=True, slots=True)
class Policy:
    """`closings` are the last lines of updates by language; the other mappings are by channel."""

    languages: tuple[str, ...]
    default_language: str
    timezone: ZoneInfo
    undo: timedelta
    default_life: timedelta
    closings: Mapping[str, str]
    text_lengths: Mapping[str, int]
    session_windows: Mapping[str, timedelta]
    most_per_week: int | None = None  # updates to one person, of all sub-groups together
    quiet: tuple[time, time] | None = None  # begin and end in the time zone; may span midnight
    links: tuple[str, ...] = ()  # hosts that texts may link to, with all below them; () allows all
    portfolio_limit: int | None = None  # people a day outside WhatsApp's window; None: no limit
    quotas: Mapping[str, int] = field(default_factory=dict)  # of that limit, by sub-group
    cap: PeopleCap = NO_CAP  # of a sub-group that `caps` lacks
    caps: Mapping[str, PeopleCap] = field(default_factory=dict)
    approver_cap: PeopleCap = NO_CAP
    rates: Mapping[str, float] = field(default_factory=dict)  # messages a second left to updates
    prices: Mapping[str, Decimal] = field(default_factory=dict)  # a message; `…_template` apart
    currency: str = "USD"
    require_checked_languages: bool = False  # else the language gate only warns
    names: Mapping[str, str] = field(default_factory=dict)  # of languages, as speakers call them

    def name_of(self, language: str) -> str:
        return self.names.get(language) or own_name(language)

    def cap_of(self, owner: str | None) -> PeopleCap:
        return self.caps.get(owner or "", self.cap)

    def zone_of(self, time_zone: str | None) -> ZoneInfo:
        """The zone that somebody chose, or the deployment's."""
        return (find_zone(time_zone) if time_zone else None) or self.timezone

    def wakes_at(self, moment: datetime, time_zone: str | None) -> datetime:
        """The moment itself, or the morning of somebody who sleeps then by their own clock."""
        return after_quiet(moment, self.quiet, self.zone_of(time_zone))

    def rests_at(self, moment: datetime) -> bool:
        """Whether people sleep then who told us no time zone of their own."""
        local = moment.astimezone(self.timezone).time()
        return self.quiet is not None and is_quiet(local, self.quiet)

    @classmethod
    def build(cls, config: Config, phrases: Phrases) -> Self:
        """`phrases` are of the domain `bot`. All channels count, whether they are on or not."""
        return cls(
            languages=config.languages,
            default_language=config.default_language,
            timezone=ZoneInfo(config.timezone),
            undo=timedelta(seconds=config.broadcast.undo_seconds),
            default_life=timedelta(hours=config.broadcast.default_hours),
            closings={
                language: closing_line(phrases.for_language(language))
                for language in config.languages
            },
            text_lengths={name: can.text_length for name, can in CAPABILITIES.items()},
            session_windows={
                name: can.session_window
                for name, can in CAPABILITIES.items()
                if can.session_window is not None
            },
            most_per_week=config.broadcast.most_per_week,
            quiet=config.broadcast.quiet,
            links=config.broadcast.links,
            portfolio_limit=config.broadcast.portfolio_limit,
            quotas=config.broadcast.quotas,
            cap=config.broadcast.most_people,
            caps=config.broadcast.most_people_of,
            approver_cap=config.broadcast.most_people_by_approver,
            rates={
                "telegram": _left_to_updates(config.channels.telegram),
                "whatsapp": _left_to_updates(config.channels.whatsapp),
            },
            prices={str(name): price for name, price in config.broadcast.prices.items()},
            currency=config.broadcast.currency,
            require_checked_languages=config.broadcast.require_checked_languages,
            names=config.names,
        )


def _left_to_updates(channel: ChannelSettings) -> float:
    return channel.rate_per_second * (1 - channel.reply_reserve)


def closing_line(_: Translate) -> str:
    """How to stop, in the person's language; every update ends with it, and it is approved too."""
    return _("To stop receiving these messages, reply STOP.")
