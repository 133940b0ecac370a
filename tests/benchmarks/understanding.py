"""How long one message takes to understand: Rasa over HTTP, and the matcher in memory."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter

from bot.lexical import LexicalMatcher
from bot.rasa import RasaClient
from bot.text import words
from bot.understanding import Question
from hub.config import UnderstandingSettings
from hub.database import new_id
from tests.benchmarks.asking import read_messages
from tests.benchmarks.figures import Figure, milliseconds
from tests.nlu.rasa_process import SECRET, Rasa

Work = Callable[[str], Awaitable[object]]


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    """Each repetition takes its share of the messages; all together take every one."""
    texts = read_messages()
    shares = [texts[number::repetitions] for number in range(repetitions)]
    return [
        *await _measure_matcher(shares),
        *await _measure_rasa(folder, shares),
    ]


async def _measure_matcher(shares: Sequence[Sequence[str]]) -> list[Figure]:
    matcher = LexicalMatcher.read(UnderstandingSettings().examples)

    async def match(text: str) -> object:
        return await matcher.understand(Question("someone-of-benchmarks", text))

    async def split(text: str) -> object:
        return words(text)

    taken = [await _time_each(match, texts) for texts in shares]
    plain = [await _time_each(split, texts) for texts in shares]
    return _figures(f"matcher, {_count(shares)} messages", "splitting into words", taken, plain)


async def _measure_rasa(folder: Path, shares: Sequence[Sequence[str]]) -> list[Figure]:
    server = Rasa.start(folder / "rasa.log")
    client = RasaClient(server.url(""), SECRET, deadline=10)

    async def understand(text: str) -> object:
        return await client.understand(Question(new_id(), text))

    async def call(_text: str) -> object:
        return await client.is_ready()

    try:
        await _time_each(understand, shares[0][:20])  # the first calls open connections and caches
        taken = [await _time_each(understand, texts) for texts in shares]
        plain = [await _time_each(call, texts) for texts in shares]
    finally:
        await client.close()
        server.stop()
    what = f"Rasa over HTTP, {_count(shares)} messages"
    return _figures(what, "its status page over HTTP", taken, plain)


async def _time_each(work: Work, texts: Sequence[str]) -> list[float]:
    taken = []
    for text in texts:
        began = perf_counter()
        assert await work(text) is not None
        taken.append(perf_counter() - began)
    return taken


def _count(shares: Sequence[Sequence[str]]) -> str:
    return f"{sum(len(each) for each in shares):,}"


def _figures(
    what: str, baseline: str, taken: Sequence[Sequence[float]], plain: Sequence[Sequence[float]]
) -> list[Figure]:
    return [
        Figure(
            "understanding",
            f"{what}, p{share * 100:.0f}",
            "ms",
            [milliseconds(each, share) for each in taken],
            baseline,
            [milliseconds(each, share) for each in plain],
        )
        for share in (0.50, 0.95)
    ]
