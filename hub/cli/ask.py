"""`chasqui ask`: what the bot would answer, with no channel and nothing stored."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from bot.channels.base import Capabilities
from bot.conversation import Conversation
from bot.lexical import LearningMatcher
from bot.messages import Outbound
from bot.rasa import RasaClient
from bot.rehearsing import Rehearsal, Rehearser
from bot.turn import Outcome
from content.areas import AreaBook
from content.voice import read_voice
from hub.app.hub import NLU_FOLDER, build_conversation
from hub.app.rasa_child import RasaChild
from hub.cli.start import Settings, fail, open_database, read_settings, run
from hub.database import Database

_CAPABILITIES = Capabilities(4096, 8, 64, None, receipts=False, can_look_up=False)
# JSON leaves these as they are, and many readers take them for the end of a line.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
_RASA_STARTS_WITHIN_SECONDS = 90.0


@dataclass(frozen=True)
class Asked:
    """One question: `before` are earlier messages of the same person."""

    text: str
    lang: str | None = None
    before: tuple[str, ...] = ()
    where: str = "ask"


def ask(
    text: Annotated[str | None, typer.Argument(help="What the person writes.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="One message a line, or JSON lines with text, lang, before.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="The language that the person chose.")] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    rasa: Annotated[bool, typer.Option(help="Ask Rasa; else only the matcher.")] = True,
) -> None:
    """Print what the bot would answer; no channel, nothing stored."""
    if (text is None) == (file is None):
        fail("ask: give either a TEXT or --file FILE")
    settings = read_settings()
    questions = [Asked(text, lang)] if text is not None else list(_read(file or Path(), lang))
    for question in questions:
        _check_language(settings, question)
    run(_answer_all(settings, questions, as_json=json_lines, with_rasa=rasa))


def _check_language(settings: Settings, question: Asked) -> None:
    known = settings.config.languages
    if question.lang is not None and question.lang not in known:
        fail(f"{question.where}: lang: {question.lang!r} is none of {', '.join(known)}")


async def _answer_all(
    settings: Settings, questions: list[Asked], *, as_json: bool, with_rasa: bool
) -> None:
    async with (
        open_database(settings) as database,
        open_rasa(settings, with_rasa=with_rasa) as client,
    ):
        conversation = await build_for_asking(settings, database, client)
        for question in questions:
            answer = await answer_question(settings, conversation, question)
            print(_printable(answer, as_json=as_json), flush=True)


def _printable(answer: dict[str, Any], *, as_json: bool) -> str:
    """What was asked may hold halves of characters, which no stream takes, or ends of lines."""
    if as_json:
        text = json.dumps(answer, ensure_ascii=False).translate(_LINE_ENDS)
    else:
        text = str(answer["reply"])
    return text.encode("utf-8", "replace").decode("utf-8")


async def build_for_asking(
    settings: Settings, database: Database, client: RasaClient | None
) -> Conversation:
    areas = await AreaBook.load(database)
    understanding = settings.config.understanding
    matcher = LearningMatcher(understanding.examples, understanding.learnt)
    voice = read_voice(settings.config)
    return build_conversation(
        settings.config, database, settings.clock, areas, client, matcher, voice
    )


async def answer_question(
    settings: Settings, conversation: Conversation, question: Asked
) -> dict[str, Any]:
    rehearser = Rehearser(conversation, settings.clock)
    rehearsal = Rehearsal.begin(question.lang)
    for said in question.before:
        _, rehearsal = await rehearser.say(rehearsal, said, _CAPABILITIES)
    started = monotonic()
    outcome, rehearsal = await rehearser.say(rehearsal, question.text, _CAPABILITIES)
    taken = (monotonic() - started) * 1000
    return _describe(question, rehearsal.person.language, outcome, taken)


def _describe(
    question: Asked, language: str | None, outcome: Outcome, milliseconds: float
) -> dict[str, Any]:
    reading = outcome.reading
    return {
        "text": question.text,
        "language": language,
        "kind": reading.kind,
        "topic": reading.topic,
        "topics": list(reading.topics),
        "confidence": reading.confidence,
        "alternatives": [
            {"topic": each.topic, "confidence": each.confidence} for each in reading.alternatives
        ],
        "safety_class": reading.safety_class,
        "command": reading.command,
        "asked_about": reading.asked_about,
        "slots": reading.slots,
        "reply": "\n\n".join(_show(reply.message) for reply in outcome.replies),
        "milliseconds": round(milliseconds, 1),
        "engine": reading.engine,
        "withheld": list(reading.withheld),
    }


def _show(message: Outbound) -> str:
    choices = [f"{number}. {button.label}" for number, button in enumerate(message.buttons, 1)]
    return "\n".join([message.text, *choices])


def _read(path: Path, lang: str | None) -> Iterator[Asked]:
    """One message a line; a line that is a JSON object may carry `lang` and `before`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except UnicodeDecodeError as error:
        fail(f"{path}: not UTF-8 (byte {error.start})")
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _read_line(line.strip(), lang, f"{path}:{number}")


def _read_line(line: str, lang: str | None, where: str) -> Asked:
    if not line.startswith("{"):
        return Asked(line, lang, where=where)
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        fail(f"{where}: begins like JSON and is none ({error})")
    text, spoken, before = values.get("text"), values.get("lang") or lang, values.get("before")
    if not isinstance(text, str):
        fail(f"{where}: text: must be a string")
    if spoken is not None and not isinstance(spoken, str):
        fail(f"{where}: lang: must be a string")
    if not isinstance(before or [], list) or not all(
        isinstance(each, str) for each in before or ()
    ):
        fail(f"{where}: before: must be a list of strings")
    return Asked(text, spoken, tuple(before or ()), where)


@asynccontextmanager
async def open_rasa(settings: Settings, *, with_rasa: bool) -> AsyncIterator[RasaClient | None]:
    """The Rasa that is named, or one started for this command; None if there is none."""
    environment, deadline = settings.environment, settings.config.understanding.deadline_seconds
    if not with_rasa:
        yield None
    elif environment.chasqui_nlu_url and environment.chasqui_nlu_secret:
        secret = environment.chasqui_nlu_secret.get_secret_value()
        async with _closing(RasaClient(environment.chasqui_nlu_url, secret, deadline)) as client:
            yield client
    else:
        child = RasaChild.on_free_port(NLU_FOLDER)
        if not child.is_installed():
            print("ask: no Rasa here (make nlu-train); the matcher answers", file=sys.stderr)
            yield None
            return
        async with _started(child, deadline) as client:
            yield client


@asynccontextmanager
async def _started(child: RasaChild, deadline: float) -> AsyncIterator[RasaClient]:
    running = asyncio.create_task(child.run())
    try:
        async with _closing(RasaClient(child.url, child.secret, deadline)) as client:
            await _until_ready(client)
            yield client
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_ready(client: RasaClient) -> None:
    try:
        async with asyncio.timeout(_RASA_STARTS_WITHIN_SECONDS):
            while not await client.is_ready():  # noqa: ASYNC110 - another process, no event
                await asyncio.sleep(0.2)
    except TimeoutError:
        print("ask: Rasa did not start; the matcher answers", file=sys.stderr)


@asynccontextmanager
async def _closing(client: RasaClient) -> AsyncIterator[RasaClient]:
    try:
        yield client
    finally:
        await client.close()
