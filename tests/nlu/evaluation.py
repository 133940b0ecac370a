"""`make nlu-test`: what people would read for messages that nothing was trained on.

The whole of `chasqui ask` is measured, on the held-apart sets in `nlu/evaluation/`: real Rasa, the
Peru pack, commands and danger included. Prints a table and fails below the recorded bars.
"""

import asyncio
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from hub.app.demonstration import prepare_demonstration
from hub.cli.ask import Asked, answer_question, build_for_asking, open_rasa
from hub.cli.start import Settings
from hub.clock import SystemClock
from hub.config import Config, Environment
from hub.database import Database
from hub.logs import configure_logs
from hub.migrations.running import migrate
from hub.vault import Vault

FOLDER = Path("nlu/evaluation")
BARS = FOLDER / "bars.yml"
RECORD = FOLDER / "results.json"
_OPTIONS = 3

Answer = dict[str, Any]
Message = dict[str, Any]


@dataclass
class Tally:
    """How many of how many, by language."""

    hits: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Message, Answer]] = field(default_factory=list)

    def count(self, message: Message, answer: Answer, *, hit: bool) -> None:
        self.total[message["lang"]] += 1
        self.hits[message["lang"]] += hit
        if not hit:
            self.missed.append((message, answer))

    def share(self, languages: Iterable[str]) -> float | None:
        total = sum(self.total[language] for language in languages)
        return sum(self.hits[language] for language in languages) / total if total else None


GROUPS = {"es": ("es",), "en, pt, fr": ("en", "pt", "fr"), "ht": ("ht",)}
Tallies = defaultdict[str, Tally]


def judge_topic(tallies: Tallies, message: Message, answer: Answer) -> None:
    ranked = [answer["topic"], *(each["topic"] for each in answer["alternatives"])]
    ranked = [topic for topic in ranked if topic and not topic.startswith("dialogue.")]
    told = answer["kind"] in ("answer", "services")
    if message["topic"] is None:
        tallies["out of scope refused"].count(message, answer, hit=not told)
        return
    right = {message["topic"], *message["also"]}
    is_safe = answer["kind"] == "safety"
    tallies["right topic first"].count(
        message, answer, hit=is_safe or bool(ranked and ranked[0] in right)
    )
    options = set(ranked[: _OPTIONS + 1])
    tallies["right among answer and options"].count(
        message, answer, hit=is_safe or bool(right & options)
    )
    wrong = told and answer["topic"] not in right
    tallies["not answered wrongly"].count(message, answer, hit=not wrong)
    tallies["answered at once"].count(message, answer, hit=told or is_safe)


def judge_danger(tallies: Tallies, message: Message, answer: Answer) -> None:
    noticed = answer["safety_class"] is not None
    if message["safety_class"] is None:
        tallies["ordinary talk without alarm"].count(message, answer, hit=not noticed)
    else:
        name = "explicit" if message["form"] == "explicit" else "veiled or third person"
        tallies[f"danger noticed, {name}"].count(message, answer, hit=noticed)


def judge_command(tallies: Tallies, message: Message, answer: Answer) -> None:
    wanted = message["command"]
    if wanted is None:
        tallies["ordinary talk not taken for opt-out"].count(
            message, answer, hit=answer["command"] != "stop"
        )
    else:
        name = "opt-out recognised" if wanted == "stop" else "other command recognised"
        tallies[name].count(message, answer, hit=answer["command"] == wanted)


def judge_service(tallies: Tallies, message: Message, answer: Answer) -> None:
    slots = answer["slots"]
    place = str(slots.get("place", "")).casefold()
    right = slots.get("need") == message["need"] and place == message["place"].casefold()
    tallies["need and place right"].count(message, answer, hit=right)


JUDGES: dict[str, Callable[[Tallies, Message, Answer], None]] = {
    "messages.jsonl": judge_topic,
    "danger.jsonl": judge_danger,
    "commands.jsonl": judge_command,
    "services.jsonl": judge_service,
}


async def evaluate(*, with_rasa: bool) -> tuple[Tallies, Counter[str]]:
    """Ask everything; return the tallies, and how often each engine answered."""
    tallies: Tallies = defaultdict(Tally)
    engines: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            Config(), Environment(chasqui_database_url=f"sqlite:///{folder}/c.db"), SystemClock()
        )
        database = Database(settings.environment.chasqui_database_url)
        await migrate(database)
        await prepare_demonstration(database, Vault.generate(), settings.clock, "peru")
        async with open_rasa(settings, with_rasa=with_rasa) as client:
            conversation = await build_for_asking(settings, database, client)
            for name, judge in JUDGES.items():
                for line in (FOLDER / name).read_text(encoding="utf8").splitlines():
                    message = json.loads(line)
                    answer = await answer_question(settings, conversation, Asked(message["text"]))
                    engines[str(answer["engine"])] += 1
                    judge(tallies, message, answer)
        await database.close()
    return tallies, engines


def report(tallies: Tallies) -> dict[str, dict[str, float | None]]:
    figures = {
        name: {group: tally.share(languages) for group, languages in GROUPS.items()}
        for name, tally in tallies.items()
    }
    print(f"{'':38}" + "".join(f"{group:>12}" for group in GROUPS))
    for name, row in figures.items():
        cells = "".join(
            f"{value:>12.3f}" if value is not None else f"{'-':>12}" for value in row.values()
        )
        print(f"{name:38}{cells}")
    return figures


def below_bars(figures: dict[str, dict[str, float | None]]) -> list[str]:
    bars = yaml.safe_load(BARS.read_text(encoding="utf8"))
    return [
        f"{name}, {group}: {figures[name][group]:.3f} is below {bar}"
        for name, row in bars.items()
        for group, bar in row.items()
        if (figures[name][group] or 0) < bar
    ]


def main() -> None:
    configure_logs(as_json=True)
    with_rasa = "--fallback" not in sys.argv
    tallies, engines = asyncio.run(evaluate(with_rasa=with_rasa))
    figures = report(tallies)
    print("engines:", dict(engines))
    if "--missed" in sys.argv:
        for name, tally in tallies.items():
            for message, answer in tally.missed:
                print(name, message, answer["kind"], answer["topic"], answer["confidence"])
    if not with_rasa:
        return
    record = {"on": datetime.now(UTC).date().isoformat(), "figures": figures}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
    failed = below_bars(figures) if BARS.exists() else []
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()
