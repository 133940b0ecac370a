"""The channels that exist. A new one is an adapter module and one line in `ADAPTERS`.

Apart from `bot.channels.base`, so that knowing the contract does not load every client library.
"""

from bot.channels import telegram, whatsapp
from bot.channels.base import Channel
from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp

ADAPTERS: dict[str, type[Channel]] = {
    "telegram": Telegram,
    "whatsapp": WhatsApp,
    "simulator.telegram": Simulator,
    "simulator.whatsapp": Simulator,
}

# Which real channel a simulated one plays.
SIMULATED = {
    "simulator.telegram": telegram.CAPABILITIES,
    "simulator.whatsapp": whatsapp.CAPABILITIES,
}

# Longest webhook body of each channel that has webhooks, in bytes; the route refuses more (SEC-09).
MAX_BODY = {"telegram": telegram.MAX_BODY, "whatsapp": whatsapp.MAX_BODY}
