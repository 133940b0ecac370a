"""The channels that exist. A new one is an adapter module and one line in `ADAPTERS`.

Apart from `bot.channels.base`, so that knowing the contract does not load every client library.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.channels import telegram, telegram_errors, whatsapp, whatsapp_errors
from bot.channels.base import Channel, ErrorMeaning
from bot.channels.nowhere import Nowhere
from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp

ADAPTERS: dict[str, type[Channel]] = {
    "telegram": Telegram,
    "whatsapp": WhatsApp,
    "simulator.telegram": Simulator,
    "simulator.whatsapp": Simulator,
    "test.telegram": Nowhere,
    "test.whatsapp": Nowhere,
}

# Which real channel a simulated one plays.
SIMULATED = {
    "simulator.telegram": telegram.CAPABILITIES,
    "simulator.whatsapp": whatsapp.CAPABILITIES,
}

# Which one a test contact's channel plays; nothing there reports back.
TESTING = {
    f"test.{name}": replace(capabilities, receipts=False, can_look_up=False)
    for name, capabilities in (
        ("telegram", telegram.CAPABILITIES),
        ("whatsapp", whatsapp.CAPABILITIES),
    )
}

# What each channel can show, also for those who only ask whether it may be written to.
CAPABILITIES = {
    "telegram": telegram.CAPABILITIES,
    "whatsapp": whatsapp.CAPABILITIES,
    **SIMULATED,
    **TESTING,
}

_MEANINGS: dict[str, Callable[[str], ErrorMeaning]] = {
    "telegram": telegram_errors.explain,
    "whatsapp": whatsapp_errors.explain,
}

# Longest webhook body of each channel that has webhooks, in bytes; the route refuses more (SEC-09).
MAX_BODY = {"telegram": telegram.MAX_BODY, "whatsapp": whatsapp.MAX_BODY}


def explain(channel: str, code: str | None) -> ErrorMeaning | None:
    """What a provider's code means on this channel; None for channels that have no codes."""
    meaning = _MEANINGS.get(channel.removeprefix("simulator."))
    return meaning(code) if meaning and code else None
