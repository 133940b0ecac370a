"""Rasa as its documentation sets it up, beside the hub: the same examples, messages and provider.

DIET in the default pipeline and RulePolicy behind the REST channel; an HTTP server of ours writes
its texts (`nlg`). It keeps nothing on disk and seals nothing. One epoch: only its speed is
measured, and DIET's work for a message does not depend on how long it has learnt.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import aiohttp
import yaml
from aiohttp import web

from tests.benchmarks.asking import TimedTelegram, Timing, read_messages
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.hub_process import asking_hub, until_quiet
from tests.benchmarks.spawning import running
from tests.ports import free_port
from tests.servers.telegram import TOKEN

PEOPLE = 100
RASA = Path("nlu/.venv/bin/rasa").absolute()
EXAMPLES = Path("nlu/data")
_MODEL = "CHASQUI_STOCK_RASA_MODEL"  # a model of an earlier run, since training takes minutes
_START_SECONDS = 300.0
_CONFIG = """
recipe: default.v1
assistant_id: stock
language: es
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
- {name: DIETClassifier, epochs: 1, constrain_similarities: true}
- name: EntitySynonymMapper
- {name: FallbackClassifier, threshold: 0.3, ambiguity_threshold: 0.1}
policies:
- name: RulePolicy
"""
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "LOG_LEVEL": "ERROR",
}


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    """All messages at once, each from the post until the provider accepted its reply.

    Both have been asked each of them once before.
    """
    first, *rounds = _rounds(repetitions + 1)
    project = folder / "stock"
    _write_project(project)
    await _train(project)
    ours: list[tuple[float, list[Timing]]] = []
    theirs: list[tuple[float, list[Timing]]] = []
    hub_folder = folder / "hub"
    hub_folder.mkdir()
    async with asking_hub(hub_folder, rasa=True) as (askers, hub):
        for asked in (["hola"] * PEOPLE, first):  # the notice of a first contact comes first
            await askers.ask_at_once(asked)
            await until_quiet(hub)
        for texts in rounds:  # nobody has asked these before
            ours.append(await askers.ask_at_once(texts))
            await until_quiet(hub)
    async with _stock_bot(project) as stock:
        for asked in (["hola"] * PEOPLE, first):
            await stock.ask_at_once(asked)
        theirs += [await stock.ask_at_once(texts) for texts in rounds]
    return list(_figures(ours, theirs))


def _rounds(count: int) -> list[list[str]]:
    """So many times other messages, one for each person."""
    texts = read_messages(PEOPLE * count)
    return [texts[start : start + PEOPLE] for start in range(0, len(texts), PEOPLE)]


def _figures(
    ours: Sequence[tuple[float, list[Timing]]], theirs: Sequence[tuple[float, list[Timing]]]
) -> Iterator[Figure]:
    def rates(runs: Sequence[tuple[float, list[Timing]]]) -> list[float]:
        return [rate for rate, _ in runs]

    def waits(runs: Sequence[tuple[float, list[Timing]]]) -> list[float]:
        return [milliseconds([each.answered for each in timings], 0.95) for _, timings in runs]

    name, baseline = f"{PEOPLE} at once", "stock Rasa (DIET, REST, HTTP nlg)"
    yield Figure("stock", name, "messages/s", rates(ours), baseline, rates(theirs))
    yield Figure("stock", f"{name}, p95", "ms", waits(ours), baseline, waits(theirs))


def _write_project(project: Path) -> None:
    intents = set[str]()
    for folder in sorted(path for path in EXAMPLES.iterdir() if path.name != "lookups"):
        shutil.copytree(folder, project / "data" / folder.name)
        for path in sorted(folder.glob("*.yml")):
            entries = yaml.safe_load(path.read_text(encoding="utf8"))["nlu"]
            intents |= {entry["intent"] for entry in entries if "intent" in entry}
    rules = [
        {"rule": name, "steps": [{"intent": name}, {"action": "utter_answer"}]}
        for name in sorted(intents | {"nlu_fallback"})
    ]
    domain = {
        "version": "3.1",
        "intents": sorted(intents),
        "responses": {"utter_answer": [{"text": "answer"}]},
    }
    _write(project / "data" / "rules.yml", {"version": "3.1", "rules": rules})
    _write(project / "domain.yml", domain)
    _write(project / "credentials.yml", {"rest": None})
    (project / "config.yml").write_text(_CONFIG, encoding="utf8")


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content), encoding="utf8")


async def _train(project: Path) -> None:
    models = project / "models"
    models.mkdir()
    if kept := os.environ.get(_MODEL):
        shutil.copy(kept, models / "stock.tar.gz")
        return
    process = await _start(project, "train", "--fixed-model-name", "stock")
    if await process.wait() != 0:
        raise RuntimeError(f"stock Rasa did not train: {_last_words(project)}")


async def _start(project: Path, *arguments: str) -> asyncio.subprocess.Process:
    with (project / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            RASA,
            *arguments,
            cwd=project,
            stdout=log,
            stderr=log,
            env={**os.environ, **_QUIET},
        )


def _last_words(project: Path) -> str:
    return (project / "log").read_text(encoding="utf8", errors="replace")[-500:]


class _StockBot:
    """Asks stock Rasa as a provider's bridge would, and sends what it says to the provider."""

    def __init__(self, rasa: str, telegram: TimedTelegram, session: aiohttp.ClientSession) -> None:
        self._rasa = rasa
        self._telegram = telegram
        self._session = session

    async def ask(self, person: int, text: str) -> Timing:
        future = asyncio.get_running_loop().create_future()
        self._telegram.waiting[person] = future
        began = perf_counter()
        message = {"sender": str(person), "message": text}
        url = f"{self._rasa}/webhooks/rest/webhook"
        async with self._session.post(url, json=message) as answer:
            replies = await answer.json()
        assert replies, "stock Rasa said nothing"
        form = {"chat_id": person, "text": replies[0]["text"]}
        send = f"{self._telegram.url}/bot{TOKEN}/sendMessage"
        async with self._session.post(send, data=form) as sent:
            await sent.read()
        ended = await future
        return Timing(ended - began, ended - began)

    async def ask_at_once(self, texts: Sequence[str]) -> tuple[float, list[Timing]]:
        began = perf_counter()
        asked = (self.ask(person, text) for person, text in zip(count(1), texts, strict=False))
        timings = await asyncio.gather(*asked)
        return len(texts) / (perf_counter() - began), list(timings)


@asynccontextmanager
async def _stock_bot(project: Path) -> AsyncIterator[_StockBot]:
    port = free_port()
    async with TimedTelegram() as telegram, running("tests.benchmarks.nlg_server") as nlg:
        _write(project / "endpoints.yml", {"nlg": {"url": f"{nlg}/nlg"}})
        process = await _start(project, "run", "-i", "127.0.0.1", "-p", str(port))
        try:
            connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=2)
            async with aiohttp.ClientSession(connector=connector) as session:
                await _until_it_answers(session, f"http://127.0.0.1:{port}", project)
                yield _StockBot(f"http://127.0.0.1:{port}", telegram, session)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _until_it_answers(session: aiohttp.ClientSession, url: str, project: Path) -> None:
    message = {"sender": "0", "message": "hola"}
    try:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    async with session.post(f"{url}/webhooks/rest/webhook", json=message) as answer:
                        if answer.status == web.HTTPOk.status_code and await answer.json():
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.5)
    except TimeoutError as error:
        raise RuntimeError(f"stock Rasa did not start: {_last_words(project)}") from error
