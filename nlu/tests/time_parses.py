"""Times what Rasa takes to understand a message, without its dialogue, its server and HTTP:
`nlu/.venv/bin/python nlu/tests/time_parses.py MESSAGES.jsonl`.

Every message once, by the current model, after a few that load what is loaded late. Prints the
seconds of each in a JSON list.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter

NLU = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(NLU))

import scrubbed_logs  # noqa: E402
from model_files import MODELS, verified_model  # noqa: E402
from serve import prepare  # noqa: E402
from train import QUIET  # noqa: E402

_FIRST = ("hola", "cómo renuevo el carné y cuánto cuesta", "où est le bureau") * 5


async def _time_parses(texts: list[str]) -> list[float]:
    from rasa.core.agent import load_agent

    agent = await load_agent(model_path=str(verified_model(MODELS)))
    prepare(agent)
    for text in _FIRST:
        await agent.parse_message(text)
    taken = []
    for text in texts:
        began = perf_counter()
        await agent.parse_message(text)
        taken.append(perf_counter() - began)
    return taken


if __name__ == "__main__":
    os.environ.update(QUIET)
    scrubbed_logs.install()
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    taken = asyncio.run(_time_parses([json.loads(line)["text"] for line in lines]))
    json.dump(taken, sys.stdout)
