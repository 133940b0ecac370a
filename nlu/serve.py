"""Runs Rasa with our one channel: `nlu/.venv/bin/python nlu/serve.py [--models FOLDER]`.

Environment: CHASQUI_NLU_SECRET (required), CHASQUI_NLU_HOST (127.0.0.1: another address only where
a network is the cluster's alone, since messages pass in the clear), CHASQUI_NLU_PORT (5005),
CHASQUI_NLU_START_SECONDS (90), CHASQUI_NLU_PARENT (the process to end with; none).
It refuses a model that is not the one trained, and never opens Rasa's API.
"""

import argparse
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import scrubbed_logs
from model_files import MODELS, NLU, ModelError, verified_model
from train import QUIET
from turn_request import LARGEST_BODY, read_secret

HOST = os.environ.get("CHASQUI_NLU_HOST", "127.0.0.1")
EXIT_BAD_START = 3
EXIT_TOO_SLOW = 4
EXIT_ORPHANED = 5
PARENT_CHECK_SECONDS = 1.0
SERVER = {
    "SANIC_REQUEST_MAX_SIZE": str(LARGEST_BODY),
    "SANIC_ACCESS_LOG": "false",
    "SANIC_FALLBACK_ERROR_FORMAT": "json",
}
log = logging.getLogger("chasqui.nlu")


def _leave(code: int, reason: str) -> None:
    log.error(reason)
    os._exit(
        code
    )  # Rasa would go on without a model; a watched process must rather be started again.


def _limit_start(seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, _leave, (EXIT_TOO_SLOW, f"not ready after {seconds:g} s"))
    timer.daemon = True
    timer.start()
    return timer


def _end_with(parent: int) -> None:
    """Leave when the hub that started this process is gone: killed, it could not end its child."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    _leave(EXIT_ORPHANED, "the hub that started this process is gone")


async def _answers(agent: Any) -> bool:
    """Run one turn, which also loads what Rasa and its libraries load late."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from tracker_store import TURNS

    if not agent.is_ready():
        return False
    output = CollectingOutputChannel()
    TURNS.begin("start", None)
    try:
        await agent.handle_message(UserMessage("hola", output, "start"))
    finally:
        TURNS.delete("start")
    return bool(output.messages)


def prepare(agent: Any) -> None:
    """Leave out what Rasa does at every message and nobody needs."""
    from straight_runner import StraightRunner

    if agent.is_ready():
        processor = agent.processor
        processor.graph_runner = StraightRunner(processor.graph_runner)
        # It builds an empty domain to ask whether ours is one, and warns of intents that the
        # training has already compared with the domain.
        processor._check_for_unseen_features = lambda parsed: None  # noqa: SLF001


def _serve(model: Path, port: int, timer: threading.Timer) -> None:
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    async def announce(app: Any, loop: Any) -> None:
        prepare(app.ctx.agent)
        if not await _answers(app.ctx.agent):
            _leave(EXIT_BAD_START, f"the model {model.name} cannot be loaded or does not answer")
        timer.cancel()
        log.info("ready on %s:%d with model %s", HOST, port, model.name)

    serve_application(
        str(model),
        interface=HOST,
        port=port,
        credentials=str(NLU / "credentials.yml"),
        endpoints=AvailableEndpoints.read_endpoints(str(NLU / "endpoints.yml")),
        enable_api=False,
        server_listeners=[(announce, "after_server_start")],
    )


def main(arguments: list[str] | None = None) -> int:
    """Check everything that can be checked first, then serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the trained models")
    models: Path = parser.parse_args(arguments).models.resolve()
    os.environ.update(QUIET, **SERVER)
    scrubbed_logs.install()
    parent = os.environ.get("CHASQUI_NLU_PARENT")
    if parent is not None:
        threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    timer = _limit_start(float(os.environ.get("CHASQUI_NLU_START_SECONDS", "90")))
    try:
        read_secret()
        model = verified_model(models)
        port = int(os.environ.get("CHASQUI_NLU_PORT", "5005"))
    except (ValueError, ModelError) as problem:
        log.error("%s", problem)  # noqa: TRY400 (the sentence says it all)
        return EXIT_BAD_START
    _serve(model, port, timer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
