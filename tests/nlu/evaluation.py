"""`make nlu-test`: what people would read for messages that nothing was trained on.

The whole of `chasqui ask` is measured, on the held-apart sets in `nlu/evaluation/`: real Rasa, the
Peru pack, commands and danger included. Prints a table, writes the record and the report page, and
fails below the recorded bars. `--set FOLDER` measures another folder of the same form and records
nothing; `--missed NAME` prints what a figure missed; `--fallback` asks the matcher alone.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from bot.conversation import Conversation
from hub.app.demonstration import prepare_demonstration
from hub.cli.ask import Asked, answer_question, build_for_asking, open_rasa
from hub.cli.start import Settings
from hub.clock import SystemClock
from hub.config import Config, Environment, read_config
from hub.database import Database
from hub.logs import configure_logs
from hub.migrations.running import migrate
from hub.vault import Vault
from tests.nlu.judging import JUDGES
from tests.nlu.report import print_table, read_figures, write_record, write_report
from tests.nlu.tallies import GROUPS, Answer, Message, Tallies, Tally

FOLDER = Path("nlu/evaluation")
BARS = FOLDER / "bars.yml"

Asking = tuple[Settings, Conversation]


@asynccontextmanager
async def asking(*, with_rasa: bool) -> AsyncIterator[Asking]:
    """The whole conversation over a fresh demonstration's database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            _config(), Environment(chasqui_database_url=f"sqlite:///{folder}/c.db"), SystemClock()
        )
        database = Database(settings.environment.chasqui_database_url)
        await migrate(database)
        await prepare_demonstration(database, Vault.generate(), settings.clock, "peru")
        async with open_rasa(settings, with_rasa=with_rasa) as client:
            yield settings, await build_for_asking(settings, database, client)
        await database.close()


def _config() -> Config:
    return read_config(Path("config.yml"))


def read_messages(path: Path) -> list[Message]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines() if line]


async def ask_all(asking_: Asking, messages: list[Message]) -> list[tuple[Message, Answer]]:
    settings, conversation = asking_
    answered = []
    for message in messages:
        asked = Asked(message["text"], before=tuple(message.get("before", ())))
        answered.append((message, await answer_question(settings, conversation, asked)))
    return answered


async def evaluate(folder: Path, *, with_rasa: bool) -> tuple[Tallies, Counter[str]]:
    """Ask everything; return the tallies, and how often each engine answered."""
    tallies: Tallies = defaultdict(Tally)
    engines: Counter[str] = Counter()
    async with asking(with_rasa=with_rasa) as ready:
        for name, judge in JUDGES.items():
            for message, answer in await ask_all(ready, read_messages(folder / name)):
                engines[str(answer["engine"])] += 1
                judge(tallies, message, answer)
    return tallies, engines


def below_bars(tallies: Tallies) -> list[str]:
    bars = yaml.safe_load(BARS.read_text(encoding="utf8"))
    figures = {name: tallies[name] for name in bars}
    return [
        f"{name}, {group}: {figures[name].share(GROUPS[group]) or 0:.3f} is below {bar}"
        for name, row in bars.items()
        for group, bar in row.items()
        if (figures[name].share(GROUPS[group]) or 0) < bar
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, default=FOLDER)
    parser.add_argument("--missed", default=None)
    parser.add_argument("--fallback", action="store_true")
    return parser.parse_args()


def main() -> None:
    configure_logs(as_json=True)
    wanted = _arguments()
    tallies, engines = asyncio.run(evaluate(wanted.set, with_rasa=not wanted.fallback))
    is_record = wanted.set == FOLDER and not wanted.fallback
    print_table(tallies, read_figures() if is_record else {})
    print("engines:", dict(engines))
    for message, answer in tallies[wanted.missed].missed if wanted.missed else ():
        print(json.dumps({**message, "got": answer["kind"], "topic_got": answer["topic"],
                          "confidence": answer["confidence"], "command_got": answer["command"],
                          "slots": answer["slots"]}, ensure_ascii=False))  # fmt: skip
    if is_record:
        write_record(tallies)
        write_report(tallies)
        if failed := below_bars(tallies):
            raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()
