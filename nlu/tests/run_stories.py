"""Holds the rules to the stories in test_stories.yml, by Rasa's own test of stories:
`nlu/.venv/bin/python nlu/tests/run_stories.py`.

It trains the rules alone, which takes seconds, so it needs no model. Ends with 1 and names each
story that goes otherwise.
"""

import asyncio
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

NLU = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(NLU))

import scrubbed_logs  # noqa: E402
from train import QUIET  # noqa: E402


def _train_rules(folder: Path) -> str:
    import yaml
    from rasa.model_training import train_core

    config = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump({**config, "pipeline": []}), encoding="utf-8")
    model = train_core(
        domain=str(NLU / "domain.yml"),
        config=str(path),
        stories=str(NLU / "rules.yml"),
        output=str(folder),
    )
    if not model:
        raise SystemExit("training failed")
    return model


def _failures(model: str, folder: Path) -> dict[str, Any]:
    from rasa.core.agent import Agent
    from rasa.core.test import test

    stories = str(NLU / "tests" / "test_stories.yml")
    results = folder / "results"
    results.mkdir()
    return asyncio.run(
        test(stories, Agent.load(model), out_directory=str(results), disable_plotting=True)
    )


def main() -> int:
    """Train, test, tell."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = str(folder / "cache")
        os.environ.update(QUIET, RASA_CACHE_DIRECTORY=cache, RASA_MAX_CACHE_SIZE="0")
        scrubbed_logs.install()
        warnings.filterwarnings("ignore")
        os.chdir(NLU)
        found = _failures(_train_rules(folder), folder)
        failed = folder / "results" / "failed_test_stories.yml"
        told = failed.read_text(encoding="utf-8") if failed.exists() else ""
    stories = found["report"]["conversation_accuracy"]
    print(f"stories that went as told: {stories['correct']} of {stories['total']}")
    print(told)
    return 0 if stories["correct"] == stories["total"] else 1


if __name__ == "__main__":
    sys.exit(main())
