"""Who sends: one sender a channel where there is one process, else one for each of its lanes."""

from collections.abc import Mapping, Sequence

from bot.channels.base import Channel
from bot.channels.nowhere import is_test
from bot.lanes import Lane
from bot.rates import Bucket, Rate
from bot.sender import Sender
from bot.shared_rates import SharedBucket
from hub.clock import Clock
from hub.config import ChannelSettings, Config
from hub.database import Database


def build_senders(
    channels: Mapping[str, Channel],
    config: Config,
    replies: Lane,
    updates: Lane,
    database: Database,
    clock: Clock,
) -> Sequence[Sender]:
    """On PostgreSQL other processes may send too: all keep to one rate, and replies have a sender
    of their own, since bulk is sent in slices that any process takes. No sender of a test channel
    knows updates at all."""
    senders = []
    for channel in channels.values():
        settings = _settings(config, channel.name)
        rate = Rate(settings.rate_per_second, settings.reply_reserve)
        lanes = (replies,) if is_test(channel.name) else (replies, updates)
        if database.is_sqlite:
            senders.append(Sender(channel, lanes, Bucket(rate), settings.in_flight, clock))
            continue
        shared = SharedBucket(database, clock, channel.name, rate)
        senders += [Sender(channel, (lane,), shared, settings.in_flight, clock) for lane in lanes]
    return senders


def _settings(config: Config, channel: str) -> ChannelSettings:
    if channel.startswith("simulator.") or is_test(channel):
        return config.channels.simulator
    settings: ChannelSettings = getattr(config.channels, channel)
    return settings
