"""`python -m tests.nlu.diet`: how well Rasa's default pipeline knows topics.

Trained on the same examples as ours, with the packages of `nlu/.venv`, and asked the messages of a
folder (`nlu/calibration`) over its own HTTP interface. Each epoch takes one to three minutes, so
`--epochs` says how many there is time for; Rasa's own default is 300, its starter project has 100.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from tests.nlu.evaluation import read_messages
from tests.nlu.rasa_process import NLU
from tests.nlu.tallies import GROUPS, Message
from tests.ports import free_port

RASA = NLU / ".venv" / "bin" / "rasa"
_FIRST = 3  # topics, as many as a person is offered
_START_SECONDS = 300
_QUIET = {
    "PATH": os.environ["PATH"],
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}
_FEATURES = """
recipe: default.v1
assistant_id: diet
language: es
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
"""


def main() -> None:
    asked = _read_arguments()
    messages = [each for each in read_messages(asked.set / "messages.jsonl") if each["topic"]]
    with tempfile.TemporaryDirectory(prefix="chasqui-diet-") as name:
        project = Path(name)
        began = time.monotonic()
        train(project, asked.epochs, asked.batch)
        print(f"trained in {time.monotonic() - began:.0f} s", flush=True)
        with serving(project) as client:
            for line in _count(messages, [rank(client, each["text"]) for each in messages]):
                print(line)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.nlu.diet", description=__doc__)
    parser.add_argument("--set", type=Path, default=Path("nlu/calibration"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, help="of this size all along; DIET's own grows to 256")
    return parser.parse_args()


def train(project: Path, epochs: int, batch: int | None) -> None:
    data = project / "data"
    for folder in sorted(path for path in (NLU / "data").iterdir() if path.name != "lookups"):
        shutil.copytree(folder, data / folder.name)
    diet: dict[str, object] = {
        "name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True
    }  # fmt: skip
    if batch is not None:
        diet["batch_size"] = batch
    config = yaml.safe_load(_FEATURES)
    config["pipeline"].append(diet)
    (project / "config.yml").write_text(yaml.safe_dump(config), encoding="utf8")
    command = [str(RASA), "train", "nlu", "--fixed-model-name", "diet"]
    subprocess.run(command, cwd=project, env=_QUIET, check=True)


@contextmanager
def serving(project: Path) -> Iterator[httpx.Client]:
    port = free_port()
    command = [str(RASA), "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, cwd=project, env=_QUIET)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait_for(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/status").json().get("model_file"):
                return
        except (httpx.TransportError, ValueError):
            pass
        time.sleep(1)
    raise RuntimeError("Rasa did not start")


def rank(client: httpx.Client, text: str) -> list[str]:
    answer = client.post("/model/parse", json={"text": text}).json()
    return [each["name"] for each in answer["intent_ranking"]]


def _count(messages: Sequence[Message], rankings: Sequence[list[str]]) -> Iterator[str]:
    asked, first, among = Counter[str](), Counter[str](), Counter[str]()
    for message, ranking in zip(messages, rankings, strict=True):
        right, language = {message["topic"], *message["also"]}, message["lang"]
        topics = [name for name in ranking if not name.startswith("dialogue.")]
        asked[language] += 1
        first[language] += topics[0] in right
        among[language] += bool(right & set(topics[:_FIRST]))
    for group, languages in GROUPS.items():
        count = sum(asked[each] for each in languages)
        hits = [sum(tally[each] for each in languages) / count for tally in (first, among)]
        yield f"{group}: first {hits[0]:.3f}, among three {hits[1]:.3f}, of {count}"


if __name__ == "__main__":
    main()
