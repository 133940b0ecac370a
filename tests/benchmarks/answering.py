"""From the webhook's post to the accepted reply, beside an echo bot that keeps nothing."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.asking import Askers, Timing, read_messages
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.hub_process import asking_echo_bot, asking_hub, until_quiet
from tests.end_to_end.process import HubProcess

PEOPLE = 100
PER_SECOND = 8.0
_ECHO_TIMES = 5  # an echo bot is done too soon to be timed with one message each
_BASELINE = "echo bot"
_FAILURES = ("rasa_failed", "turn_failed", "send_failed", "loop_failed")
_MOST_FALLBACKS = 0.01  # of the messages; Rasa fails on some, and the matcher answers those

Series = defaultdict[str, list[float]]


@dataclass
class _Runs:
    """One value a repetition under each name."""

    series: Series = field(default_factory=lambda: Series(list))

    def add(self, name: str, timings: Sequence[Timing]) -> None:
        seconds = [each.answered for each in timings]
        self.series[f"{name} p50"].append(milliseconds(seconds, 0.50))
        self.series[f"{name} p95"].append(milliseconds(seconds, 0.95))


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    texts = read_messages(PEOPLE)
    echo = _Runs()
    async with asking_echo_bot() as askers:
        for _ in range(repetitions):
            await _run_once(askers, None, texts, echo)
    figures = []
    for engine in ("matcher", "rasa"):
        runs = _Runs()
        (folder / engine).mkdir()
        async with asking_hub(folder / engine, rasa=engine == "rasa") as (askers, hub):
            await askers.ask_at_once(["hola"] * PEOPLE)  # the notice of a first contact
            await until_quiet(hub)
            for _ in range(repetitions):
                await _run_once(askers, hub, texts, runs)
            await _check_engine(hub, engine, repetitions)
        figures += [
            Figure("answering", f"{engine}, {name}", _unit(name), values, _BASELINE, echo_values)
            for (name, values), echo_values in zip(
                runs.series.items(), echo.series.values(), strict=True
            )
        ]
    return figures


async def _run_once(
    askers: Askers, hub: HubProcess | None, texts: Sequence[str], runs: _Runs
) -> None:
    runs.add(f"{PER_SECOND:.0f} messages/s", await askers.ask_at_rate(texts[::2], PER_SECOND))
    if hub is not None:
        await until_quiet(hub)
    rates, timings = [], list[Timing]()
    for _ in range(_ECHO_TIMES if hub is None else 1):
        rate, some = await askers.ask_at_once(texts)
        rates.append(rate)
        timings += some
    runs.series[f"{len(texts)} at once"].append(sum(rates) / len(rates))
    runs.add(f"{len(texts)} at once", timings)
    if hub is not None:
        await until_quiet(hub)


def _unit(name: str) -> str:
    return "ms" if name.endswith(("p50", "p95")) else "messages/s"


async def _check_engine(hub: HubProcess, engine: str, repetitions: int) -> None:
    """A figure under Rasa's name must be Rasa's, and an apology for a failed turn is no answer."""
    ready = await hub.ready()
    assert ready["understanding"] == ("rasa" if engine == "rasa" else "fallback"), ready
    events = [json.loads(line) for line in hub.log.splitlines() if line.startswith("{")]
    failed = Counter(each["event"] for each in events if each["event"] in _FAILURES)
    few = repetitions * PEOPLE * _MOST_FALLBACKS
    assert failed.pop("rasa_failed", 0) <= few, "too many answers were the matcher's"
    assert not failed, failed
