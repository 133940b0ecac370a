"""Our channel in front of a Rasa that fails in the way named on the command line. Only for
tests/nlu/test_failures.py.
"""

import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NLU = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(NLU))

import scrubbed_logs  # noqa: E402
from train import QUIET  # noqa: E402

os.environ.update(QUIET)
scrubbed_logs.install()

import structlog  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from sanic import Sanic  # noqa: E402

from hub_channel import HubInput  # noqa: E402
from tracker_store import TURNS  # noqa: E402


async def raises(message: UserMessage) -> None:
    raise RuntimeError(f"could not handle {message.text}")


async def logs_and_says_nothing(message: UserMessage) -> None:
    """What Rasa does when an action fails or a lock expires: an empty answer, and the text in
    the log.
    """
    structlog.get_logger().error("rest.message.received.failure", text=message.text)
    logging.getLogger("rasa.core").error("Failed: %s", message.text)
    failure = ValueError(message.text)
    logging.getLogger("rasa.core").error(message.text, exc_info=failure)


async def never_saves(message: UserMessage) -> None:
    await message.output_channel.send_custom_json(message.sender_id, {"name": "utter_answer"})


WAYS = {way.__name__: way for way in (raises, logs_and_says_nothing, never_saves)}


def main() -> None:
    way = sys.argv[1]
    app = Sanic("broken", configure_logging=False)
    app.ctx.agent = SimpleNamespace(
        is_ready=lambda: way != "not_ready",
        domain=Domain.load(str(NLU / "domain.yml")),
        model_id="none",
    )

    async def handle(message: UserMessage) -> Any:
        await WAYS[way](message)

    @app.on_response
    async def report(request: Any, response: Any) -> None:
        print(f"turns under way: {len(list(TURNS.ids()))}", flush=True)

    channel = HubInput.from_credentials(None)
    app.blueprint(channel.blueprint(handle), url_prefix="/webhooks/hub")
    app.run(host="127.0.0.1", port=int(os.environ["CHASQUI_NLU_PORT"]))


main()
